"""Where a kiosk's picture comes from, as people choose it: the screen's own camera, one on a cable, one on the network."""

from typing import Literal

Kind = Literal["browser", "device", "network", "other"]
KINDS: tuple[Kind, ...] = ("browser", "device", "network", "other")
_NETWORK = ("rtsp://", "rtsps://", "http://", "https://")


def kind_of(source: str) -> Kind:
    """Return the kind of a source: `browser:`, `0`, `rtsp://…`, or anything else that capture can open."""
    if source.startswith("browser:"):
        return "browser"
    if source.isdigit():
        return "device"
    return "network" if source.startswith(_NETWORK) else "other"


def address_of(source: str) -> str:
    """Return what is typed beside the kind; nothing for the screen's own camera."""
    return "" if kind_of(source) == "browser" else source


def source_of(kind: Kind, address: str, before: str) -> str:
    """Return the source that was chosen; a browser's own options stay when nothing else was chosen."""
    if kind == "browser":
        return before if kind_of(before) == "browser" else "browser:"
    return address.strip()
