"""`nero keys init|rotate`."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated

import typer
from redis import Redis
from rich.console import Console
from sqlmodel import select

from services.api.db.engine import database_url, make_engine, writing
from services.api.db.migrate import migrate
from services.api.db.tables import StudentKey
from services.launcher.commands.errors import WRONG_USE, plainly
from services.launcher.embedded_redis import EmbeddedRedis
from services.launcher.key_rotation import Rewrap, rotate
from services.launcher.settings import LauncherSettings
from services.launcher.terminal import stderr
from shared import names
from shared.connections import connect
from shared.keys import RingName, ensure_ring, template_about
from shared.settings import load

app = typer.Typer(help="Key rings: what templates, photos and crops are encrypted under.", no_args_is_help=True)


@app.command()
def init() -> None:
    """Make the rings that are not there yet, mode 0600, in NERO_KEYS_DIR."""
    settings = load(LauncherSettings)
    folder = settings.keys_dir.expanduser()
    with plainly(stderr()):
        for name in _RINGS:
            ring = ensure_ring(folder, name)
            print(f"{name}: key {ring.active_id} of {len(ring.keys)} in {folder}")


@app.command("rotate")
def rotate_command(
    ring: Annotated[str, typer.Argument(help="`template` or `media`.")],
) -> None:
    """Make a new key the active one, and wrap every student's key under it. Stop Nero first.

    Old keys stay in the ring: they still open what is in streams, logs and backups.
    """
    console = stderr()
    name = next((known for known in _RINGS if known == ring), None)
    if name is None:
        console.print(f"nero: there is no ring {ring!r}: one of {', '.join(_RINGS)}", highlight=False)
        raise typer.Exit(WRONG_USE)
    settings = load(LauncherSettings)
    with plainly(console), ExitStack() as exit_stack:
        redis = _events_redis(settings, exit_stack, console)
        done = rotate(settings.keys_dir.expanduser(), name, _stores(settings, redis, name))
    print(f"{name}: key {done.key_id} is active, {done.rewrapped} wrapped keys rewritten. Start Nero again.")


_RINGS: tuple[RingName, ...] = ("template", "media")


def _events_redis(settings: LauncherSettings, exit_stack: ExitStack, console: Console) -> Redis:
    """Connect to the Redis that is set, else start the embedded one (which refuses while `nero up` runs)."""
    if "redis_url" in settings.model_fields_set:
        console.print("nero: every service must be stopped, or it cannot read what is rewritten", highlight=False)
        return connect(settings.redis_url, "keys")
    folder = settings.data_dir.expanduser().resolve() / "redis-events"
    return connect(exit_stack.enter_context(EmbeddedRedis(folder, persistent=True)).url, "keys")


def _stores(settings: LauncherSettings, redis: Redis, name: RingName) -> Callable[[Rewrap], int]:
    """Return what passes every wrapped key of a ring through a function: the database's rows, then the view's."""

    def every_key(rewrap: Rewrap) -> int:
        count = _rewrap_rows(settings, name, rewrap)
        return count + (_rewrap_view(redis, rewrap) if name == "template" else 0)

    return every_key


def _rewrap_rows(settings: LauncherSettings, name: RingName, rewrap: Rewrap) -> int:
    engine = make_engine(database_url(settings.database_url, settings.data_dir.expanduser().resolve()))
    count = 0
    try:
        migrate(engine)
        with writing(engine) as session:
            for row in session.exec(select(StudentKey).where(StudentKey.purpose == name)):
                fresh = rewrap(row.wrapped, f"{name}:{row.student_id}")
                if fresh is not None:
                    row.wrapped = fresh
                    session.add(row)
                    count += 1
    finally:
        engine.dispose()
    return count


def _rewrap_view(redis: Redis, rewrap: Rewrap) -> int:
    count = 0
    wrapped_keys: dict[bytes, bytes] = dict(redis.hgetall(names.TEMPLATE_KEYS))  # type: ignore[arg-type] # undecoded
    for student, wrapped in wrapped_keys.items():
        fresh = rewrap(wrapped, template_about(student.decode()))
        if fresh is not None:
            redis.hset(names.TEMPLATE_KEYS, student, fresh)
            count += 1
    return count
