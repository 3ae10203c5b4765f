"""Somebody who practises is compared with themselves alone, and leaves no picture and no template behind."""

from collections.abc import Callable

import pytest

from services.recognizer.embedder import Embedder
from services.recognizer.step import Identify
from shared.events import FaceIdentified
from shared.schedule import KioskView, Schedule, ScheduleStore
from shared.stage import Delivery, Handoff
from tests.recognizer.conftest import Enrol, Faces, sitting

Visit = Callable[..., Delivery]
KIOSK = "practice-1"
ADA_COMES = (("ada", 2), ("ada", 3), ("ada", 4))


@pytest.fixture(autouse=True)
def enrolled(put_template: Enrol, faces: Faces, intel: Embedder) -> None:
    for who in ("ada", "grace"):
        put_template(who, faces.vector(who, 1, intel), intel.model_id)


@pytest.fixture(autouse=True)
def ada_practises(schedule: ScheduleStore) -> None:
    kiosk = KioskView(kiosk_id=KIOSK, hall="", source="browser:", policy="challenge", practice_student_id="ada")
    schedule.write(Schedule(kiosks=(kiosk,), sittings=(sitting(ada="A", grace="B"),)))


def handed_on(identify: Identify, delivery: Delivery) -> tuple[FaceIdentified, Handoff]:
    (result,) = identify([delivery])
    (handoff,) = result  # type: ignore[misc]
    assert isinstance(handoff, Handoff) and isinstance(handoff.event, FaceIdentified)
    return handoff.event, handoff


def test_ada_is_compared_with_herself_as_strictly_as_at_a_door(identify: Identify, visit: Visit) -> None:
    found, handoff = handed_on(identify, visit(*ADA_COMES, kiosk_id=KIOSK))
    assert (found.finding, found.candidate_id, found.asked, found.scope_size) == ("match", "ada", "number", 1)
    typed, _ = handed_on(identify, visit(*ADA_COMES, claimed_student_id="ada"))
    assert found.threshold > typed.threshold
    assert (found.probe, found.crop, handoff.images) == (None, None, ())


def test_grace_is_not_found_at_adas_practice_nor_by_a_typed_number(identify: Identify, visit: Visit) -> None:
    comes = (("grace", 2), ("grace", 3), ("grace", 4))
    for claimed in (None, "grace"):
        found, _ = handed_on(identify, visit(*comes, kiosk_id=KIOSK, claimed_student_id=claimed))
        assert (found.finding, found.candidate_id) == ("no_match", "ada")


def test_a_practice_that_the_schedule_does_not_know_is_compared_with_nobody(identify: Identify, visit: Visit) -> None:
    found, _ = handed_on(identify, visit(*ADA_COMES, kiosk_id="practice-2"))
    assert (found.finding, found.candidate_id, found.score) == ("no_template", None, None)
