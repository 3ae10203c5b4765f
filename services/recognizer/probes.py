"""The crops of one live face, as what can be compared: facing, decoded, aligned."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from services.recognizer.alignment import Image, Template, aligned
from services.recognizer.fusion import tells_a_story
from shared import images
from shared.errors import Invalid
from shared.events import Crop, LiveFace, Quality
from shared.stage import Delivery

_CROP_MAX_PIXELS = 4_000_000
"""A crop is part of a camera's frame; more than this is none."""


@dataclass(frozen=True)
class Probe:
    """One crop that is compared."""

    crop: Crop
    jpeg: bytes
    chip: Image
    """Aligned as the network wants it."""


@dataclass(frozen=True)
class Pose:
    """How far a face may be turned, and raised or lowered."""

    yaw_deg: float
    pitch_deg: float

    def holds(self, quality: Quality) -> bool:
        """Tell whether a crop is within."""
        return abs(quality.yaw_deg) <= self.yaw_deg and abs(quality.pitch_deg) <= self.pitch_deg


@dataclass(frozen=True)
class Limits:
    """`near` is near-frontal; `outer` is what can be compared at all."""

    near: Pose
    outer: Pose
    crops_max: int


def live_face_of(delivery: Delivery) -> LiveFace:
    """Return the delivery's live face.

    Raises:
        Invalid: another event, or not one image per crop.
    """
    event = delivery.event
    if not isinstance(event, LiveFace):
        raise Invalid(f"{event.kind} is no live face")
    if len(event.crops) != len(delivery.images):
        raise Invalid(f"{len(event.crops)} crops, but {len(delivery.images)} images")
    return event


def probes_of(face: LiveFace, jpegs: Sequence[bytes], template: Template, limits: Limits) -> list[Probe]:
    """Return the crops to compare: the near-frontal ones, where these cover the challenge, best first.

    Somebody who stands askew has none, or only of one moment; then the crops up to the outer limits do.
    What is turned further, or broken, is left out.
    """
    outer = [at for at, crop in enumerate(face.crops) if limits.outer.holds(crop.quality)]
    near = [at for at in outer if limits.near.holds(face.crops[at].quality)]
    chosen = near if tells_a_story([face.crops[at] for at in near]) else outer
    probes = (_probe(face.crops[at], jpegs[at], template) for at in by_moment(face.crops, chosen))
    return list(islice((probe for probe in probes if probe is not None), limits.crops_max))


def by_moment(crops: Sequence[Crop], chosen: Sequence[int]) -> list[int]:
    """Order crops so that the best of each moment come first, then the second best, each by quality."""
    ranked = sorted(chosen, key=lambda at: crops[at].quality.score, reverse=True)
    place = {at: sum(crops[other].moment == crops[at].moment for other in ranked[:n]) for n, at in enumerate(ranked)}
    return sorted(ranked, key=lambda at: place[at])


def _probe(crop: Crop, jpeg: bytes, template: Template) -> Probe | None:
    try:
        return Probe(crop, jpeg, aligned(images.decode(jpeg, max_pixels=_CROP_MAX_PIXELS), crop.points, template))
    except Invalid:
        return None
