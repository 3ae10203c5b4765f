"""Two admins type one screen's code at once: it becomes one kiosk's, on either database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine

from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import Hall, Kiosk
from services.api.office import pairing
from services.api.office.pairing import PairingCode
from services.api.office.work import Work
from services.api.problems import Problem
from services.api.settings import ApiSection
from shared.clock import ManualClock
from shared.keys import new_ring


def test_one_code_becomes_one_kiosk_whoever_types_it(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Hall(id="A", name="Hall A"))
        session.flush()
        session.add_all([Kiosk(id="A__door1", hall_id="A"), Kiosk(id="A__door2", hall_id="A")])
        begun = pairing.begin(_work(session), "a browser")
    together = Barrier(2)

    def confirm(kiosk_id: str) -> str:
        together.wait(10)
        try:
            with writing(engine) as session:
                pairing.confirm(_work(session), kiosk_id, PairingCode(code=begun.code))
        except Problem as problem:
            return problem.body.code
        return "paired"

    with ThreadPoolExecutor(2) as admins:
        assert sorted(admins.map(confirm, ["A__door1", "A__door2"])) == ["no_such_code", "paired"]
    with reading(engine) as session:
        state = pairing.state(_work(session), begun.secret)
        paired = [kiosk.id for kiosk in (session.get_one(Kiosk, f"A__door{n}") for n in (1, 2)) if kiosk.token_hash]
    assert paired == [state.kiosk_id]


def _work(session: object) -> Work:
    by = Caller(user_id=1, role="admin", address="10.0.0.9")
    return Work(session, by, ManualClock().now(), ApiSection(), new_ring("media"), None)  # type: ignore[arg-type]
