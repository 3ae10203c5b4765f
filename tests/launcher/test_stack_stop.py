"""Whoever stops a stack stops it for good, also while another thread watches over it."""

import io

from services.launcher.embedded_redis import EmbeddedRedis
from services.launcher.merged_log import MergedLog
from services.launcher.settings import LauncherSettings
from services.launcher.stack import Stack, Wish


def test_a_redis_that_ended_is_started_again_but_not_once_the_stack_stops(own_redis: EmbeddedRedis) -> None:
    stack = Stack(LauncherSettings(), Wish(), MergedLog(io.StringIO()))
    stack._redis = (own_redis,)
    own_redis.kill()
    stack.mend_redis()
    assert own_redis.running()
    stack.stop()
    own_redis.kill()
    stack.mend_redis()
    assert not own_redis.running()
