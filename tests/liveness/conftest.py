import pytest

from tests.liveness.numbers import Kiosk, new_kiosk


@pytest.fixture
def kiosk() -> Kiosk:
    return new_kiosk()
