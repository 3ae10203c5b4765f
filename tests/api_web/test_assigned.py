"""What has no sitting in its address is cut to what an invigilator is assigned to."""

import pytest

from tests.api_web.conftest import As


@pytest.fixture
def another_exam(admin: As, exam_day: int) -> int:
    """Physics is in hall C, each hall has a kiosk; return the exam."""
    admin.make("/halls", id="C")
    for hall in ("A", "B", "C"):
        admin.make("/kiosks", id=f"{hall}__door1", hall=hall)
    exam = admin.make("/exams", code="PHYS-101", subject="Optics")
    times = {"starts_at": "2026-11-24T09:00:00Z", "ends_at": "2026-11-24T11:00:00Z"}
    admin.make("/sittings", exam_id=exam["id"], halls=["C"], **times)
    return int(str(exam["id"]))


def _lists(caller: As) -> tuple[list[str], ...]:
    keys = (("/exams", "code"), ("/halls", "id"), ("/kiosks", "id"))
    return tuple([row[key] for row in caller("GET", path).json()] for path, key in keys)


@pytest.mark.usefixtures("another_exam")
def test_an_invigilator_of_nothing_lists_nothing(admin: As, invigilator: As) -> None:
    assert _lists(invigilator) == ([], [], [])
    assert _lists(admin)[1:] == (["A", "B", "C"], ["A__door1", "B__door1", "C__door1"])


def test_an_invigilator_lists_the_exams_halls_and_kiosks_of_their_sittings(
    admin: As, watches_a: As, another_exam: int
) -> None:
    assert _lists(watches_a) == (["MATH-201"], ["A", "B"], ["A__door1", "B__door1"])
    assert [row["id"] for row in watches_a("GET", "/kiosks?hall=C").json()] == []
    for path in (f"/exams/{another_exam}", "/halls/C", "/kiosks/C__door1"):
        assert (watches_a("GET", path).status_code, admin("GET", path).status_code) == (404, 200), path
    for path in ("/halls/B", "/kiosks/A__door1"):
        assert watches_a("GET", path).status_code == 200, path
