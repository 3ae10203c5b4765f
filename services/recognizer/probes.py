"""The crops of one live face, as what can be compared: near-frontal, decoded, aligned."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.recognizer.alignment import Image, Template, aligned
from services.recognizer.fusion import near_frontal
from shared import images
from shared.errors import Invalid
from shared.events import Crop, LiveFace
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


def probes_of(
    face: LiveFace, jpegs: Sequence[bytes], template: Template, max_yaw_deg: float, max_pitch_deg: float
) -> list[Probe]:
    """Return the crops that can be compared, best first; those that are turned away or broken are left out."""
    found = [
        probe
        for crop, jpeg in zip(face.crops, jpegs, strict=True)
        if near_frontal(crop.quality, max_yaw_deg, max_pitch_deg) and (probe := _probe(crop, jpeg, template))
    ]
    return sorted(found, key=lambda probe: probe.crop.quality.score, reverse=True)


def _probe(crop: Crop, jpeg: bytes, template: Template) -> Probe | None:
    try:
        return Probe(crop, jpeg, aligned(images.decode(jpeg, max_pixels=_CROP_MAX_PIXELS), crop.points, template))
    except Invalid:
        return None
