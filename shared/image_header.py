"""What an image's first bytes say: format, size, orientation. Decodes nothing and needs no image library.

Everything from outside is judged here first: a 78 KB JPEG that claims 30000×30000 pixels costs a
decoder 20 seconds and 5 GB, and costs this module microseconds.
"""

import re
import struct
from dataclasses import dataclass
from typing import Literal

from shared.errors import Invalid

ImageFormat = Literal["jpeg", "png", "webp"]
BadImageCode = Literal["empty", "not_an_image", "truncated", "too_large", "unsupported"]

MAX_SCANS = 64
"""Scans of one progressive JPEG: real ones have about ten, and each costs a pass over every pixel."""


class BadImage(Invalid):
    """These bytes do not become pixels, and why: `code` for machines, the message for people."""

    def __init__(self, code: BadImageCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code: BadImageCode = code


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the header says. `width` and `height` are as stored, before the orientation is applied."""

    format: ImageFormat
    width: int
    height: int
    orientation: int = 1
    """EXIF orientation, 1 to 8; 1 is upright. 5 to 8 swap width and height."""

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height after the orientation is applied."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def inspect(data: bytes) -> ImageHeader:
    """Read the header of a JPEG, PNG or WebP, and see that its end is there.

    Raises:
        BadImage: empty, no image, cut short, or a format that is not taken.
    """
    if not data:
        raise BadImage("empty", "no bytes")
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    raise BadImage(*_unknown(data))


def check(data: bytes, *, max_pixels: int, max_bytes: int) -> ImageHeader:
    """Read the header, and refuse what is larger than allowed.

    Raises:
        BadImage: as `inspect`, or `too_large` in bytes or pixels.
    """
    if len(data) > max_bytes:
        raise BadImage("too_large", f"{len(data)} bytes, at most {max_bytes}")
    header = inspect(data)
    if header.width * header.height > max_pixels:
        raise BadImage("too_large", f"{header.width}×{header.height} pixels, at most {max_pixels} in all")
    return header


_OTHER_FORMATS = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
)


def _unknown(data: bytes) -> tuple[BadImageCode, str]:
    for at, magic, name in _OTHER_FORMATS:
        if data.startswith(magic, at):
            return "unsupported", f"{name}: send JPEG, PNG or WebP"
    return "not_an_image", "the first bytes are those of no known image"


def _sized(image_format: ImageFormat, width: int, height: int, orientation: int = 1) -> ImageHeader:
    if width < 1 or height < 1:
        raise BadImage("not_an_image", f"a size of {width}×{height}")
    return ImageHeader(image_format, width, height, orientation)


_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DECODABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1


def _jpeg(data: bytes) -> ImageHeader:
    """Walk the segments (ITU-T T.81, B.1) up to the first scan, then look for the end of the image."""
    at, size, orientation = 2, None, 1
    while True:
        marker, at, body = _segment(data, at)
        if marker in _FRAME_HEADERS and size is None:
            size = _frame_size(marker, body)
        elif marker == _APP1 and body.startswith(b"Exif\x00\x00"):
            orientation = _orientation(body[6:])
        elif marker == _SCAN:
            break
    if size is None:
        raise BadImage("not_an_image", "a JPEG whose scan comes before its size")
    header = _sized("jpeg", *size, orientation)
    _check_scans(data, at)
    return header


def _segment(data: bytes, at: int) -> tuple[int, int, bytes]:
    """Return the marker at `at`, where the next one is, and the segment's body."""
    while data[at : at + 2] == b"\xff\xff":  # fill bytes
        at += 1
    if at + 4 > len(data):
        raise BadImage("truncated", "the JPEG ends within its header")
    if data[at] != 0xFF or data[at + 1] in (0x00, _END):
        raise BadImage("not_an_image", "a JPEG with no marker where one must be")
    marker = data[at + 1]
    if marker in _BARE_MARKERS:
        return marker, at + 2, b""
    (length,) = struct.unpack_from(">H", data, at + 2)
    if length < 2:
        raise BadImage("not_an_image", "a JPEG segment of impossible length")
    end = at + 2 + length
    if end > len(data):
        raise BadImage("truncated", "the JPEG ends within its header")
    return marker, end, data[at + 4 : end]


def _frame_size(marker: int, body: bytes) -> tuple[int, int]:
    if marker not in _DECODABLE_FRAMES:
        raise BadImage("unsupported", "a JPEG that is neither baseline nor progressive")
    if len(body) < 6:
        raise BadImage("not_an_image", "a JPEG frame header that is too short")
    height, width = struct.unpack_from(">HH", body, 1)
    return width, height


def _check_scans(data: bytes, at: int) -> None:
    """Entropy-coded bytes hide every 0xFF, so that markers can be searched for."""
    end = data.find(b"\xff\xd9", at)
    if end < 0:
        raise BadImage("truncated", "the JPEG has no end")
    if data.count(b"\xff\xda", at, end) >= MAX_SCANS:
        raise BadImage("unsupported", f"a JPEG of more than {MAX_SCANS} scans")


def _orientation(tiff: bytes) -> int:
    """Return tag 0x0112 of the first directory (EXIF 2.3, 4.6.2); 1 where it is missing or makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    (at,) = struct.unpack_from(order + "I", tiff, 4)
    if at + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(order + "H", tiff, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
        tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if tag == 0x0112:
            return value if 1 <= value <= 8 else 1
    return 1


def _png(data: bytes) -> ImageHeader:
    if len(data) < 33:
        raise BadImage("truncated", "the PNG ends within its header")
    if data[12:16] != b"IHDR":
        raise BadImage("not_an_image", "a PNG that does not begin with its header")
    width, height = struct.unpack_from(">II", data, 16)
    header = _sized("png", width, height)
    if b"IEND" not in data[-1024:]:
        raise BadImage("truncated", "the PNG has no end")
    return header


def _webp(data: bytes) -> ImageHeader:
    if len(data) < 30:
        raise BadImage("truncated", "the WebP ends within its header")
    header = _sized("webp", *_webp_size(data))
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise BadImage("truncated", "the WebP is shorter than it says")
    return header


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return the size from the first chunk: VP8 (RFC 6386, 9.1), VP8L or VP8X (WebP container, 2023)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if re.match(rb"VP8 .{7}\x9d\x01\x2a", data[12:], re.DOTALL):
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise BadImage("not_an_image", "a WebP of no known kind")
