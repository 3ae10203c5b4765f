"""Pictures made byte by byte: the office must judge them without decoding."""

import struct


def tiny_jpeg(width: int, height: int, *, scan: bytes = b"\x12\x34" * 40, end: bool = True) -> bytes:
    """Return bytes that a header check takes for a baseline JPEG of this size."""
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    frame = b"\xff\xc0" + struct.pack(">H", 2 + len(size)) + size
    scan_head = b"\x01\x01\x00\x00\x3f\x00"
    start = b"\xff\xda" + struct.pack(">H", 2 + len(scan_head)) + scan_head
    return b"\xff\xd8" + frame + start + scan + (b"\xff\xd9" if end else b"")
