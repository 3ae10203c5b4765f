"""One rehearsal from start to end: a stack of its own in a temporary folder, which goes when it is over."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.launcher.merged_log import MergedLog
from services.launcher.office import Office
from services.launcher.rehearsal.folder import Rehearsal
from services.launcher.rehearsal.play import REHEARSAL_ENV, play
from services.launcher.rehearsal.report import Report
from services.launcher.settings import LauncherSettings
from services.launcher.stack import BackgroundWatch, Stack, Wish, new_password
from services.launcher.terminal import Say
from shared.clock import Clock

USER = "rehearsal"


def rehearse(
    rehearsal: Rehearsal, settings: LauncherSettings, *, speed: int, log: MergedLog, clock: Clock, say: Say
) -> Report:
    """Play the folder and report. `speed` 0: on the footage's own clock, every frame; 1: in real time.

    Raises:
        Unavailable: something that it needs is missing or fails.
    """
    password = new_password()
    wish = Wish(accept_simulated=True, extra_env=REHEARSAL_ENV, sign_in_as=(USER, password))
    with temporary(settings) as apart, Stack(apart, wish, log, clock) as stack:
        stack.start(say)
        for missing in stack.missing_models:
            say(missing)
        with BackgroundWatch(stack), Office(stack.plan.base_url, USER, password) as office:
            return play(stack, office, rehearsal, own_clock=speed == 0, clock=clock, say=say)


@contextmanager
def temporary(settings: LauncherSettings) -> Iterator[LauncherSettings]:
    """Give settings with data, keys and Redis of their own, in a folder that is removed afterwards.

    A database or Redis that the environment names is not touched: an exam may be going on there.
    """
    with tempfile.TemporaryDirectory(prefix="nero-") as folder:
        apart = settings.model_copy(
            update={"data_dir": Path(folder) / "data", "keys_dir": Path(folder) / "keys", "database_url": None}
        )
        apart.model_fields_set.discard("redis_url")
        yield apart
