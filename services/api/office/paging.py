"""Lists come in pages: `after` is the last key of the page before."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.api.examples import example_of

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows in one page.")]


def _of_its_rows(schema: JsonDict, page: type[BaseModel]) -> None:
    """Give a page the example of one row."""
    (row,) = page.__pydantic_generic_metadata__["args"]
    schema["examples"] = [{"items": [example_of(row)], "next_after": None}]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    model_config = ConfigDict(json_schema_extra=_of_its_rows)

    items: list[T]
    next_after: str | None = Field(None, description="Give this as `after` for the next page; null: this is the last.")


def page_of(items: list[T], limit: int, key: str) -> Page[T]:
    """Make a page of up to `limit` of one more row than asked for."""
    shown = items[:limit]
    return Page[T](items=shown, next_after=str(getattr(shown[-1], key)) if len(items) > limit else None)
