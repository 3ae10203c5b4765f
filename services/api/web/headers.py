"""Security headers on every answer. No page loads anything from another host."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), screen-wake-lock=(self)",
}


def content_security_policy(webcam_sources: str) -> str:
    """Return the policy: our own files, pictures made in the page, and capture's WebSocket."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            f"connect-src 'self' {webcam_sources}".strip(),
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


OFFICE_PAGES = "/office"
OFFICE_POLICY = (
    "default-src 'none'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; "  # Vue compiles its templates in the page (ADR 16)
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The policy of the pages that NiceGUI draws: scripts may be made in the page, but nothing comes from another host."""


LIBRARIES = f"{OFFICE_PAGES}/_nicegui/"
"""NiceGUI's own files, its version in the path: a browser keeps them, and what it compiled of them."""


def _kept(path: str) -> str:
    """Say what a browser may keep: libraries, and our own files if it asks each time whether they are still these."""
    if path.startswith(LIBRARIES):
        return "private, max-age=3600"
    return "no-cache" if path.startswith("/static/") else "no-store"


class SecurityHeaders:
    """ASGI middleware: adds the headers, and says what may be kept where nothing else was said."""

    def __init__(self, app: ASGIApp, policy: str, https: bool) -> None:
        self._app = app
        self._headers = {**_FIXED, "Content-Security-Policy": policy}
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(OFFICE_PAGES):
                    headers.setdefault("Content-Security-Policy", OFFICE_POLICY)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", _kept(scope["path"]))
            await send(message)

        await self._app(scope, receive, with_headers)
