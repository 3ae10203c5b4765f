"""The exam as it happens, over real streams from a real server: sittings for the hall, prompts for the kiosk."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from redis import Redis
from sqlmodel import select
from starlette.testclient import TestClient
from websockets.sync.client import connect

from services.api.auth.caller import Caller
from services.api.db.engine import writing
from services.api.db.tables import Attempt, Evidence, Review, RosterEntry
from services.api.media import seal_evidence
from services.api.office.live import Counts, LiveState, difference, look
from services.api.web.deps import Deps
from shared.events import FrameCaptured, Outcome, Prompt
from shared.frame_ring import FrameRing
from shared.kiosk_channel import CameraStatus, KioskChannel
from tests.api_web.conftest import NOW, As
from tests.api_web.pictures import tiny_jpeg
from tests.api_web.serving import Server
from tests.api_web.streams import Following


@pytest.fixture
def server(deps: Deps) -> Iterator[Server]:
    """The app, served."""
    server = Server(deps)
    yield server
    server.stop()


@pytest.fixture
def kiosk_token(admin: As, exam_day: int) -> str:
    """Hall A's kiosk."""
    admin.make("/kiosks", id="A__door1", hall="A", name="Door 1")
    return str(admin.make("/kiosks/A__door1/token")["token"])


@pytest.fixture
def auditor(signed_in: Any) -> dict[str, str]:
    """Reads all, changes nothing."""
    return dict(signed_in("auditor"))


def test_the_hall_sees_a_snapshot_and_then_each_change(
    server: Server, deps: Deps, exam_day: int, kiosk_token: str, auditor: dict[str, str]
) -> None:
    with Following(server, f"/sittings/{exam_day}/live", auditor) as told:
        first = next(told)
        assert (first.event, first.data["counts"]["expected"]) == ("snapshot", 2)
        assert first.data["doors"]["A__door1"]["state"] == "silent"
        _mark_present(deps, "S1")
        change = next(told)
        assert change.event == "change"
        assert change.data["roster"]["S1"]["status"] == "present"
        assert (change.data["counts"]["present"], set(change.data["roster"])) == (1, {"S1"})
        KioskChannel(deps.frames, "A__door1").camera(CameraStatus(state="live", fps=15, last_frame_at=NOW))
        assert next(told).data["doors"]["A__door1"]["state"] == "live"


def test_a_page_that_comes_back_gets_what_it_missed(
    server: Server, deps: Deps, exam_day: int, auditor: dict[str, str]
) -> None:
    path = f"/sittings/{exam_day}/live"
    with Following(server, path, auditor) as stays, Following(server, path, auditor) as leaves:
        next(stays)
        last = next(leaves)
        leaves.close()
        _mark_present(deps, "S1")
        assert set(next(stays).data["roster"]) == {"S1"}
        with Following(server, path, {**auditor, "Last-Event-ID": str(last.id)}) as back:
            missed = next(back)
            assert (missed.event, set(missed.data["roster"])) == ("change", {"S1"})


def test_a_stream_ends_with_the_session_it_was_opened_with(
    server: Server, deps: Deps, exam_day: int, auditor: dict[str, str], clock: Any
) -> None:
    with Following(server, f"/sittings/{exam_day}/live", auditor) as told:
        next(told)
        httpx.post(f"{server.url}/api/v1/me/end-sessions", headers=auditor)
        clock.advance(6)
        _mark_present(deps, "S1")
        with pytest.raises(AssertionError, match="the stream ended"):
            next(told)


def test_a_screens_stream_ends_with_its_token(
    server: Server, deps: Deps, admin: As, kiosk_token: str, clock: Any
) -> None:
    with Following(server, "/kiosks/A__door1/events", _bearer(kiosk_token)) as told:
        next(told)
        admin("DELETE", "/kiosks/A__door1/token")
        clock.advance(6)
        KioskChannel(deps.frames, "A__door1").prompt(_prompt("ada"))
        with pytest.raises(AssertionError, match="the stream ended"):
            next(told)


def test_an_id_of_another_run_begins_anew(server: Server, exam_day: int, auditor: dict[str, str]) -> None:
    with Following(server, f"/sittings/{exam_day}/live", {**auditor, "Last-Event-ID": "elsewhere-7"}) as told:
        assert next(told).event == "snapshot"


def test_an_unknown_sitting_is_a_404_and_no_stream(server: Server, auditor: dict[str, str]) -> None:
    assert httpx.get(f"{server.url}/api/v1/sittings/999/live", headers=auditor).status_code == 404


def test_a_screen_is_told_prompts_and_outcomes_without_the_students_number(
    server: Server, deps: Deps, kiosk_token: str
) -> None:
    channel = KioskChannel(deps.frames, "A__door1")
    with Following(server, "/kiosks/A__door1/events", _bearer(kiosk_token)) as told:
        assert next(told).event == "state"
        channel.prompt(_prompt("ada"))
        prompt = next(told)
        assert (prompt.event, prompt.data["code"], prompt.data["track_id"]) == ("prompt", "checking", "ada")
        channel.outcome(_outcome("ada"))
        outcome = next(told)
        assert (outcome.event, outcome.data["name"]) == ("outcome", "Ada Lovelace")
        assert "student_id" not in outcome.data


def test_a_fresh_page_is_not_told_the_kept_outcome_and_a_resumed_one_is(
    server: Server, deps: Deps, kiosk_token: str
) -> None:
    channel = KioskChannel(deps.frames, "A__door1")
    channel.prompt(_prompt("ada"))
    channel.outcome(_outcome("ada"))
    with Following(server, "/kiosks/A__door1/events", _bearer(kiosk_token)) as told:
        assert [next(told).event, next(told).event] == ["state", "prompt"]
        channel.prompt(_prompt("grace"))
        assert next(told).data["track_id"] == "grace"
    with Following(server, "/kiosks/A__door1/events", {**_bearer(kiosk_token), "Last-Event-ID": "3"}) as told:
        assert [next(told).event for _ in range(3)] == ["state", "prompt", "outcome"]


def test_the_photo_is_there_while_the_outcome_is(
    anyone: TestClient, admin: As, deps: Deps, kiosk_token: str, redis: Redis
) -> None:
    picture = tiny_jpeg(48, 64)
    admin(
        "POST", "/students/S1/photos", files=[("photo", ("ada.jpg", picture, "image/jpeg"))], data={"basis": "consent"}
    )
    url, own = "/api/v1/kiosks/A__door1/outcomes/o-ada/photo", _bearer(kiosk_token)
    assert anyone.get(url, headers=own).status_code == 404
    KioskChannel(deps.frames, "A__door1").outcome(_outcome("ada"))
    assert anyone.get(url, headers=own).content == picture
    assert anyone.get(url.replace("o-ada", "o-grace"), headers=own).status_code == 404
    redis.delete("outcomes:A__door1:last")
    assert anyone.get(url, headers=own).status_code == 404


def test_a_typed_number_is_passed_on_and_throttled(anyone: TestClient, deps: Deps, kiosk_token: str) -> None:
    url, own = "/api/v1/kiosks/A__door1/number", _bearer(kiosk_token)
    KioskChannel(deps.frames, "A__door1").camera(CameraStatus(state="live", fps=15, last_frame_at=NOW))
    KioskChannel(deps.frames, "A__door1").prompt(_prompt("ada"))
    answers = [anyone.post(url, headers=own, json={"student_id": name}).status_code for name in ("S1", "S404")]
    assert answers == [202, 202], "says nothing of who exists"
    ask = KioskChannel(deps.frames, "A__door1").take_ask()
    assert ask is not None and ask.student_id == "S404"
    rest = [anyone.post(url, headers=own, json={"student_id": "S1"}).status_code for _ in range(11)]
    assert rest == [202] * 10 + [429]


def test_pictures_are_relayed_as_they_are_to_the_kiosk_alone(server: Server, deps: Deps, kiosk_token: str) -> None:
    url = f"{server.url.replace('http', 'ws')}/api/v1/kiosks/A__door1/picture"
    picture = tiny_jpeg(480, 640)
    with connect(url) as socket:
        socket.send(json.dumps({"type": "hello", "token": kiosk_token}))
        assert json.loads(socket.recv(5)) == {"type": "welcome"}
        FrameRing(deps.frames, "A__door1").publish(_frame(), picture)
        assert socket.recv(5) == picture
    for hello in ('{"type": "hello", "token": "nk_other"}', "not json", "[]"):
        with connect(url) as socket:
            socket.send(hello)
            with pytest.raises(Exception, match="4401"):
                socket.recv(5)


def test_a_case_is_settled_once_with_what_was_checked(admin: As, deps: Deps, exam_day: int, kiosk_token: str) -> None:
    crop = tiny_jpeg(112, 112)
    review_id = _case_of(deps, exam_day, crop)
    shown = admin("GET", "/reviews?state=open").json()[0]
    assert (shown["case_number"], [one["name"] for one in shown["candidates"]]) == (7, ["Ada Lovelace"])
    assert admin("GET", f"/reviews/{review_id}/crop").content == crop
    assert admin("GET", f"/reviews/{review_id}/photos/S2").status_code == 404, "no candidate of this case"
    unchecked = admin("POST", f"/reviews/{review_id}/decision", json={"action": "admit", "student_id": "S1"})
    assert (unchecked.status_code, unchecked.json()["code"]) == (422, "check_missing")
    answer = {"action": "admit", "student_id": "S1", "checked": "id", "key": "page-1"}
    settled = admin("POST", f"/reviews/{review_id}/decision", json=answer)
    assert settled.status_code == 201, settled.text
    assert admin("POST", f"/reviews/{review_id}/decision", json=answer).json()["id"] == settled.json()["id"]
    again = admin("POST", f"/reviews/{review_id}/decision", json={**answer, "key": "page-2"})
    assert (again.status_code, again.json()["code"]) == (409, "settled")
    assert admin("GET", f"/sittings/{exam_day}/status").json()[0]["status"] == "present"


def test_marking_by_hand_undoing_and_absence(admin: As, exam_day: int, clock: Any) -> None:
    path = f"/sittings/{exam_day}/students/S1/mark"
    marked = admin("POST", path, json={"status": "in"})
    assert marked.status_code == 201, marked.text
    assert admin("POST", path, json={"status": "expected"}).json()["code"] == "reason_missing"
    ahead = (NOW + timedelta(hours=1)).isoformat()
    assert admin("POST", path, json={"status": "late", "reason": "x", "at": ahead}).json()["code"] == "in_the_future"
    clock.advance(1)
    undone = admin("POST", f"/attempts/{marked.json()['id']}/undo", json={"reason": "the wrong one"})
    assert undone.status_code == 201, undone.text
    clock.advance(3600)
    statuses = {row["student_id"]: row["status"] for row in admin("GET", f"/sittings/{exam_day}/status").json()}
    assert statuses == {"S1": "absent", "S2": "absent"}
    kinds = [row["verdict"] for row in admin("GET", f"/attempts?sitting_id={exam_day}").json()["items"]]
    assert kinds == ["mark", "undo"], "an undo is a new entry, never an erasure"


def test_what_is_gone_is_said_by_key(admin: As, deps: Deps, exam_day: int) -> None:
    with deps.reading(Caller()) as work:
        before = look(work, deps.frames, exam_day)
    after = LiveState(**{**before.__dict__, "roster": {}, "counts": Counts()})
    change = difference(before, after)
    assert sorted(change.gone) == ["roster:S1", "roster:S2"]
    assert difference(before, before).empty


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _mark_present(deps: Deps, student_id: str) -> None:
    with writing(deps.engine) as session:
        entry = session.exec(select(RosterEntry).where(RosterEntry.student_id == student_id)).one()
        entry.status, entry.status_at, entry.status_kiosk_id = "present", NOW, "A__door1"
        session.add(entry)


def _case_of(deps: Deps, sitting_id: int, crop: bytes) -> int:
    with writing(deps.engine) as session:
        attempt = Attempt(
            event_id="e7",
            kind="face_identified",
            kiosk_id="A__door1",
            door_hall_id="A",
            track_id="ada",
            captured_at=NOW,
            recorded_at=NOW,
            verdict="ambiguous",
            candidate_id="S1",
            score=0.48,
            sitting_id=sitting_id,
        )
        session.add(attempt)
        session.flush()
        assert attempt.id is not None
        sealed = seal_evidence(deps.media, "e7", crop)
        session.add(Evidence(attempt_id=attempt.id, student_id="S1", sealed=sealed, recorded_at=NOW))
        review = Review(
            case_number=7,
            hall_id="A",
            sitting_id=sitting_id,
            kiosk_id="A__door1",
            track_id="ada",
            verdict="ambiguous",
            attempt_id=attempt.id,
            opened_at=NOW,
        )
        session.add(review)
        session.flush()
        return review.id or 0


def _prompt(track: str) -> Prompt:
    return Prompt(
        event_id="p",
        kiosk_id="A__door1",
        captured_at=NOW,
        trace_id="t",
        code="checking",
        track_id=track,
        done=2,
        total=2,
    )


def _outcome(track: str) -> Outcome:
    return Outcome(
        event_id=f"o-{track}",
        kiosk_id="A__door1",
        captured_at=NOW,
        trace_id="t",
        track_id=track,
        verdict="present",
        student_id="S1",
        name="Ada Lovelace",
        photo_url=f"/api/v1/kiosks/A__door1/outcomes/o-{track}/photo",
    )


def _frame() -> FrameCaptured:
    return FrameCaptured(
        event_id="f", kiosk_id="A__door1", captured_at=NOW, trace_id="t", sequence=0, width=640, height=480, sent_at=NOW
    )
