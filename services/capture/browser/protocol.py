"""What a kiosk page and capture say to each other over `/ws/kiosk/{kiosk_id}`.

1. The page sends `{"type": "hello", "token": "…"}`, the kiosk's token, within a few seconds.
   Capture answers `{"type": "welcome", "max_width": 640, "max_bytes": …}`, or
   `{"type": "bye", "reason": "token"}` and closes with one of `CLOSE_CODES`.
2. Capture sends `{"type": "ping", "id": 7}`, and the page answers at once
   `{"type": "pong", "id": 7, "at_ms": Date.now()}`: so its clock is measured.
3. The page sends pictures, one binary message each: a byte 1 (the version), the time at which the
   camera took it by the same clock (`Date.now()`, milliseconds, 8 bytes, big-endian double), and
   a JPEG:

       const head = new DataView(new ArrayBuffer(9));
       head.setUint8(0, 1); head.setFloat64(1, takenAtMs);
       socket.send(new Blob([head, jpeg]));

4. Capture says `{"type": "pace", "fps": 15}` when it wants more or fewer pictures. Only the newest
   is ever kept, so a page that finds `socket.bufferedAmount` above zero leaves a picture out.
5. A picture that is none is answered `{"type": "refused", "reason": "truncated: the JPEG has no end"}`.
"""

import json
import struct
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Invalid

VERSION = 1
_HEAD = struct.Struct(">Bd")
HEAD_BYTES = _HEAD.size
_MS_MIN, _MS_MAX = 1.0e12, 1.0e13
"""Milliseconds since 1970 between 2001 and 2286: anything else is no `Date.now()`."""

ByeReason = Literal["protocol", "token", "origin", "replaced", "no_webcam", "bad_images", "stopping"]
CLOSE_CODES: dict[ByeReason, int] = {
    "protocol": 4400,
    "token": 4401,
    "origin": 4403,
    "no_webcam": 4404,  # this kiosk's source is not `browser:`, or its camera is another machine's
    "replaced": 4409,  # the same kiosk connected anew, elsewhere: the newest wins
    "bad_images": 4415,
    "stopping": 1001,
}


class _Text(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


_M = TypeVar("_M", bound=_Text)


class Hello(_Text):
    """The first message."""

    type: Literal["hello"]
    token: str = Field(max_length=512)


class Pong(_Text):
    """The page's clock."""

    type: Literal["pong"]
    id: int
    at_ms: float = Field(ge=_MS_MIN, le=_MS_MAX)


class WebcamPicture(NamedTuple):
    """A picture and the page's own time of it."""

    at_ms: float
    jpeg: bytes


def parse_hello(message: str | bytes) -> Hello:
    """Read the first message.

    Raises:
        Invalid: it is no hello.
    """
    return _parsed(Hello, message)


def parse_pong(message: str) -> Pong:
    """Read a text message after the first: only pongs are known.

    Raises:
        Invalid: it is none.
    """
    return _parsed(Pong, message)


def parse_picture(message: bytes) -> WebcamPicture:
    """Read a binary message.

    Raises:
        Invalid: too short, another version, or a time that is none.
    """
    if len(message) < HEAD_BYTES:
        raise Invalid(f"a picture begins with {HEAD_BYTES} bytes of header")
    version, at_ms = _HEAD.unpack_from(message)
    if version != VERSION:
        raise Invalid(f"version {version}, this reads {VERSION}")
    if not _MS_MIN <= at_ms <= _MS_MAX:
        raise Invalid("the picture's time is no Date.now()")
    return WebcamPicture(at_ms, message[HEAD_BYTES:])


def picture_message(at_ms: float, jpeg: bytes) -> bytes:
    """Make a binary message, as the page does: for tests and load."""
    return _HEAD.pack(VERSION, at_ms) + jpeg


def text_message(kind: str, **fields: object) -> str:
    """Make a text message."""
    return json.dumps({"type": kind, **fields})


def _parsed(model: type[_M], message: str | bytes) -> _M:
    if not isinstance(message, str):
        raise Invalid(f"expected a text message of type {model.__name__.lower()}")
    try:
        return model.model_validate_json(message)
    except ValidationError as error:
        raise Invalid(f"no {model.__name__.lower()}: {error.errors()[0]['msg']}") from error
