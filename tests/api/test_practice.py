"""Practice: the real check at home. It says whether the enrolment is good enough, and can admit nobody. Both databases."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlmodel import Session, SQLModel, select

from services.api.db.engine import reading, writing
from services.api.db.tables import (
    METADATA,
    Attempt,
    AuditEntry,
    Evidence,
    Kiosk,
    PracticeResult,
    PracticeSession,
    Review,
    StudentLink,
)
from services.api.ingest.attempts import record
from services.api.ingest.office import Arrival
from services.api.ingest.practising import record_practice
from services.api.ingest.views_of import schedule_of
from services.api.settings import ApiSection
from shared import names
from shared.durable import DurableStreams
from shared.errors import Invalid
from shared.events import FaceIdentified, LivenessFailed, PracticeEnded, decode
from shared.keys import load_ring
from tests.api.running import running_ingest, settings_for, until
from tests.api.story import Morning, at, done, failed, identified

BEGAN = at("08:40")
KIOSK = "practice-1"


@pytest.fixture
def practising(office: Morning) -> Morning:
    """Ada practises from 08:40 to 08:50, on the morning of her exam."""
    practise(office, "ada", "08:40")
    return office


def practise(office: Morning, who: str, begins: str) -> None:
    def add(session: Session) -> None:
        link = StudentLink(
            student_id=who, purpose="practice", token_hash=f"{who}{begins}", created_at=BEGAN, expires_at=at("23:00")
        )
        session.add(link)
        session.flush()
        opened = at(begins)
        session.add(
            PracticeSession(
                kiosk_id=KIOSK,
                link_id=link.id or 0,
                student_id=who,
                token_hash=f"token of {who}{begins}",
                opened_at=opened,
                expires_at=opened + timedelta(minutes=10),
            )
        )

    office.change(add)


def tell(office: Morning, event: FaceIdentified | LivenessFailed, received: str) -> PracticeEnded:
    with office_writing(office) as session:
        return record_practice(session, Arrival(event, (), at(received), at(received)))


def office_writing(office: Morning) -> Any:
    return writing(office.engine)


def kept(office: Morning) -> list[tuple[str, str, str]]:
    with reading(office.engine) as session:
        return [(row.student_id, row.result, row.code) for row in session.exec(select(PracticeResult))]


def untouched(office: Morning) -> bool:
    """Whether nothing of a check-in was written."""
    with reading(office.engine) as session:
        tables: tuple[type[SQLModel], ...] = (Attempt, Evidence, Review, AuditEntry)
        return all(session.exec(select(table)).first() is None for table in tables)


def test_a_good_practice_is_one_row_and_nothing_else(practising: Morning) -> None:
    event = identified("ada", KIOSK, at("08:45"), asked="number")
    before = counts(practising)
    assert (tell(practising, event, "08:45").result, tell(practising, event, "08:45").result) == ("good", "good")
    assert kept(practising) == [("ada", "good", "match")]
    changed = {table for table, count in counts(practising).items() if count != before[table]}
    assert changed == {"practice_result"}
    assert practising.status("ada") == "expected"


def counts(office: Morning) -> dict[str, int]:
    with reading(office.engine) as session:
        rows = {name: session.connection().execute(table.select()).all() for name, table in METADATA.tables.items()}
        return {name: len(found) for name, found in rows.items()}


@pytest.mark.parametrize(
    ("finding", "result"),
    [
        ("no_match", "weak"),
        ("no_template", "weak"),
        ("margin", "good"),
        ("crops_disagree", "again"),
        ("no_usable_crop", "again"),
    ],
)
def test_what_is_found_says_whether_a_new_photo_is_needed(practising: Morning, finding: Any, result: str) -> None:
    ended = tell(practising, identified("ada", KIOSK, at("08:45"), finding=finding), "08:45")
    assert (ended.result, ended.code) == (result, finding)
    assert kept(practising) == ([("ada", result, finding)] if result != "again" else [])


def test_a_challenge_that_was_not_met_says_nothing_of_the_enrolment(practising: Morning) -> None:
    assert tell(practising, failed(KIOSK, at("08:45"), reason="timeout"), "08:45").result == "again"
    assert kept(practising) == [] and untouched(practising)


def test_grace_at_adas_practice_and_half_a_challenge_are_no_good_practice(practising: Morning) -> None:
    assert tell(practising, identified("grace", KIOSK, at("08:45")), "08:45").result == "again"
    half = identified("ada", KIOSK, at("08:45"), policy="blink", challenge=done("blink", t=at("08:45")))
    assert tell(practising, half, "08:45").result == "again"
    assert kept(practising) == []


def test_what_comes_late_is_not_the_next_students(practising: Morning) -> None:
    practise(practising, "grace", "08:52")
    assert tell(practising, identified("ada", KIOSK, at("08:50")), "08:50:30").result == "good"
    assert tell(practising, identified("ada", KIOSK, at("08:51")), "08:51").code == "over"
    assert tell(practising, identified("ada", KIOSK, at("08:52")), "08:53").result == "again"
    assert kept(practising) == [("ada", "good", "match")]


def test_a_practice_kiosk_is_in_the_schedule_while_it_lasts_with_no_hall_and_the_whole_challenge(
    practising: Morning,
) -> None:
    with reading(practising.engine) as session:
        during, after = (schedule_of(session, at(clock), ApiSection()) for clock in ("08:45", "08:51"))
    kiosk = during.kiosk(KIOSK)
    assert kiosk is not None and after.kiosk(KIOSK) is None
    assert (kiosk.hall, kiosk.practice_student_id, during.policy_for(kiosk, at("08:45"))) == ("", "ada", "challenge")


def test_no_attempt_can_be_made_of_a_practice_kiosks_event_even_where_a_door_has_its_name(practising: Morning) -> None:
    practising.change(lambda session: session.add(Kiosk(id=KIOSK, hall_id="A", direction="in")))
    event = identified("ada", KIOSK, at("08:45"))
    with pytest.raises(Invalid, match="nobody is admitted there"), office_writing(practising) as session:
        record(session, Arrival(event, (b"a crop",), at("08:45"), at("08:45")), practising.office)
    assert practising.status("ada") == "expected" and untouched(practising)
    with reading(practising.engine) as session:
        (view,) = [k for k in schedule_of(session, at("08:45"), ApiSection()).kiosks if k.kiosk_id == KIOSK]
    assert view.hall == ""


def test_a_practice_kiosk_admits_nobody_whoever_walks_up(
    practising: Morning, tmp_path: Path, database_url: str, redis: Redis
) -> None:
    settings = settings_for(tmp_path, database_url, accept_simulated=True)
    streams = DurableStreams(redis, load_ring(settings.keys_dir, "media"))
    screen = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    screen.subscribe(names.outcomes(KIOSK))
    screen.get_message(timeout=5)
    tries: list[Callable[[], object]] = [
        lambda: streams.add(names.ATTEMPTS, identified("ada", KIOSK, at("08:45"), simulated=True), [b"a crop"]),
        lambda: streams.add(names.ATTEMPTS, identified("grace", KIOSK, at("08:45"), simulated=True), [b"a crop"]),
        lambda: streams.add(
            names.ATTEMPTS, identified("mallory", "practice-9", at("08:45"), simulated=True), [b"a crop"]
        ),
        lambda: streams.add(names.FAILURES, failed(KIOSK, at("08:45"), simulated=True), [b"a crop"]),
        lambda: streams.add(
            names.FAILURES,
            failed(KIOSK, at("08:45"), reason="unable", simulated=True, claimed_student_id="ada"),
            [b"a crop"],
        ),
    ]
    told: list[PracticeEnded] = []
    with running_ingest(settings, redis):
        for make in tries:
            make()

        def heard() -> bool:
            message = screen.get_message(timeout=0.05)
            event = decode(message["data"]) if message else None
            told.extend([event] if isinstance(event, PracticeEnded) else [])
            return len(told) == 4  # the fifth is another kiosk's

        until(heard)
        until(lambda: redis.xpending(names.ATTEMPTS, names.INGEST_GROUP)["pending"] == 0)
    assert {practising.status("ada"), practising.status("grace")} == {"expected"}
    assert untouched(practising)
    assert redis.exists(names.last(names.outcomes(KIOSK))) == 0
