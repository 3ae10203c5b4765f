"""Logging as a process has it, for the length of a block."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import structlog

from shared import logs
from shared.settings import CommonSettings


@contextmanager
def as_in_a_process(folder: Path, log_format: Literal["console", "json"] = "json") -> Iterator[None]:
    """Log to stderr, as it is when the block begins."""
    before, hooks = structlog.get_config(), (sys.excepthook, threading.excepthook)
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers.clear()  # whoever reads them now goes on afterwards
    logs.configure(CommonSettings(log_format=log_format, data_dir=folder), "test")
    try:
        yield
    finally:
        structlog.configure(**before)
        structlog.contextvars.clear_contextvars()
        sys.excepthook, threading.excepthook = hooks
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
