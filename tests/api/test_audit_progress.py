"""Whoever waits for the proof of a long chain is told how far it is."""

from services.api import audit
from services.api.db.engine import reading
from tests.api.story import Morning, at

ENTRIES = audit.PROGRESS_EVERY + 20


def test_the_proof_says_how_many_entries_of_how_many_it_has_walked(office: Morning) -> None:
    def write(session: object) -> None:
        for _ in range(ENTRIES):
            audit.record(session, at=at("08:00"), actor="user:1", action="exam.change", subject="exam:1")  # type: ignore[arg-type]

    office.change(write)
    told: list[tuple[int, int]] = []
    with reading(office.engine) as session:
        found = audit.verify(session, progress=lambda done, total: told.append((done, total)))
    assert found.ok and found.entries >= ENTRIES
    assert told == [(0, found.entries), (audit.PROGRESS_EVERY, found.entries)]
