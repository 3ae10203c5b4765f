"""The examples in the OpenAPI document stand on their models; one that holds others is made from theirs."""

from pydantic import BaseModel
from pydantic.config import JsonDict


def example_of(model: type[BaseModel]) -> JsonDict:
    """Return the first example that stands on a model.

    Raises:
        LookupError: none does.
    """
    extra = model.model_config.get("json_schema_extra")
    examples = extra.get("examples") if isinstance(extra, dict) else None
    if not isinstance(examples, list) or not examples or not isinstance(examples[0], dict):
        raise LookupError(f"{model.__name__} has no example")
    return examples[0]
