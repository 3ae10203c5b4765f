"""Where a browser's own webcam is sent: capture's WebSocket."""

import re

from fastapi.requests import HTTPConnection

from services.api.settings import ApiSection

_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:]+")


def webcam_host(request: HTTPConnection, api: ApiSection) -> str:
    """Return capture's WebSocket address: the one that was set, else the host by which this page was reached."""
    if api.capture_ws_url:
        return api.capture_ws_url.rstrip("/")
    scheme = "wss" if request.url.scheme in ("https", "wss") else "ws"
    host = request.url.hostname or ""
    host = host if _HOST.fullmatch(host) else "localhost"  # it goes into a header
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{api.capture_ws_port}"
