"""Where the embedded stack that runs on this machine can be reached: a file of mode 0600 beside its data.

Its Redis makes a new password at each start, so that `nero dead` and `nero admin` need to be told.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from services.launcher.plan import Plan
from services.launcher.settings import LauncherSettings
from shared.errors import Unavailable

_FILE = "running.json"


@contextmanager
def announced(plan: Plan) -> Iterator[None]:
    """Keep the file for as long as the stack runs."""
    path = plan.data_dir / _FILE
    path.unlink(missing_ok=True)
    document = {"redis_url": plan.redis_url, "frames_redis_url": plan.frames_redis_url, "base_url": plan.base_url}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def runs_here(settings: LauncherSettings) -> bool:
    """Tell whether a stack runs on this data folder."""
    return (settings.data_dir.expanduser() / _FILE).exists()


def reach(settings: LauncherSettings) -> LauncherSettings:
    """Return the settings with the Redis of the stack that runs here, unless they name one themselves.

    Raises:
        Unavailable: none is named and none runs.
    """
    if "redis_url" in settings.model_fields_set:
        return settings
    path = settings.data_dir.expanduser() / _FILE
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise Unavailable(
            f"no Nero runs on {settings.data_dir}: start `nero up` first, or set NERO_REDIS_URL (or NERO_DATA_DIR)"
        ) from error
    urls = {name: document[name] for name in ("redis_url", "frames_redis_url")}
    return settings.model_copy(update=urls)
