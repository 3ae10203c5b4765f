"""Redis's users on a real server: each service can do its work as itself, and nobody another's."""

import importlib.util
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from types import ModuleType

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from services.api.ingest.brokers import Brokers
from services.api.office.screens import Screens
from services.launcher.embedded_redis import RedisBinary
from services.launcher.ports import free_ports
from shared import names
from shared.connections import connect
from shared.events import NumberAsk, Outcome, Prompt
from shared.keys import new_ring
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.leases import LeaseKeeper
from shared.models import ModelCache
from shared.models_told import FACE_FILES, ModelsTeller, models_told
from shared.schedule import Schedule, ScheduleStore
from shared.stage import Delivery, Handoff, one_by_one
from shared.worker import StageWorker
from tests.broker import NOW, QUICK, visit
from tests.conftest import missing

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PASSWORDS = {
    name: f"password-of-{name}"
    for name in ("ADMIN", "CAPTURE", "LIVENESS", "RECOGNIZER", "ENROLMENT", "INGEST", "WEB", "OFFICE")
}
MEDIA = new_ring("media")


class Server:
    """A Redis with the users of one of the files."""

    def __init__(self, binary: RedisBinary, folder: Path, acl: str) -> None:
        (self._port,) = free_ports(1)
        users = folder / acl
        users.write_text(secrets_module().filled((DEPLOY / "redis" / acl).read_text(), PASSWORDS))
        options = ["--port", str(self._port), "--aclfile", str(users), "--save", "", "--dir", str(folder)]
        self._process = subprocess.Popen([binary.path, *options], stdout=subprocess.DEVNULL)

    def as_user(self, name: str) -> Redis:
        return connect(f"redis://{name}:{PASSWORDS[name.upper()]}@127.0.0.1:{self._port}/0", "test")

    def as_nobody(self) -> Redis:
        return connect(f"redis://127.0.0.1:{self._port}/0", "test")

    def wait(self) -> "Server":
        until(lambda: answers(self.as_user("admin")))
        return self

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def needs_redis_7(binary: RedisBinary) -> None:
    if binary.major < 7:
        missing("redis", f"the users are written for Redis 7, which the compose file runs; here is {binary.version}")


@pytest.fixture(scope="module")
def events(redis_binary: RedisBinary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    needs_redis_7(redis_binary)
    server = Server(redis_binary, tmp_path_factory.mktemp("events"), "events.acl").wait()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def frames(redis_binary: RedisBinary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    needs_redis_7(redis_binary)
    server = Server(redis_binary, tmp_path_factory.mktemp("frames"), "frames.acl").wait()
    yield server
    server.stop()


def test_nobody_gets_in_without_a_name(events: Server) -> None:
    with pytest.raises(AuthenticationError):
        events.as_nobody().ping()


@pytest.mark.parametrize("user", ["capture", "liveness", "enrolment", "ingest", "web"])
def test_only_the_recognizer_can_say_who_somebody_is(events: Server, user: str) -> None:
    with pytest.raises(NoPermissionError):
        events.as_user(user).xadd(names.ATTEMPTS, {"event": "forged"})


@pytest.mark.parametrize("user", ["capture", "enrolment", "ingest", "web"])
def test_only_the_face_pipeline_can_say_that_somebody_lives(events: Server, user: str) -> None:
    with pytest.raises(NoPermissionError):
        events.as_user(user).xadd(names.FACES, {"event": "forged"})


@pytest.mark.parametrize("user", ["capture", "liveness"])
def test_wrapped_keys_are_not_for_the_doors(events: Server, user: str) -> None:
    with pytest.raises(NoPermissionError):
        events.as_user(user).hgetall(names.TEMPLATE_KEYS)


@pytest.mark.parametrize("user", ["liveness", "recognizer", "enrolment"])
def test_each_says_which_models_it_uses_and_nobody_says_it_for_another(
    events: Server, user: str, tmp_path: Path
) -> None:
    cache = ModelCache(tmp_path)
    ModelsTeller(events.as_user(user), user, cache, FACE_FILES).tell()
    assert [told.missing != () for told in models_told(events.as_user("web"), user)] == [True]
    for other in {"capture", "ingest", "web", "liveness", "recognizer", "enrolment"} - {user}:
        with pytest.raises(NoPermissionError):
            ModelsTeller(events.as_user(other), user, cache, FACE_FILES).tell()


def test_liveness_leases_and_emits(events: Server) -> None:
    keeper = LeaseKeeper(events.as_user("liveness"), MEDIA, lambda: ["A__door"])
    keeper.tick()
    fence = keeper.held()["A__door"]
    assert keeper.emit("A__door", fence, names.FACES, visit("ada"))
    assert keeper.emit("A__door", fence, names.FAILURES, visit("mallory"))


def test_the_recognizer_hands_on_what_liveness_saw(events: Server) -> None:
    admin = events.as_user("admin")
    admin.flushall()
    keeper = LeaseKeeper(events.as_user("liveness"), MEDIA, lambda: ["A__door"])
    keeper.tick()
    keeper.emit("A__door", keeper.held()["A__door"], names.FACES, visit("ada"))

    step = one_by_one(lambda delivery: [Handoff(names.ATTEMPTS, delivery.event)])
    run(
        StageWorker(events.as_user("recognizer"), MEDIA, (names.FACES,), names.RECOGNIZER_GROUP, step, settings=QUICK),
        lambda: admin.xlen(names.ATTEMPTS) == 1,
    )

    arrived: list[str] = []

    def take(delivery: Delivery) -> Sequence[Handoff]:
        arrived.append(delivery.event.trace_id)
        return []

    streams = (names.ATTEMPTS, names.FAILURES, names.ENROLLED)
    run(
        StageWorker(events.as_user("ingest"), MEDIA, streams, names.INGEST_GROUP, one_by_one(take), settings=QUICK),
        lambda: arrived == ["ada"],
    )


def test_ingest_may_look_at_every_queue_and_both_servers(events: Server, frames: Server) -> None:
    admin = events.as_user("admin")
    admin.flushall()
    admin.xadd(names.FACES, {"event": "waits"})
    brokers = Brokers(events.as_user("ingest"), frames.as_user("ingest"))
    brokers.measure()  # nobody of the recognizer's group was ever there
    admin.xgroup_create(names.FACES, names.RECOGNIZER_GROUP, id="0")
    brokers.measure()
    admin.xreadgroup(names.RECOGNIZER_GROUP, "dead", {names.FACES: ">"})
    brokers.measure()


def test_ingest_buries_what_cannot_be_and_writes_the_views(events: Server) -> None:
    admin = events.as_user("admin")
    admin.flushall()
    admin.xadd(names.ATTEMPTS, {"event": "no event"})
    streams = (names.ATTEMPTS, names.FAILURES, names.ENROLLED)
    step = one_by_one(lambda _: [])
    run(
        StageWorker(events.as_user("ingest"), MEDIA, streams, names.INGEST_GROUP, step, settings=QUICK),
        lambda: admin.xlen(names.dead(names.ATTEMPTS)) == 1,
    )
    ScheduleStore(events.as_user("ingest")).write(Schedule())
    for reader in ("capture", "liveness", "recognizer", "enrolment", "web"):
        assert ScheduleStore(events.as_user(reader)).read().version == 1


def test_a_number_typed_where_no_camera_works_passes_from_web_to_ingest(events: Server) -> None:
    events.as_user("admin").flushall()
    events.as_user("web").xadd(names.FAILURES, {"event": "a number"})
    assert events.as_user("ingest").xlen(names.FAILURES) == 1
    with pytest.raises(NoPermissionError):
        events.as_user("web").xtrim(names.FAILURES, maxlen=0)


def test_the_screen_takes_back_a_number_that_nobody_took(frames: Server) -> None:
    channel = KioskChannel(frames.as_user("web"), "A__door")
    ask = NumberAsk(student_id="S1", asked_at=NOW)
    channel.ask(ask)
    assert channel.withdraw_ask(ask)
    assert not channel.withdraw_ask(ask)


def test_jobs_pass_from_web_to_enrolment(events: Server) -> None:
    queue = Queue("enrolment", connection=events.as_user("web"), serializer=JSONSerializer)
    job = queue.enqueue("services.recognizer.enrolment.enrol", {"student_id": "ada"})
    seen = Queue("enrolment", connection=events.as_user("enrolment"), serializer=JSONSerializer)
    assert seen.job_ids == [job.id]


def test_each_side_of_the_kiosk_screen_does_its_own(frames: Server) -> None:
    prompt = Prompt(event_id="p", kiosk_id="A__door", captured_at=NOW, trace_id="t", code="waiting")
    outcome = Outcome(event_id="o", kiosk_id="A__door", captured_at=NOW, trace_id="t", track_id="1", verdict="present")

    def channel(user: str) -> KioskChannel:
        return KioskChannel(frames.as_user(user), "A__door")

    channel("capture").camera(CameraStatus(state="live", fps=15, last_frame_at=NOW))
    channel("liveness").prompt(prompt)
    channel("ingest").outcome(outcome)
    web = frames.as_user("web")
    assert web.get(names.last(names.outcomes("A__door"))) is not None
    assert channel("web").camera_status() is not None
    for forger in ("capture", "liveness", "web"):
        with pytest.raises(NoPermissionError):
            channel(forger).outcome(outcome)


def test_web_asks_to_aim_a_camera_and_sees_its_screens_and_liveness_only_hears_of_it(frames: Server) -> None:
    def channel(user: str) -> KioskChannel:
        return KioskChannel(frames.as_user(user), "A__door")

    channel("web").aim()
    assert channel("liveness").aimed()
    with pytest.raises(NoPermissionError):
        channel("liveness").aim()
    screens = Screens(frames.as_user("web"))
    assert screens.seen("A__door", "one", "10.0.0.1", NOW, said=True) == []
    assert len(screens.seen("A__door", "two", "10.0.0.2", NOW, said=True)) == 2
    assert screens.begins_episode("A__door")
    assert not screens.begins_episode("A__door")
    assert screens.trouble("A__door") == ["two_places"]


def run(worker: StageWorker, done: Callable[[], bool]) -> None:
    stop = Flag()
    thread = Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        until(done)
    finally:
        stop.set()
        thread.join(10)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def secrets_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_secrets", DEPLOY / "make_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
