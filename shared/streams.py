"""The streams: frames, which are perishable (`shared.frame_ring`), and events, which are not (`shared.durable`)."""

from shared.durable import DurableStreams, open_entry, seal_entry, trim_acknowledged
from shared.frame_ring import FrameReader, FrameReaders, FrameRing, ReadFrame

__all__ = [
    "DurableStreams",
    "FrameReader",
    "FrameReaders",
    "FrameRing",
    "ReadFrame",
    "open_entry",
    "seal_entry",
    "trim_acknowledged",
]
