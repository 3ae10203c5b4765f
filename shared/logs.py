"""Structured logs, to stderr, console or JSON. No image, template or name ever: a processor drops them."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared.settings import CommonSettings

FORBIDDEN = frozenset(
    {"name", "image", "images", "jpeg", "crop", "crops", "template", "embedding", "photo", "password", "token"}
)
"""Keys that may not be logged; what stands under them is replaced."""

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
    """Replace what may not be logged: forbidden keys, and bytes under any key."""
    for key, value in event.items():
        if key in FORBIDDEN or isinstance(value, bytes | bytearray | memoryview):
            event[key] = "[not logged]"
    return event
