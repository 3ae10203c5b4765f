"""Logs carry no image, template or name."""

from shared.logs import FORBIDDEN, drop_forbidden


def test_forbidden_keys_and_bytes_are_replaced_and_the_rest_stays() -> None:
    line = dict.fromkeys(FORBIDDEN, "secret") | {"raw": b"\xff\xd8", "trace_id": "t-ada", "event": "admitted"}
    cleaned = drop_forbidden(None, "info", line)
    assert cleaned["trace_id"] == "t-ada"
    assert cleaned["event"] == "admitted"
    assert {cleaned[key] for key in [*FORBIDDEN, "raw"]} == {"[not logged]"}
