"""The whole wire contract: every event that crosses a process, frozen, in one module.

A stream entry has two fields: `event`, the JSON of one of these, and, where there are any,
`images`, a length-prefixed blob (`pack_images`), sealed in durable streams. Fields that a newer
version added are ignored; another `schema_version` is `Invalid` and goes to the dead letters.

Positions are in pixels of the image they belong to, `x` to the right, `y` down. "Left" and "right"
are the image's, except in the actions `turn_left` and `turn_right`, which are the person's own.
Yaw is positive when the face points to the image's right. Similarities are cosines, -1 to 1.
"""

import struct
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.errors import Invalid

SCHEMA_VERSION = 1
_NAMESPACE = uuid.UUID("6b0f5c0e-6f0b-5e0c-9a53-0d6a3a5d9c11")

KioskId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
StudentId = Annotated[str, Field(min_length=1, max_length=64)]

Policy = Literal["off", "blink", "challenge"]
Action = Literal["blink", "turn_left", "turn_right", "mouth_open", "smile"]
Moment = Literal["start", "middle", "end"]
FailureReason = Literal["timeout", "photo", "face_changed", "two_faces", "spoof_score", "unable", "not_seen"]
"""Why liveness failed. `unable`: the person typed a number and chose "I can't do this".

`not_seen`: a number was typed, and no face could be looked at for it: nobody came, or no camera works.
"""

ATTACK_REASONS: frozenset[str] = frozenset({"photo", "face_changed", "spoof_score"})
"""These are a review item at once; the others after the third failure."""

Finding = Literal["match", "no_match", "margin", "crops_disagree", "no_template", "no_usable_crop"]
"""What the recognizer found. Only `match` can admit, and only when ingest agrees."""

Verdict = Literal[
    "liveness_failed",
    "unknown",
    "already_in",
    "out",
    "returned",
    "ambiguous",
    "too_early",
    "present",
    "late",
    "closed",
    "wrong_hall",
    "wrong_sitting",
    "not_registered",
]

EnrolmentRefusal = Literal[
    "not_an_image",
    "image_too_large",
    "no_face",
    "several_faces",
    "face_too_small",
    "blurred",
    "too_dark",
    "too_bright",
    "uneven_light",
    "not_frontal",
    "eyes_closed",
    "photos_disagree",
    "photo_gone",
]

PromptCode = Literal[
    "waiting",  # nobody in the oval
    "position",  # somebody, not yet usable: see `hint`
    "do",  # do `action` now
    "checking",  # the challenge is met; the verdict is on its way
    "done",  # this track has had its verdict; nothing more is asked of it
    "try_again",  # a failure that is not the last
    "see_invigilator",  # failed for good, or an attack
    "paused",  # another face over this one
    "out_of_service",  # liveness cannot work here: a model is missing or broken
    "no_sitting",  # nothing is in play for this kiosk's hall
]
Hint = Literal[
    "too_far", "too_near", "too_dark", "too_bright", "backlit", "blurred", "look_here", "one_at_a_time", "centre"
]
CameraState = Literal["live", "frozen", "black", "lost"]


def event_id(kind: str, *parts: object) -> str:
    """Make the id of an event from what it describes, so that a repeat has the same id.

    >>> event_id("live_face", "A__door1", "t-1") == event_id("live_face", "A__door1", "t-1")
    True
    """
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join([kind, *map(str, parts)])))


class Wire(BaseModel):
    """Base of everything on the wire: frozen, tolerant of fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")


class Point(NamedTuple):
    """A position in pixels of the image it belongs to."""

    x: float
    y: float


class FacePoints(Wire):
    """The ten points that every alignment template can be made from (left and right of the image)."""

    left_eye: Point
    right_eye: Point
    nose_tip: Point
    mouth_left: Point
    mouth_right: Point
    left_eye_outer: Point
    left_eye_inner: Point
    right_eye_inner: Point
    right_eye_outer: Point
    nose_base: Point


class Quality(Wire):
    """How usable one face crop is."""

    sharpness: float
    """Variance of the Laplacian of the face, scaled to 112 pixels wide."""
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    interocular_px: float
    brightness: float
    """Mean luma of the face, 0 to 255."""
    eye_openness: float
    """Eye aspect ratio over the person's own open-eye baseline: 1 is open."""
    score: float
    """0 to 1, what the crops are picked and weighted by."""


class Crop(Wire):
    """One face crop with margin; its JPEG stands at the same place in the entry's images."""

    moment: Moment
    captured_at: AwareDatetime
    width: int
    height: int
    points: FacePoints
    quality: Quality


class ActionDone(Wire):
    """One action of a challenge, and when (frame times) it was asked for and seen."""

    action: Action
    asked_at: AwareDatetime
    done_at: AwareDatetime


class Box(Wire):
    """A face on the screen, in fractions (0 to 1) of the frame's width and height."""

    track_id: str
    x: float
    y: float
    width: float
    height: float
    serving: bool
    """Whether this is the face that the kiosk serves now."""


class Event(Wire):
    """What every event has."""

    kind: ClassVar[str]

    event_id: str
    kiosk_id: KioskId
    captured_at: AwareDatetime
    """When the camera took the frame that this is about."""
    trace_id: str
    """Follows one person from frame to roster, and through every log line."""
    schema_version: int = SCHEMA_VERSION


class FrameCaptured(Event):
    """One frame of a kiosk; its JPEG is the entry's only image, in the clear (frames never touch a disk)."""

    kind: ClassVar[str] = "frame_captured"
    sequence: int
    width: int
    height: int
    sent_at: AwareDatetime
    """Wall time at which capture published it: latency is measured from here."""
    in_order: bool = False
    """Footage on its own clock: liveness must handle every frame, and capture waits for it."""
    last: bool = False
    """The footage ends with this frame: every track in it is over."""
    simulated: bool = False


class _OfTrack(Event):
    """What liveness says of one track."""

    track_id: str
    track_started_at: AwareDatetime
    fence: int
    policy: Policy
    frame_sent_at: AwareDatetime
    """`sent_at` of the deciding frame."""
    claimed_student_id: StudentId | None = None
    """The student number typed at the kiosk, where one was."""
    simulated: bool = False


class LiveFace(_OfTrack):
    """Somebody proved to be alive; the crops say who it may be. Used once."""

    kind: ClassVar[str] = "live_face"
    challenge: tuple[ActionDone, ...]
    crops: tuple[Crop, ...]
    passive_score: float | None = None
    """Where a passive check ran: 1 is live. None: none ran."""


class LivenessFailed(_OfTrack):
    """The third failure, an attack, or a track lost after a failure. At most one image: the best crop."""

    kind: ClassVar[str] = "liveness_failed"
    reason: FailureReason
    failures: int
    crop: Crop | None = None
    passive_score: float | None = None


class FaceIdentified(_OfTrack):
    """What the recognizer found for one live face. Its image is the evidence crop."""

    kind: ClassVar[str] = "face_identified"
    live_face_id: str
    received_at: AwareDatetime
    """The broker's own time at which the live face was accepted; camera clocks are held against it."""
    finding: Finding
    asked: Literal["search", "number"]
    candidate_id: StudentId | None
    """The best of the whole scope, also when it did not pass; None when the scope is empty."""
    score: float | None
    runner_up_id: StudentId | None = None
    """The second best; by number, the best other person of a search, where within its threshold or more like the face."""
    runner_up_score: float | None = None
    threshold: float
    margin_required: float
    scope: str
    """`slot`, `campus` or `student`."""
    scope_size: int
    crops_agreement: float | None
    """The smallest similarity between two of the crops used; None with fewer than two."""
    admission_score: float | None = None
    """Similarity to the candidate's admission of today, where there is one."""
    admission_threshold: float | None = None
    model_id: str
    challenge: tuple[ActionDone, ...] = ()
    passive_score: float | None = None
    probe: bytes | None = None
    """The probe's template, sealed under the candidate's template key: it becomes today's admission."""
    crop: Crop | None = None


class LookAlike(Wire):
    """Another student whose template is closer than the slot's threshold allows."""

    student_id: StudentId
    similarity: float


class _OfStudent(Event):
    """What enrolment says of one student. `kiosk_id` is `enrolment`; `captured_at` is when it was asked for."""

    student_id: StudentId
    photo_ids: tuple[str, ...]
    model_id: str


class FaceEnrolled(_OfStudent):
    """A template was made."""

    kind: ClassVar[str] = "face_enrolled"
    template: bytes
    """Sealed under the student's template key (`shared.keys`)."""
    quality: Quality
    look_alikes: tuple[LookAlike, ...] = ()


class EnrolmentFailed(_OfStudent):
    """No template was made, and why: `refusals` has one code per photo, in order."""

    kind: ClassVar[str] = "enrolment_failed"
    refusals: tuple[EnrolmentRefusal, ...]
    detail: str = ""
    """One line for the admin: the measured figure against what is needed. No names."""


class PhotosChecked(_OfStudent):
    """How good photos are that a student proposes; no template was made. One finding per photo, in order."""

    kind: ClassVar[str] = "photos_checked"
    findings: tuple[EnrolmentRefusal | None, ...]
    """None: good enough."""
    details: tuple[str, ...] = ()
    """One line per photo: the measured figure against what is needed; empty for a good one."""


class AlikePair(Wire):
    """Two students of one slot, too much alike to be told apart by the face alone; `student_a` sorts first."""

    student_a: StudentId
    student_b: StudentId
    similarity: float


class LookAlikesFound(Event):
    """Pairs found after a roster or a template changed. `kiosk_id` is `enrolment`."""

    kind: ClassVar[str] = "look_alikes_found"
    model_id: str
    pairs: tuple[AlikePair, ...]


class NumberAsk(Wire):
    """Somebody typed a student number at the kiosk: compare the served face with that one person."""

    student_id: StudentId
    asked_at: AwareDatetime
    unable: bool = False
    """"I can't do this": no challenge is asked, and it goes to the invigilator."""


class AimNeeds(Wire):
    """What a face must be like to be checked, and what makes a good crop: the limits that liveness works with."""

    least_interocular_px: float
    good_interocular_px: float
    most_width: float
    """Of the face, as a share of the frame's width."""
    least_brightness: float
    most_brightness: float
    least_sharpness: float
    good_sharpness: float
    most_yaw_deg: float
    most_pitch_deg: float


class Aim(Wire):
    """What the nearest face measures, for whoever aims the camera. Numbers and codes, no picture."""

    frame_width_px: int
    frame_height_px: int
    x: float
    y: float
    width: float
    height: float
    """The face, in fractions of the frame."""
    interocular_px: float
    brightness: float
    """Mean luma of the face, 0 to 255."""
    sharpness: float
    """Variance of the Laplacian."""
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    backlit: bool
    hint: Hint | None
    needs: AimNeeds


class Prompt(Event):
    """What the screen should ask now: codes, the screen has the language."""

    kind: ClassVar[str] = "prompt"
    code: PromptCode
    track_id: str | None = None
    action: Action | None = None
    done: int = 0
    total: int = 0
    hint: Hint | None = None
    boxes: tuple[Box, ...] = ()
    usable: bool = False
    """The served face is near enough, sharp, lit and facing: the oval takes the accent colour."""
    frame_sent_at: AwareDatetime | None = None
    aim: Aim | None = None
    """Only while somebody aims the camera, and only where a face is seen. Not for the kiosk's screen."""


class Outcome(Event):
    """The verdict for the screen. It belongs to one track and is kept for the hold time only."""

    kind: ClassVar[str] = "outcome"
    track_id: str
    verdict: Verdict
    student_id: StudentId | None = None
    name: str | None = None
    photo_url: str | None = None
    exam_code: str | None = None
    subject: str | None = None
    hall: str | None = None
    hall_name: str | None = None
    directions: str | None = None
    table: str | None = None
    at: AwareDatetime | None = None
    """When check-in opens, the other sitting starts, or the student must be back, by verdict."""
    case_number: int | None = None
    by_number: bool = False
    """A student number was typed for this check: the screen does not offer that way again."""
    hold_s: float = 8.0


class PracticeEnded(Event):
    """How a practice went, for the page alone. It names nobody, and no door shows it."""

    kind: ClassVar[str] = "practice_ended"
    track_id: str
    result: Literal["good", "weak", "again"]
    """`again`: the check was not completed, which says nothing of the enrolment; nothing was recorded."""
    code: str
    """A `Finding` or a `FailureReason`."""


AnyEvent = (
    FrameCaptured
    | LiveFace
    | LivenessFailed
    | FaceIdentified
    | FaceEnrolled
    | EnrolmentFailed
    | PhotosChecked
    | LookAlikesFound
    | Prompt
    | Outcome
    | PracticeEnded
)
_KINDS: dict[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        FrameCaptured,
        LiveFace,
        LivenessFailed,
        FaceIdentified,
        FaceEnrolled,
        EnrolmentFailed,
        PhotosChecked,
        LookAlikesFound,
        Prompt,
        Outcome,
        PracticeEnded,
    )
}
_JSON_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def encode(event: Event) -> bytes:
    """Return the JSON of `event`, with its `kind`."""
    return b'{"kind":"' + event.kind.encode() + b'",' + event.model_dump_json().encode()[1:]


def decode(raw: bytes) -> AnyEvent:
    """Return the event in `raw`.

    Raises:
        Invalid: not JSON, no known kind, another schema version, or fields that do not fit.
    """
    try:
        fields = _JSON_OBJECT.validate_json(raw)
    except ValidationError as error:
        raise Invalid(f"not an event: {error.errors()[0]['msg']}") from error
    kind = fields.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise Invalid(f"unknown kind of event: {str(kind)[:40]!r}")
    if fields.get("schema_version") != SCHEMA_VERSION:
        raise Invalid(f"{kind}: schema version {fields.get('schema_version')!r}, this reads {SCHEMA_VERSION}")
    try:
        return _KINDS[kind].model_validate_json(_JSON_OBJECT.dump_json(fields))  # type: ignore[return-value]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Invalid(f"{kind}.{where}: {first['msg']}") from error


def pack_images(images: Sequence[bytes]) -> bytes:
    """Join images into one field: for each, its length as 4 bytes big-endian, then its bytes."""
    return b"".join(struct.pack(">I", len(image)) + image for image in images)


def unpack_images(blob: bytes) -> tuple[bytes, ...]:
    """Undo `pack_images`.

    Raises:
        Invalid: the blob ends in the middle of an image.
    """
    images, at = [], 0
    while at < len(blob):
        if at + 4 > len(blob):
            raise Invalid("images: cut short in a length")
        (length,) = struct.unpack_from(">I", blob, at)
        at += 4
        if at + length > len(blob):
            raise Invalid("images: cut short in an image")
        images.append(blob[at : at + length])
        at += length
    return tuple(images)
