"""The job itself, as RQ calls it by its name: plain JSON in, plain JSON out."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.recognizer.enrolment.enroller import Enrolled, Enroller, Request
from shared import logs, metrics
from shared.errors import Invalid
from shared.events import EnrolmentFailed, FaceEnrolled, PhotosChecked

QUEUE = "enrolment"
JOB = "services.recognizer.enrolment.enrol"
JOB_OF_MANY = "services.recognizer.enrolment.enrol_many"
JOB_LOOK = "services.recognizer.enrolment.look"
_log = logs.get("enrolment")
_ready: list[Enroller] = []
"""The one enroller of this process, made before the first job so that the model is loaded once."""


def make_ready(enroller: Enroller) -> None:
    """Give this process its enroller; the worker does so before it takes a job."""
    _ready[:] = [enroller]


def ready() -> Enroller:
    """Return the enroller of this process."""
    return _ready[0]


def enrol(
    student_id: str, photo_ids: list[str], asked_at: str, trace_id: str, check_only: bool = False
) -> dict[str, Any]:
    """Enrol a student from photos that lie sealed under `names.enrolment_photo(photo_id)`.

    With `check_only` they are judged and no template is made: nobody has approved them yet.

    Returns what the job row may show: `{"result": "enrolled" | "good" | the first refusal, "event_ids": […]}`.

    Raises:
        Invalid: arguments that describe no enrolment.
        Unavailable: this machine's own trouble; the job is tried again.
    """
    request = _request(student_id, photo_ids, asked_at, trace_id)
    with metrics.ENROLMENT_SECONDS.time():
        events = (_ready[0].check(request),) if check_only else _ready[0].enrol(request)
    return {"result": _told(request, events), "event_ids": [event.event_id for event in events]}


def enrol_many(requests: list[dict[str, Any]]) -> dict[str, Any]:
    """Enrol several students, each as `enrol` does: one job for them all spares the queue's round trips.

    Raises:
        Invalid, Unavailable: as `enrol`; the whole job is tried again, and what was done is known as a repeat.
    """
    wanted = [_request(**request) for request in requests]
    began_s = time.perf_counter()
    made = ready().enrol_many(wanted)
    each_s = (time.perf_counter() - began_s) / max(1, len(wanted))
    results = []
    for request, events in zip(wanted, made, strict=True):
        metrics.ENROLMENT_SECONDS.observe(each_s)
        results.append(_told(request, events))
    return {"results": results}


def look(still_id: str) -> str:
    """Judge a still of the enrolment camera, for the hints on the page: `good`, or the first thing wrong with it.

    Raises:
        Unavailable: a model failed. It is not tried again: another still comes in a second.
    """
    return ready().look(still_id) or "good"


def _request(student_id: str, photo_ids: list[str], asked_at: str, trace_id: str) -> Request:
    when = datetime.fromisoformat(asked_at)
    if not student_id or not photo_ids or when.tzinfo is None:
        raise Invalid("an enrolment names a student, at least one photo, and a time with its zone")
    return Request(student_id, tuple(photo_ids), when, trace_id)


def _told(request: Request, events: Sequence[Enrolled | PhotosChecked]) -> str:
    result = _result(events)
    metrics.ENROLMENTS.labels(result).inc()
    _log.info("enrolment ended", trace_id=request.trace_id, student_id=request.student_id, result=result)
    return result


def _result(events: Sequence[Enrolled | PhotosChecked]) -> str:
    checked = [event for event in events if isinstance(event, PhotosChecked)]
    if checked:
        return next((code for event in checked for code in event.findings if code is not None), "good")
    enrolled = any(isinstance(event, FaceEnrolled) for event in events)
    refusals = [code for event in events if isinstance(event, EnrolmentFailed) for code in event.refusals]
    return "enrolled" if enrolled else refusals[0]
