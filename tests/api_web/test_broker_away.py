"""The screens' stream while Redis is away, and after; and sign-in, which must go on."""

from pathlib import Path

import pytest

from services.api.auth.caller import Caller
from services.api.auth.throttle import Throttle, sign_in_limits
from services.api.office import halls, kiosks
from services.api.problems import Problem
from services.api.settings import ApiSettings
from services.api.web.serve import compose
from services.launcher.embedded_redis import EmbeddedRedis
from shared.connections import connect
from shared.keys import ensure_ring
from tests.api_web.serving import Server
from tests.api_web.streams import Following


def test_a_screen_is_told_that_the_broker_is_away_and_goes_on_by_itself(
    own_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    ensure_ring(tmp_path / "keys", "media")
    settings = ApiSettings(redis_url=own_redis.url, data_dir=tmp_path, keys_dir=tmp_path / "keys")
    with pytest.warns(UserWarning, match="frames go through"):
        deps = compose(settings)
    with deps.writing(Caller(user_id=0)) as work:
        halls.create(work, halls.HallCreate(id="A"))
        kiosks.create(work, kiosks.KioskCreate(id="A__door1", hall="A"))
        token = kiosks.issue_token(work, "A__door1").token
    server = Server(deps)
    with Following(server, "/kiosks/A__door1/events", {"Authorization": f"Bearer {token}"}) as told:
        assert next(told).event == "state"
        own_redis.kill()
        assert next(told).event == "trouble"
        own_redis.restart()
        while (now := next(told)).event == "trouble":
            pass
        assert now.event == "state"
    server.stop()


def test_sign_in_is_throttled_in_this_process_while_redis_is_away(own_redis: EmbeddedRedis) -> None:
    throttle = Throttle(connect(own_redis.url, "test", retries=0))
    own_redis.kill()
    limits = sign_in_limits("admin", "10.0.0.1", 2, 30)
    throttle.hit(limits)
    throttle.hit(limits)
    with pytest.raises(Problem, match="Too many"):
        throttle.hit(limits)
