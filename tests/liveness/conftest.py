import itertools
import random

import pytest

from services.liveness.session import Session
from tests.liveness.numbers import Kiosk


@pytest.fixture
def kiosk() -> Kiosk:
    numbers = itertools.count(1)
    return Kiosk(Session(lambda: f"track-{next(numbers)}", lambda: f"trace-{next(numbers)}", random.Random(1)))
