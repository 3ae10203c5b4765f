"""The roster is a projection: whatever the order of arrival, whatever is repeated, it comes out the same."""

import random
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.attendance.projection import (
    Happening,
    Rules,
    Ruling,
    Sets,
    Sighting,
    Standing,
    Terms,
    fold_of,
    in_order,
    project,
    shown_status,
)
from services.api.attendance.verdicts import Found, Gate, decide
from services.api.db.engine import make_engine
from shared.events import FaceIdentified, Finding
from tests.api.story import Morning, at, identified, morning

TERMS = {1: Terms(at("09:00"), at("09:00")), 2: Terms(at("09:40"), at("09:40"))}
GATES: list[Gate] = ["open", "early", "closed", "elsewhere"]
DOORS: list[tuple[str, Literal["in", "out"]]] = [("door1", "in"), ("door2", "in"), ("exit", "out")]
FINDINGS: list[Finding] = ["match", "match", "match", "margin"]
SETS: list[Sets] = ["in", "present", "late", "out", "expected"]
MOMENTS = st.integers(0, 120 * 60).map(lambda s: at("08:00") + timedelta(seconds=s))


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    """Ada at some door, at some time."""
    t = draw(MOMENTS)
    kiosk, direction = draw(st.sampled_from(DOORS))
    finding = draw(st.sampled_from(FINDINGS))
    gates = draw(st.lists(st.sampled_from(GATES), min_size=1, max_size=2))
    return Sighting(
        t=t,
        event_id=f"{kiosk} {t}",
        kiosk_id=kiosk,
        direction=direction,
        asked=draw(st.sampled_from(["search", "number"])),
        found=Found(finding=finding, like_admission=draw(st.sampled_from([True, False, None]))),
        options=tuple(enumerate(gates, start=1)),
        doubtful=draw(st.booleans()),
    )


@st.composite
def rulings(draw: st.DrawFn) -> Ruling:
    """What an invigilator decides on her."""
    t = draw(MOMENTS)
    sets = draw(st.sampled_from(SETS))
    return Ruling(t, f"ruling {t} {sets}", draw(st.sampled_from([1, 2])), sets, draw(MOMENTS))


HISTORIES = st.lists(st.one_of(sightings(), sightings(), rulings()), max_size=10, unique_by=lambda h: h.event_id)


@given(HISTORIES, st.randoms())
def test_the_order_of_arrival_does_not_matter(happened: list[Happening], chance: Random) -> None:
    shuffled = list(happened)
    chance.shuffle(shuffled)
    assert project(TERMS, shuffled) == project(TERMS, happened)


@given(HISTORIES)
def test_what_is_decided_in_order_is_what_the_roster_says(happened: list[Happening]) -> None:
    ordered = sorted(happened, key=in_order)
    for number, sighting in enumerate(ordered):
        if isinstance(sighting, Sighting):
            fold = fold_of(TERMS, ordered[:number])
            facts = fold.facts(sighting)
            verdict = decide(sighting.found, facts)
            before, after = project(TERMS, ordered[:number]), project(TERMS, ordered[: number + 1])
            moved = {s: after[s].status for s in TERMS if after[s].status != before[s].status}
            moves = not verdict.repeat and verdict.verdict in {"present", "late", "out", "returned"}
            assert bool(moved) <= moves
            if moves and verdict.verdict not in {"out", "returned"}:
                assert facts.seat is not None
                assert moved == {facts.seat.sitting_id: verdict.verdict}


@given(HISTORIES, sightings())
def test_a_late_attempt_never_overrides_a_persons_decision(happened: list[Happening], late: Sighting) -> None:
    last = Ruling(at("10:30"), "the last word", 1, "expected", at("10:30"))
    assert project(TERMS, [*happened, last, late])[1].status == "expected"


@given(HISTORIES)
def test_nobody_doubtful_is_admitted_by_the_machine(happened: list[Happening]) -> None:
    doubted = [h for h in happened if isinstance(h, Sighting) and (h.doubtful or h.found.finding != "match")]
    assert {standing.status for standing in project(TERMS, doubted).values()} == {"expected"}


def test_lateness_is_derived_anew_when_the_sitting_is_delayed() -> None:
    seen = _seen("09:10")
    assert project(TERMS, [seen])[1].status == "late"
    delayed = {1: Terms(at("09:30"), at("09:30"))}
    assert project(delayed, [seen])[1] == Standing(
        "present", at("09:10"), "door1", None, None, seen_at=at("09:10"), seen_kiosk_id="door1"
    )


def test_an_admission_outlives_a_change_of_times_that_would_have_refused_it() -> None:
    far_ahead = {1: Terms(at("13:00"), at("13:00"))}
    assert project(far_ahead, [_seen("08:45")])[1].status == "present"


def test_let_back_in_by_hand_she_is_as_punctual_as_she_was() -> None:
    out = Sighting(at("09:30"), "out", "exit", "out", "search", Found(finding="match"), ((1, "open"),))
    back = Ruling(at("09:41"), "back", 1, "in", at("09:40"))
    assert project(TERMS, [_seen("08:45"), out, back])[1].status == "present"


def test_the_repeat_interval_counts_from_the_verdict_and_not_from_its_repeats() -> None:
    early = [_seen("08:29:55", gate="early"), _seen("08:30:03"), _seen("08:30:06")]
    assert project(TERMS, early, Rules())[1].at == at("08:30:06")


@pytest.mark.parametrize(
    ("status", "over", "shown"),
    [("expected", False, "expected"), ("expected", True, "absent"), ("late", True, "late"), ("out", True, "out")],
)
def test_somebody_expected_is_absent_once_check_in_is_over(status: str, over: bool, shown: str) -> None:
    assert shown_status(status, check_in_over=over, cancelled=False) == shown


@pytest.mark.parametrize("over", [False, True])
def test_nobody_is_absent_from_a_sitting_that_was_called_off(over: bool) -> None:
    assert shown_status("expected", check_in_over=over, cancelled=True) == "cancelled"
    assert shown_status("present", check_in_over=over, cancelled=True) == "present"


_EVENTS = [
    identified("ada", "A__door1", at("08:29:50"), track="early"),
    identified("ada", "A__door1", at("08:29:58"), track="again"),
    identified("ada", "A__door1", at("08:45"), track="in"),
    identified("ada", "A__door2", at("08:46"), track="other", like_admission=True),
    identified("grace", "A__door1", at("08:50"), track="wrong"),
    identified("grace", "B__door1", at("09:05"), track="late"),
    identified("ada", "A__exit", at("09:20"), track="out"),
    identified("ada", "A__door1", at("09:26"), track="back", like_admission=True),
    identified(None, "A__door1", at("09:27"), track="nobody", finding="no_match"),
]


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(_EVENTS), repeats=st.lists(st.sampled_from(_EVENTS), max_size=4))
def test_shuffled_and_repeated_events_make_the_same_roster(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_sqlite: Path,
    order: list[FaceIdentified],
    repeats: list[FaceIdentified],
) -> None:
    _check_shuffled(_fresh_sqlite(tmp_path_factory, migrated_sqlite), order, repeats)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_shuffle_makes_the_same_roster_on_both_databases(office: Morning, seed: int) -> None:
    chance = random.Random(seed)
    _check_shuffled(office, chance.sample(_EVENTS, len(_EVENTS)), chance.sample(_EVENTS, 3))


def _check_shuffled(office: Morning, order: list[FaceIdentified], repeats: list[FaceIdentified]) -> None:
    for event in [*order, *repeats]:
        office.see(event)
    ada, grace = office.entry("ada"), office.entry("grace")
    assert (ada.status, ada.status_at, ada.status_kiosk_id) == ("present", at("08:45"), "A__door1")
    assert (grace.status, grace.status_at, grace.status_kiosk_id) == ("late", at("09:05"), "B__door1")
    assert sorted(a.event_id for a in office.attempts()) == sorted(e.event_id for e in _EVENTS)
    office.engine.dispose()


def _seen(clock: str, gate: Gate = "open") -> Sighting:
    found = Found(finding="match", like_admission=True)
    return Sighting(at(clock), f"seen {clock}", "door1", "in", "search", found, ((1, gate),))


def _fresh_sqlite(folders: pytest.TempPathFactory, migrated: Path) -> Morning:
    path = folders.mktemp("shuffled") / "nero.db"
    shutil.copy(migrated, path)
    return morning(make_engine(f"sqlite:///{path}"))
