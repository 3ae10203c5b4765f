"""A picture on its way out: as JPEG, no wider than allowed, with the event that describes it."""

from dataclasses import dataclass
from datetime import datetime

from services.capture.settings import CaptureSection
from services.capture.sources.base import Picture
from shared.errors import Invalid
from shared.events import FrameCaptured, event_id
from shared.images import Image, check, decode, encode_jpeg, fit_width


@dataclass(frozen=True, slots=True)
class Encoded:
    """A JPEG and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def encoded(picture: Picture, image: Image | None, settings: CaptureSection) -> Encoded:
    """Return the picture as JPEG. One that is JPEG already, upright and not too wide is passed on undecoded.

    Raises:
        BadImage: what came from outside is no picture.
        Invalid: the picture has no pixels in any form.
    """
    if image is not None:
        return _from_pixels(image, settings)
    if picture.jpeg is None:
        raise Invalid("a picture without pixels")
    header = check(picture.jpeg, max_pixels=settings.max_image_pixels, max_bytes=settings.max_image_bytes)
    if header.format == "jpeg" and header.orientation == 1 and header.width <= settings.max_width:
        return Encoded(picture.jpeg, header.width, header.height)
    return _from_pixels(decode(picture.jpeg, settings.max_image_pixels, settings.max_image_bytes), settings)


def _from_pixels(image: Image, settings: CaptureSection) -> Encoded:
    fitting = fit_width(image, settings.max_width)
    height, width = fitting.shape[:2]
    return Encoded(encode_jpeg(fitting, settings.jpeg_quality), width, height)


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one camera: its frames are numbered from 1."""

    kiosk_id: str
    started_at: datetime
    in_order: bool
    simulated: bool

    def frame(self, picture: Picture, image: Encoded, sequence: int, now: datetime) -> FrameCaptured:
        """Describe a frame. It has no person yet: its trace is the session's, liveness makes the person's."""
        return FrameCaptured(
            event_id=event_id("frame", self.kiosk_id, self.started_at.isoformat(), sequence),
            kiosk_id=self.kiosk_id,
            captured_at=picture.captured_at,
            trace_id=event_id("camera", self.kiosk_id, self.started_at.isoformat()),
            sequence=sequence,
            width=image.width,
            height=image.height,
            sent_at=now,
            in_order=self.in_order,
            last=picture.last,
            simulated=self.simulated,
        )
