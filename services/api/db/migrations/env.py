"""Alembic's environment: it runs on the connection that `migrate` gives it, in that transaction."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from services.api.db.tables import METADATA
from services.api.db.types import UtcDateTime


def _render(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen_context.imports.add("from services.api.db.types import UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length})" if item.length else "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_item=_render,
    compare_type=True,
    **context.config.attributes.get("configure", {}),
)
context.run_migrations()
