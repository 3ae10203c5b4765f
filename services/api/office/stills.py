"""A still of the enrolment camera, judged while the student looks into it: is it good, or what should change?

The enrolment worker judges it as it would judge the photo. Nothing is kept: the still is gone once it was judged,
and after some seconds where nobody judged it; where the worker is busy or away, the page waits for the photo itself.
"""

import secrets
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from services.api import media
from services.api.office import photos
from services.api.office.work import Work
from shared import logs, names
from shared.events import EnrolmentRefusal

JOB = "services.recognizer.enrolment.look"
KEPT_S = 5
"""How long a still waits for its turn: after that the face has moved on."""
WAIT_S = 2.5
_TIMEOUT_S = 10
_TOLD_S = 20
_log = logs.get("photos")
Finding = Literal["good"] | EnrolmentRefusal


class StillJudged(BaseModel):
    """What the enrolment worker says of a still."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"finding": "face_too_small"}]})

    finding: Finding | None = Field(description="`good`, or what to change; null: nobody could judge it in time.")


def ask(work: Work, image: bytes) -> str | None:
    """Hand a still over; return the job to ask `answer` for. None: Redis is away.

    Raises:
        Problem: it is no picture that can be taken.
    """
    photos.check(work.api, [image])
    still_id = f"still-{secrets.token_hex(12)}"
    try:
        sealed = work.media.seal_envelope(image, media.photo_about(still_id))
        work.events.set(names.enrolment_photo(still_id), sealed, ex=KEPT_S)
        photos.queue(work.events).enqueue_call(
            JOB,
            kwargs={"still_id": still_id},
            job_id=still_id,
            timeout=_TIMEOUT_S,
            ttl=KEPT_S,
            result_ttl=_TOLD_S,
            failure_ttl=_TOLD_S,
        )
    except RedisError as error:
        _log.warning("a still is not judged", error=type(error).__name__)
        return None
    return still_id


def answer(events: "Redis", still_id: str) -> tuple[bool, Finding | None]:
    """Return whether all that can be said is said, and what it is."""
    try:
        job = Job.fetch(still_id, connection=events, serializer=JSONSerializer)
        state = job.get_status(refresh=False)
        if state == JobStatus.FINISHED:
            return True, cast("Finding | None", job.return_value())
    except (NoSuchJobError, RedisError):
        return True, None
    return state == JobStatus.FAILED, None
