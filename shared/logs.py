"""Structured logs, to stderr, console or JSON. No image, template or name ever: a processor drops them."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from pydantic import BaseModel

from shared.settings import CommonSettings

FORBIDDEN = frozenset(
    {"name", "image", "images", "jpeg", "crop", "crops", "template", "embedding", "photo", "password", "token"}
)
"""Keys that may not be logged; what stands under them is replaced."""

_NOT_LOGGED = "[not logged]"

Logger = structlog.stdlib.BoundLogger


def configure(settings: CommonSettings, process: str) -> None:
    """Set up logging for this process; call once, first."""
    level = getattr(logging, settings.log_level.upper())
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        drop_forbidden,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        # Plain: rich tracebacks show every local variable, so names, tokens and templates too.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    if settings.log_format == "json":
        chain.append(structlog.processors.format_exc_info)
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


def get(component: str) -> Logger:
    """Return a logger whose lines say which component they are of."""
    logger: Logger = structlog.stdlib.get_logger(component, component=component)  # lazy: `configure` comes later
    return logger


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
