"""Live faces become identifications: of whom, how sure, and what speaks against it. Real network, real faces."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from redis import Redis

from services.recognizer.alignment import Image
from services.recognizer.embedder import Embedder
from services.recognizer.follower import GalleryFollower
from services.recognizer.settings import RecognizerSection
from services.recognizer.step import Identify
from services.recognizer.template_keys import TemplateKeys
from services.recognizer.thresholds import thresholds_of
from services.recognizer.vectors import Vectors
from shared import names
from shared.errors import Invalid
from shared.events import FaceIdentified, LiveFace, LivenessFailed, event_id
from shared.keys import open_sealed, template_about
from shared.schedule import Schedule, ScheduleStore
from shared.stage import Delivery, Handoff
from tests.recognizer.conftest import NOON, Enrol, Faces, delivered, live_face, sitting

Visit = Callable[..., Delivery]
ADA_COMES = (("ada", 2), ("ada", 3), ("ada", 4))


@pytest.fixture(autouse=True)
def enrolled(put_template: Enrol, faces: Faces, intel: Embedder) -> None:
    for who in ("ada", "grace"):
        put_template(who, faces.vector(who, 1, intel), intel.model_id)


def told(identify: Identify, delivery: Delivery) -> FaceIdentified:
    (result,) = identify([delivery])
    (handoff,) = result  # type: ignore[misc]
    assert isinstance(handoff, Handoff)
    assert handoff.stream == names.ATTEMPTS
    assert isinstance(handoff.event, FaceIdentified)
    return handoff.event


def test_ada_is_found_as_ada(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(*ADA_COMES))
    assert (found.finding, found.candidate_id, found.runner_up_id) == ("match", "ada", "grace")
    assert found.score is not None
    assert found.score > found.threshold > 0.2
    assert found.crops_agreement is not None
    assert found.crops_agreement > 0.6
    assert (found.scope, found.scope_size, found.asked) == ("slot", 2, "search")


def test_what_liveness_said_is_handed_on(identify: Identify, visit: Visit) -> None:
    came = visit(*ADA_COMES)
    found = told(identify, came)
    for name in ("kiosk_id", "captured_at", "trace_id", "track_id", "track_started_at", "fence", "policy", "challenge"):
        assert getattr(found, name) == getattr(came.event, name)
    assert found.received_at == came.received_at
    assert found.live_face_id == came.event.event_id


def test_a_repeat_has_the_same_id_and_the_same_answer(identify: Identify, visit: Visit) -> None:
    first, second = told(identify, visit(*ADA_COMES)), told(identify, visit(*ADA_COMES))
    assert first.event_id == second.event_id
    assert first.model_dump(exclude={"probe"}) == second.model_dump(exclude={"probe"})


def test_mallory_is_nobody(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(("mallory", 1), ("mallory", 2), ("mallory", 3)))
    assert found.finding == "no_match"
    assert found.candidate_id in ("ada", "grace")
    assert found.probe is None


def test_mallory_cannot_use_adas_photo_after_his_own_blink(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(("mallory", 1), ("mallory", 2), ("ada", 2)))
    assert found.finding == "crops_disagree"
    assert found.probe is None


def test_one_moment_alone_says_nothing_of_the_others(identify: Identify, faces: Faces) -> None:
    crops = [faces.crop("ada", 2, "end"), faces.crop("ada", 3, "end")]
    jpegs = [faces.jpeg("ada", 2), faces.jpeg("ada", 3)]
    assert told(identify, delivered(live_face(crops), jpegs)).finding == "no_usable_crop"
    assert told(identify, delivered(live_face(crops, policy="off"), jpegs)).finding == "match"


def test_turned_crops_are_not_compared_while_there_are_frontal_ones(identify: Identify, faces: Faces) -> None:
    crops = [
        faces.crop("ada", 2, "start"),
        faces.crop("mallory", 1, "middle", yaw_deg=30.0),
        faces.crop("ada", 3, "end"),
    ]
    jpegs = [faces.jpeg("ada", 2), faces.jpeg("mallory", 1), faces.jpeg("ada", 3)]
    assert told(identify, delivered(live_face(crops), jpegs)).finding == "match"


def test_who_stands_askew_all_the_time_is_still_compared(identify: Identify, faces: Faces) -> None:
    crops = [faces.crop("ada", 2, "start", yaw_deg=28.0), faces.crop("ada", 3, "end", yaw_deg=31.0)]
    jpegs = [faces.jpeg("ada", 2), faces.jpeg("ada", 3)]
    assert told(identify, delivered(live_face(crops), jpegs)).finding == "match"


def test_profiles_are_no_usable_crops(identify: Identify, faces: Faces) -> None:
    crops = [faces.crop("ada", 2, "start", yaw_deg=60.0), faces.crop("ada", 3, "end", yaw_deg=-60.0)]
    found = told(identify, delivered(live_face(crops), [faces.jpeg("ada", 2), faces.jpeg("ada", 3)]))
    assert (found.finding, found.candidate_id, found.score) == ("no_usable_crop", None, None)
    assert found.crop is not None


def test_a_broken_crop_is_left_out(identify: Identify, visit: Visit) -> None:
    came = visit(*ADA_COMES)
    broken = Delivery(came.stream, came.entry_id, came.event, (came.images[0][:300], *came.images[1:]), NOON, 1)
    assert told(identify, broken).finding == "match"


def test_with_every_crop_broken_it_goes_to_a_person(identify: Identify, visit: Visit) -> None:
    came = visit(*ADA_COMES)
    broken = Delivery(came.stream, came.entry_id, came.event, (b"", b"\xff\xd8\xff", b"junk"), NOON, 1)
    assert told(identify, broken).finding == "no_usable_crop"


def test_points_that_cannot_be_aligned_are_no_usable_crop(identify: Identify, visit: Visit) -> None:
    came = visit(*ADA_COMES)
    event = came.event.model_dump()
    for crop in event["crops"]:
        crop["points"] = dict.fromkeys(crop["points"], (5.0, 5.0))
    broken = Delivery(came.stream, came.entry_id, LiveFace.model_validate(event), came.images, NOON, 1)
    assert told(identify, broken).finding == "no_usable_crop"


def test_the_best_crop_is_the_evidence(identify: Identify, faces: Faces) -> None:
    crops = [faces.crop("ada", 2, "start", score=0.2), faces.crop("ada", 3, "end", score=0.9)]
    (result,) = identify([delivered(live_face(crops), [faces.jpeg("ada", 2), faces.jpeg("ada", 3)])])
    (handoff,) = result  # type: ignore[misc]
    assert handoff.images == [faces.jpeg("ada", 3)]
    assert isinstance(handoff.event, FaceIdentified)
    assert handoff.event.crop == crops[1]


def test_the_matched_probe_opens_with_adas_key_and_no_other(
    identify: Identify, visit: Visit, keys: TemplateKeys, faces: Faces, intel: Embedder
) -> None:
    found = told(identify, visit(*ADA_COMES))
    assert found.probe is not None
    opened = np.frombuffer(open_sealed(keys.ensure("ada"), found.probe, template_about("ada")), "<f4")
    assert opened @ faces.vector("ada", 1, intel) == pytest.approx(found.score, abs=1e-5)
    with pytest.raises(Invalid):
        open_sealed(keys.ensure("grace"), found.probe, template_about("ada"))


def test_who_has_no_sitting_now_is_not_searched(identify: Identify, schedule: ScheduleStore, visit: Visit) -> None:
    schedule.write(Schedule(sittings=(sitting(grace="B"),)))
    found = told(identify, visit(*ADA_COMES))
    assert (found.finding, found.candidate_id, found.scope_size) == ("no_match", "grace", 1)


def test_the_time_of_the_frame_decides_who_is_searched(identify: Identify, visit: Visit) -> None:
    late = told(identify, visit(*ADA_COMES, captured_at=NOON.replace(hour=20)))
    assert (late.finding, late.candidate_id, late.scope_size) == ("no_match", None, 0)


def test_hall_bs_student_is_found_at_hall_a_too(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(("grace", 2), ("grace", 3), ("grace", 4), kiosk_id="A__door1"))
    assert (found.finding, found.candidate_id) == ("match", "grace")


def test_the_campus_can_be_the_scope(
    redis: Redis, intel: Embedder, keys: TemplateKeys, schedule: ScheduleStore, visit: Visit
) -> None:
    schedule.write(Schedule())
    gallery = GalleryFollower(redis, keys, intel.model_id, intel.dims)
    settings = RecognizerSection(scope="campus")
    identify = Identify(intel, thresholds_of(intel.model_id), gallery, schedule, settings)
    found = told(identify, visit(*ADA_COMES))
    assert (found.finding, found.candidate_id, found.scope, found.scope_size) == ("match", "ada", "campus", 2)


def test_a_search_that_the_table_cannot_speak_for_goes_to_a_person(
    redis: Redis, intel: Embedder, keys: TemplateKeys, schedule: ScheduleStore, visit: Visit
) -> None:
    gallery = GalleryFollower(redis, keys, intel.model_id, intel.dims)
    settings = RecognizerSection(false_positive_budget=1e-7)
    identify = Identify(intel, thresholds_of(intel.model_id), gallery, schedule, settings)
    found = told(identify, visit(*ADA_COMES))
    assert (found.finding, found.candidate_id, found.probe) == ("margin", "ada", None)
    assert told(identify, visit(*ADA_COMES, claimed_student_id="ada")).finding == "match"


def test_confirmed_twins_are_asked_for_number_and_id(identify: Identify, schedule: ScheduleStore, visit: Visit) -> None:
    schedule.write(Schedule(sittings=(sitting(ada="A", grace="B"),), look_alikes=(("grace", "ada"),)))
    assert told(identify, visit(*ADA_COMES)).finding == "margin"
    assert told(identify, visit(*ADA_COMES, claimed_student_id="ada")).finding == "margin"


def test_two_students_with_one_face_go_to_a_person(
    identify: Identify, schedule: ScheduleStore, put_template: Enrol, visit: Visit, faces: Faces, intel: Embedder
) -> None:
    put_template("ada2", faces.vector("ada", 1, intel), intel.model_id)
    schedule.write(Schedule(sittings=(sitting(ada="A", ada2="A"),)))
    found = told(identify, visit(*ADA_COMES))
    assert found.finding == "margin"
    assert {found.candidate_id, found.runner_up_id} == {"ada", "ada2"}


def test_by_number_ada_is_compared_with_ada_alone(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(*ADA_COMES, claimed_student_id="ada"))
    assert (found.finding, found.asked, found.scope, found.scope_size) == ("match", "number", "student", 1)
    assert found.runner_up_id is None


def test_by_number_mallory_is_not_ada(identify: Identify, visit: Visit) -> None:
    came = visit(("mallory", 1), ("mallory", 2), claimed_student_id="ada")
    found = told(identify, came)
    assert (found.finding, found.candidate_id, found.probe) == ("no_match", "ada", None)


def test_by_number_who_was_never_enrolled_goes_to_the_invigilator(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(("mallory", 1), ("mallory", 2), claimed_student_id="mallory"))
    assert (found.finding, found.candidate_id, found.claimed_student_id) == ("no_template", None, "mallory")


@pytest.mark.parametrize(
    ("typed", "finding"), [("ada", "no_match"), ("katherine", "no_template"), ("999", "no_template")]
)
def test_by_number_of_somebody_else_the_face_is_found_as_whose_it_is(
    identify: Identify, visit: Visit, typed: str, finding: str
) -> None:
    found = told(identify, visit(("grace", 2), ("grace", 3), claimed_student_id=typed))
    assert (found.finding, found.runner_up_id, found.probe) == (finding, "grace", None)
    assert found.candidate_id == ("ada" if typed == "ada" else None)
    assert found.runner_up_score is not None
    assert found.runner_up_score > 0.5


def test_by_number_a_face_more_like_somebody_else_goes_to_a_person(
    identify: Identify, put_template: Enrol, schedule: ScheduleStore, visit: Visit, faces: Faces, intel: Embedder
) -> None:
    put_template("ada2", faces.vector("ada", 2, intel), intel.model_id)
    schedule.write(Schedule(sittings=(sitting(ada="A", ada2="A"),)))
    came = ("ada", 2), ("ada", 2)
    found = told(identify, visit(*came, claimed_student_id="ada"))
    assert (found.finding, found.candidate_id, found.runner_up_id) == ("margin", "ada", "ada2")
    assert told(identify, visit(*came, claimed_student_id="ada2")).finding == "match"


def test_by_number_a_face_like_nobody_here_says_no_name(identify: Identify, visit: Visit) -> None:
    found = told(identify, visit(("mallory", 1), ("mallory", 2), claimed_student_id="999"))
    assert (found.finding, found.candidate_id, found.runner_up_id) == ("no_template", None, None)


def test_by_number_needs_less_than_a_large_search(intel: Embedder) -> None:
    rule, settings = thresholds_of(intel.model_id), RecognizerSection()
    assert rule.at_fmr(settings.verification_fmr) < rule.for_search(settings.false_positive_budget, 300)


def test_who_comes_again_is_held_against_todays_admission(
    identify: Identify, put_template: Enrol, visit: Visit, faces: Faces, intel: Embedder
) -> None:
    assert told(identify, visit(*ADA_COMES)).admission_score is None
    put_template("ada", faces.vector("ada", 2, intel), intel.model_id, sitting_id=1)
    again = told(identify, visit(("ada", 3), ("ada", 4)))
    assert again.admission_score is not None
    assert again.admission_threshold is not None
    assert again.admission_score > again.admission_threshold


def test_all_that_waits_goes_through_the_network_in_one_call(
    identify: Identify, visit: Visit, intel: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    embed = type(intel).embed

    def counted(self: Embedder, chips: Sequence[Image]) -> Vectors:
        calls.append(len(chips))
        return embed(self, chips)

    monkeypatch.setattr(type(intel), "embed", counted)
    results: Any = identify(
        [visit(*ADA_COMES), visit(("mallory", 1), ("mallory", 2)), visit(("grace", 2), ("grace", 3))]
    )
    assert calls == [7]
    assert [result[0].event.finding for result in results] == ["match", "no_match", "match"]
    assert [result[0].event.candidate_id for result in results][::2] == ["ada", "grace"]


def test_what_is_no_live_face_is_a_dead_letter_and_harms_no_other(identify: Identify, visit: Visit) -> None:
    came = visit(*ADA_COMES)
    failed = LivenessFailed(
        **came.event.model_dump(include=set(LivenessFailed.model_fields) - {"kind", "event_id"}),
        event_id=event_id("x"),
        reason="timeout",
        failures=3,
    )
    other = Delivery("faces", "2-0", failed, (), NOON, 1)
    short = Delivery("faces", "3-0", came.event, came.images[:1], NOON, 1)
    results = identify([other, came, short])
    assert isinstance(results[0], Invalid)
    assert results[1][0].event.finding == "match"  # type: ignore[index,union-attr]
    assert isinstance(results[2], Invalid)
    assert identify([]) == []
