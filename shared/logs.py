"""Structured logs, to stderr, console or JSON. No image, template or name ever: processors drop them.

Of an exception the type and the place are logged, never the message: a row of an import or a statement's
parameters may stand in it. That holds for what libraries log, and for what nobody caught, too.
"""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from pydantic import BaseModel

from shared.settings import CommonSettings

FORBIDDEN = frozenset(
    {"name", "image", "images", "jpeg", "crop", "crops", "template", "embedding", "photo", "password", "token"}
)
"""Keys that may not be logged; what stands under them is replaced."""

_NOT_LOGGED = "[not logged]"
_ROOT = Path(__file__).resolve().parents[1]
_OURS = tuple(f"{_ROOT / part}{os.sep}" for part in ("services", "shared"))

Logger = structlog.stdlib.BoundLogger


def configure(settings: CommonSettings, process: str) -> None:
    """Set up logging for this process; call once, first."""
    level = getattr(logging, settings.log_level.upper())
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        without_message,
        drop_forbidden,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.contextvars.bind_contextvars(process=process)
    sys.excepthook = _nobody_caught
    threading.excepthook = lambda end: _nobody_caught(end.exc_type, end.exc_value, end.exc_traceback)


def get(component: str) -> Logger:
    """Return a logger whose lines say which component they are of."""
    logger: Logger = structlog.stdlib.get_logger(component, component=component)  # lazy: `configure` comes later
    return logger


def place_of(error: BaseException) -> str:
    """Return where an exception was raised, and the last places of ours that led there, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if frame.filename.startswith(_OURS)]
    told = [*frames[-1:], *reversed(ours[-3:])]
    return " < ".join(f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in told)


def without_message(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its type and place, also where a library made its message the line's text."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        kind, text = type(error).__name__, str(event.get("event", ""))
        for said in filter(None, (repr(error), str(error))):
            text = text.replace(said, kind)
        event.update(event=text, error=kind, where=place_of(error))
    return event


def drop_forbidden(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what may not be logged: forbidden keys, and bytes under any key, however deep."""
    for key, value in event.items():
        event[key] = _NOT_LOGGED if key in FORBIDDEN else _cleaned(value)
    return event


def _cleaned(value: Any) -> Any:
    """Return a value without what may not be logged; what holds nothing of it comes back as it is."""
    match value:
        case bytes() | bytearray() | memoryview():
            return _NOT_LOGGED
        case Mapping():
            return {key: _NOT_LOGGED if key in FORBIDDEN else _cleaned(inner) for key, inner in value.items()}
        case BaseModel():
            return _cleaned(value.model_dump())
        case tuple():  # stays one: `exc_info` is a tuple
            return tuple(_cleaned(inner) for inner in value)
        case list() | set() | frozenset():
            return [_cleaned(inner) for inner in value]
        case _:
            return value


def _nobody_caught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what ends a process or a thread; Python alone would print its message."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
    elif not issubclass(kind, SystemExit):  # a thread may end so, quietly
        get("bug").critical("nobody caught this", exc_info=error or kind())
