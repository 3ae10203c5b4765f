"""Free ports of this machine."""

import socket
from contextlib import ExitStack

from shared.errors import Unavailable


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return `count` different ports that nothing listens on now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((host, 0))
        return [int(one.getsockname()[1]) for one in sockets]


def refuse_taken(host: str, port: int, what: str, how_to_change: str) -> None:
    """Refuse a port that something listens on already.

    Raises:
        Unavailable: it is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(f"{what} cannot listen on {host}:{port} ({error.strerror}): {how_to_change}") from error
