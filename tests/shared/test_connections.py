"""Clients of Redis: alike, bounded in what they wait, and clear about an address that is none."""

import warnings
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError, ExecAbortError, OutOfMemoryError, ResponseError, TimeoutError

from services.launcher.embedded_redis import EmbeddedRedis
from shared.broker_errors import kind_of
from shared.connections import connect, connect_events, connect_frames
from shared.errors import Unavailable
from shared.settings import CommonSettings


def test_bytes_go_in_and_come_out(redis_server: EmbeddedRedis) -> None:
    with connect(redis_server.url, "test-connections") as client:
        client.set("key", b"\xff\x00")
        assert client.get("key") == b"\xff\x00"
        assert client.client_getname() == "test-connections"


def test_a_password_that_is_wrong_is_refused(redis_server: EmbeddedRedis) -> None:
    path = redis_server.url.partition("@")[2]
    with connect(f"unix://:guessed@{path}", "mallory") as client, pytest.raises(ConnectionError):
        client.ping()


def test_an_address_that_is_none_names_the_setting() -> None:
    with pytest.raises(Unavailable, match="NERO_REDIS_URL"):
        connect("localhost:6379", "test")


def test_frames_beside_events_are_warned_about(redis_server: EmbeddedRedis) -> None:
    together = CommonSettings(redis_url=redis_server.url)
    with pytest.warns(UserWarning, match="NERO_FRAMES_REDIS_URL"):
        connect_frames(together).close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect_events(together).close()
        connect_frames(CommonSettings(redis_url=redis_server.url, frames_redis_url="redis://elsewhere")).close()


def test_a_redis_that_is_away_is_given_up_after_a_few_tries(tmp_path: Path) -> None:
    with connect(f"unix://{tmp_path}/nobody.sock", "test") as client, pytest.raises(ConnectionError):
        client.ping()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionError("Connection refused"), "connection"),
        (TimeoutError("Timeout reading"), "timeout"),
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "full"),
        (ResponseError("ERR Error running script: @user_script:1: -OOM command not allowed when used memory"), "full"),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), "full"),
        (ResponseError("NOGROUP No such key 'faces' or consumer group 'recognizer'"), "nogroup"),
        (ResponseError("UNBLOCKED the stream key no longer exists"), "nogroup"),
        (ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"), "other"),
        (ExecAbortError("Transaction discarded"), "other"),
    ],
)
def test_what_waiting_mends_is_told_from_what_it_does_not(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind  # type: ignore[arg-type]
