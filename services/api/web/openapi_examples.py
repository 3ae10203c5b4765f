"""The examples of the OpenAPI document, made whole: FastAPI leaves every null out, and lists have none of their own."""

from typing import Any

Schema = dict[str, Any]


def complete(document: dict[str, Any]) -> None:
    """Put back what a shape requires and its example leaves null; give bodies and answers that are lists one."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            _put_nulls_back(example, schema, schemas)
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            _of_a_list(part.get("content", {}).get("application/json", {}), schemas)


def _put_nulls_back(example: Any, schema: Schema, schemas: dict[str, Schema]) -> None:
    shape = _resolved(schema, schemas)
    if isinstance(example, list):
        for item in example:
            _put_nulls_back(item, shape.get("items", {}), schemas)
    if not isinstance(example, dict):
        return
    for name, inner in shape.get("properties", {}).items():
        if name in example:
            _put_nulls_back(example[name], inner, schemas)
        elif name in shape.get("required", ()) and {"type": "null"} in inner.get("anyOf", ()):
            example[name] = None


def _of_a_list(media: dict[str, Any], schemas: dict[str, Schema]) -> None:
    schema = media.get("schema", {})
    rows = _resolved(schema.get("items", {}), schemas).get("examples") if schema.get("type") == "array" else None
    if rows and "example" not in media:
        media["example"] = [rows[0]]


def _resolved(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """Follow a reference; of `this or null`, take this."""
    either = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(either) == 1:
        schema = either[0]
    return schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
