"""Logs carry no image, template or name."""

from pydantic import BaseModel

from shared.logs import FORBIDDEN, drop_forbidden


def test_forbidden_keys_and_bytes_are_replaced_and_the_rest_stays() -> None:
    line = dict.fromkeys(FORBIDDEN, "secret") | {"raw": b"\xff\xd8", "trace_id": "t-ada", "event": "admitted"}
    cleaned = drop_forbidden(None, "info", line)
    assert cleaned["trace_id"] == "t-ada"
    assert cleaned["event"] == "admitted"
    assert {cleaned[key] for key in [*FORBIDDEN, "raw"]} == {"[not logged]"}


class Student(BaseModel):
    student_id: str
    name: str


def test_what_may_not_be_logged_is_replaced_however_deep_it_stands() -> None:
    line = {
        "event": "admitted",
        "found": {"student_id": "S1001", "name": "Ada", "near": [{"template": "secret", "score": 0.7}, b"\xff\xd8"]},
        "student": Student(student_id="S1001", name="Ada"),
        "counts": (1, 2),
        "stopped": ("A__door", memoryview(b"jpeg")),
    }
    cleaned = drop_forbidden(None, "info", line)
    hidden = "[not logged]"
    assert cleaned["found"] == {
        "student_id": "S1001",
        "name": hidden,
        "near": [{"template": hidden, "score": 0.7}, hidden],
    }
    assert cleaned["student"] == {"student_id": "S1001", "name": hidden}
    assert (cleaned["counts"], cleaned["stopped"]) == ((1, 2), ("A__door", hidden))
