"""One token used from two places is an alert: told once, shown while it lasts, and never for a page that is reloaded."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.db.engine import reading
from services.api.db.tables import AuditEntry, Kiosk
from services.api.office import live
from services.api.office.screens import GONE_AFTER, TOGETHER, Place, at_once
from services.api.web.deps import Deps
from services.api.web.token_places import TokenPlaces
from shared import metrics
from shared.clock import ManualClock
from tests.api_web.conftest import As

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KIOSK = "A__door1"
Says = Callable[[str, str], None]


def test_one_screen_is_one_place() -> None:
    assert at_once([_place("ada", "10.0.0.1", -60, 0)], NOON) == []


def test_a_page_that_was_reloaded_is_one_place() -> None:
    assert at_once([_place("before", "10.0.0.1", -60, -4), _place("after", "10.0.0.1", -3, 0)], NOON) == []


def test_a_kiosk_whose_power_was_cut_leaves_a_stream_behind_and_is_one_place() -> None:
    before = _place("before", "10.0.0.1", -90, -1, said_s=-40)
    assert at_once([before, _place("after", "10.0.0.1", -30, 0)], NOON) == []


def test_two_tabs_on_one_machine_are_two_places() -> None:
    two = [_place("one", "10.0.0.1", -60, -1), _place("two", "10.0.0.1", -10, 0)]
    assert at_once(two, NOON) == two


def test_mallorys_machine_is_another_place_at_its_first_word() -> None:
    two = [_place("door", "10.0.0.1", -60, 0), _place("mallory", "10.0.0.66", -1, -1)]
    assert at_once(two, NOON) == two


def test_a_screen_that_was_replaced_by_another_machine_is_no_alert() -> None:
    assert at_once([_place("old", "10.0.0.1", -60, -5), _place("new", "10.0.0.2", -3, 0)], NOON) == []


def test_a_place_that_is_silent_is_over() -> None:
    gone_s = -GONE_AFTER.total_seconds() - 1
    assert at_once([_place("door", "10.0.0.1", -60, 0), _place("mallory", "10.0.0.66", -30, gone_s)], NOON) == []


@pytest.fixture
def says(app: FastAPI, admin: As, exam_day: int) -> Says:
    """A screen with hall A's token says, from an address, that it is there."""
    admin.make("/kiosks", id=KIOSK, hall="A")
    token = str(admin.make(f"/kiosks/{KIOSK}/token")["token"])

    def here(screen: str, address: str) -> None:
        client = TestClient(app, client=(address, 50000))
        headers = {"Authorization": f"Bearer {token}", "X-Screen": screen}
        assert client.post(f"/api/v1/kiosks/{KIOSK}/here", headers=headers).status_code == 204

    return here


def test_two_screens_are_an_alert_that_is_told_once_and_ends(
    admin: As, says: Says, deps: Deps, clock: ManualClock
) -> None:
    says("door", "10.0.0.1")
    assert admin("GET", f"/kiosks/{KIOSK}").json()["trouble"] == []
    clock.advance(3)
    says("mallory", "10.0.0.66")
    says("door", "10.0.0.1")
    for _ in range(4):
        clock.advance(3)
        says("mallory", "10.0.0.66")
        says("door", "10.0.0.1")
    shown = admin("GET", f"/kiosks/{KIOSK}").json()
    assert shown["trouble"] == ["two_places"]
    assert [place["address"] for place in shown["places"]] == ["10.0.0.1", "10.0.0.66"]
    assert metrics.KIOSK_PLACES.labels(KIOSK)._value.get() == 2
    told = _told(deps)
    assert [entry.after for entry in told] == [{"addresses": ["10.0.0.1", "10.0.0.66"]}]
    clock.advance(GONE_AFTER.total_seconds() + 1)
    says("door", "10.0.0.1")
    assert metrics.KIOSK_PLACES.labels(KIOSK)._value.get() == 1
    assert len(_told(deps)) == 1


def test_the_invigilators_door_says_it(says: Says, deps: Deps, clock: ManualClock) -> None:
    says("door", "10.0.0.1")
    clock.advance(1)
    says("mallory", "10.0.0.66")
    says("door", "10.0.0.1")
    with reading(deps.engine) as session:
        assert live.door(session.get_one(Kiosk, KIOSK), deps.frames).trouble == ["two_places"]


def test_only_the_office_reads_where_screens_are(admin: As, watches_a: As, says: Says) -> None:
    says("door", "10.0.0.1")
    assert watches_a("GET", f"/kiosks/{KIOSK}").json()["places"] == []
    assert [place["address"] for place in admin("GET", f"/kiosks/{KIOSK}").json()["places"]] == ["10.0.0.1"]


def test_a_page_at_one_address_is_another_only_after_a_while(admin: As, says: Says, clock: ManualClock) -> None:
    says("one", "10.0.0.1")
    clock.advance(1)
    says("two", "10.0.0.1")
    assert admin("GET", f"/kiosks/{KIOSK}").json()["trouble"] == []
    clock.advance(TOGETHER.total_seconds())
    says("one", "10.0.0.1")
    says("two", "10.0.0.1")
    assert admin("GET", f"/kiosks/{KIOSK}").json()["trouble"] == ["two_places"]


def test_who_only_listens_is_a_place_too_for_as_long_as_the_stream_is_open(
    admin: As, says: Says, deps: Deps, clock: ManualClock
) -> None:
    mallory = Caller(kiosk_id=KIOSK, address="10.0.0.66")

    async def chunks() -> AsyncGenerator[bytes, None]:
        for _ in range(12):
            clock.advance(3)
            says("door", "10.0.0.1")
            yield b": beat"

    async def listen() -> list[list[str]]:
        stream = TokenPlaces(deps).watched(mallory, "mallory", chunks())
        return [admin("GET", f"/kiosks/{KIOSK}").json()["trouble"] async for _ in stream]

    with start_blocking_portal() as portal:
        troubles = portal.call(listen)
    assert troubles[1:] == [["two_places"]] * 11
    assert len(_told(deps)) == 1
    open_now = {sample.labels["kiosk"] for family in metrics.KIOSK_PLACES.collect() for sample in family.samples}
    assert KIOSK not in open_now


def _told(deps: Deps) -> list[AuditEntry]:
    with reading(deps.engine) as session:
        return list(session.exec(select(AuditEntry).where(AuditEntry.action == "kiosk.two_places")))


def _place(screen: str, address: str, first_s: float, last_s: float, said_s: float | None = None) -> Place:
    def at(seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    said_at = at(last_s if said_s is None else said_s)
    return Place(screen=screen, address=address, first_at=at(first_s), last_at=at(last_s), said_at=said_at)
