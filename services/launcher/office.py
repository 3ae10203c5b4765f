"""The office's REST interface, as the launcher uses it to set up an exam and to read how it went."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from shared.errors import Unavailable

Json = dict[str, Any]
BASIS = "rehearsal"
"""On what basis the photos of a demonstration, a rehearsal or a benchmark are kept: their office is gone afterwards."""
BASES_ENV = ("NERO_API__ENROLMENT_BASES", f'["consent", "{BASIS}"]')
"""The setting of an office that knows it."""
_PAGE = 200
_POLL_S = 0.2


class Office:
    """One signed-in session."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self._http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=30)
        signed_in = self._post("/sign-in", {"username": username, "password": password, "use": "bearer"})
        self._http.headers["Authorization"] = f"Bearer {signed_in['token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def create_hall(self, hall_id: str, name: str, directions: str = "") -> None:
        """Make a hall."""
        self._post("/halls", {"id": hall_id, "name": name, "directions": directions})

    def create_exam(self, code: str, subject: str) -> int:
        """Make an exam; return its id."""
        return int(self._post("/exams", {"code": code, "subject": subject})["id"])

    def create_sitting(self, exam_id: int, times: Json, policy: str, halls: Sequence[str]) -> int:
        """Make a sitting; return its id."""
        return int(self._post("/sittings", {"exam_id": exam_id, **times, "policy": policy, "halls": list(halls)})["id"])

    def change_sitting(self, sitting_id: int, change: Json) -> None:
        """Change a sitting."""
        self._send("PATCH", f"/sittings/{sitting_id}", json=change)

    def create_student(self, student_id: str, name: str) -> None:
        """Make a student."""
        self._post("/students", {"id": student_id, "name": name})

    def set_roster(self, sitting_id: int, rows: Sequence[Json]) -> None:
        """Make the roster exactly `rows`, making students who are not there yet."""
        self._send("PUT", f"/sittings/{sitting_id}/roster", json={"rows": list(rows), "create_students": True})

    def add_to_roster(self, sitting_id: int, rows: Sequence[Json]) -> None:
        """Add rows to the roster, making students who are not there yet."""
        self._send("PATCH", f"/sittings/{sitting_id}/roster", json={"rows": list(rows), "create_students": True})

    def enrol(self, student_id: str, photo: Path) -> None:
        """Hand in an enrolment photo."""
        path = f"/students/{student_id}/photos"
        with photo.open("rb") as file:
            self._send("POST", path, files={"photo": (photo.name, file)}, data={"basis": BASIS})

    def enrolment(self, student_id: str) -> Json:
        """Return how far a student's enrolment is."""
        return self._get(f"/students/{student_id}/enrolment")

    def enrolments(self) -> dict[str, str]:
        """Return every student's state of enrolment."""
        return {student["id"]: student["enrolment"] for student in self._pages("/students")}

    def wait_enrolled(self, wanted: set[str], on_progress: Callable[[int], None], patience_s: float) -> dict[str, str]:
        """Wait until nobody's enrolment of `wanted` is still pending; return the states.

        Raises:
            Unavailable: nothing has moved for `patience_s`.
        """
        done, moved_s = -1, time.monotonic()
        while True:
            states = self.enrolments()
            pending = {student for student in wanted if states.get(student) in (None, "none", "pending")}
            if len(wanted) - len(pending) != done:
                done, moved_s = len(wanted) - len(pending), time.monotonic()
                on_progress(done)
            if not pending:
                return states
            if time.monotonic() - moved_s > patience_s:
                raise Unavailable(f"enrolment stands still: {len(pending)} of {len(wanted)} photos wait")
            time.sleep(_POLL_S)

    def create_kiosk(self, kiosk_id: str, hall: str, source: str, name: str = "", policy: str | None = None) -> None:
        """Make a kiosk."""
        self._post("/kiosks", {"id": kiosk_id, "hall": hall, "source": source, "name": name, "policy": policy})

    def change_kiosk(self, kiosk_id: str, change: Json) -> None:
        """Change a kiosk; capture opens its new source within a second or two."""
        self._send("PATCH", f"/kiosks/{kiosk_id}", json=change)

    def kiosk_page(self, kiosk_id: str) -> str:
        """Give a kiosk's screen a token; return the path of its page."""
        return str(self._post(f"/kiosks/{kiosk_id}/token", {})["page"])

    def attempts(self) -> list[Json]:
        """Return every attempt, in the order in which they were recorded."""
        return list(self._pages("/attempts"))

    def roster(self, sitting_id: int) -> list[Json]:
        """Return how everybody on a roster stands."""
        found: list[Json] = self._send("GET", f"/sittings/{sitting_id}/roster").json()
        return found

    def _pages(self, path: str) -> Iterator[Json]:
        after: Any = None
        while True:
            page = self._get(path, {"limit": _PAGE} | ({"after": after} if after is not None else {}))
            yield from page["items"]
            after = page.get("next_after")
            if after is None:
                return

    def _get(self, path: str, query: Json | None = None) -> Json:
        found: Json = self._send("GET", path, params=query).json()
        return found

    def _post(self, path: str, body: Json) -> Json:
        found: Json = self._send("POST", path, json=body).json()
        return found

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise Unavailable(f"the office does not answer {method} {path}: {error}") from error
        if response.is_error:
            raise Unavailable(f"the office refused {method} {path}: {response.status_code} {response.text[:500]}")
        return response
