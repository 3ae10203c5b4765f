"""Server-sent events, as a page reads them."""

import json
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.api_web.serving import Server


@dataclass(frozen=True)
class Told:
    """One server-sent event."""

    event: str
    data: Any
    id: str | None


class Following:
    """Follow a stream; its events come one by one, beats left out."""

    def __init__(self, server: Server, path: str, headers: dict[str, str]) -> None:
        self._client = httpx.Client(timeout=10)
        self._stream = self._client.stream("GET", f"{server.url}/api/v1{path}", headers=headers)

    def __enter__(self) -> Self:
        self._answer = self._stream.__enter__()
        assert self._answer.status_code == 200, self._answer.read()
        self._lines = self._answer.iter_lines()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __next__(self) -> Told:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "event" in fields:
                return Told(fields["event"], json.loads(fields["data"]), fields.get("id"))
            else:
                fields = {}
        raise AssertionError("the stream ended")

    def close(self) -> None:
        """Go away."""
        self._client.close()
