"""Server-sent events (WHATWG HTML, 9.2), written by hand so that ids and silences are ours to choose."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

BEAT_S = 3.0
"""With nothing to say, a comment goes out: the page knows that the link lives."""
BEAT = b": beat\n\n"
RETRY = b"retry: 1000\n\n"


def message(event: str, data: str, event_id: str | None = None) -> bytes:
    """Return one event; `data` is JSON, and so one line."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {event}\ndata: {data}\n\n".encode()


def stream(chunks: AsyncIterator[bytes]) -> StreamingResponse:
    """Return the response; no proxy may hold it back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(chunks, media_type="text/event-stream", headers=headers)
