"""Which page may send a kiosk's pictures."""

import hashlib
import hmac
import re
from collections.abc import Collection

from services.capture.browser.protocol import ByeReason
from shared.schedule import KioskView

_PATH = re.compile(r"/ws/kiosk/([A-Za-z0-9][A-Za-z0-9_.-]{0,63})")
_NO_HASH = "0" * 64


def kiosk_of_path(path: str) -> str | None:
    """Return the kiosk that a request's path names; None for another path."""
    found = _PATH.fullmatch(path.partition("?")[0])
    return found[1] if found else None


def origin_allowed(origin: str | None, allowed: Collection[str]) -> bool:
    """Tell whether a page of this origin may connect; with no list any may that has the token."""
    return not allowed or (origin is not None and origin.rstrip("/") in {one.rstrip("/") for one in allowed})


def refusal(kiosk: KioskView | None, token: str) -> ByeReason | None:
    """Say why this token does not open this kiosk; None where it does.

    An unknown kiosk takes as long and is answered the same as a wrong token, so that none can be guessed.
    """
    expected = (kiosk.token_hash if kiosk else None) or _NO_HASH
    given = hashlib.sha256(token.encode()).hexdigest()
    if not hmac.compare_digest(given, expected.lower()):
        return "token"
    if kiosk is None or not kiosk.source.startswith("browser:"):
        return "no_webcam"
    return None
