"""As much of OpenAPI's schemas as it takes to check an answer's shape."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def misfits(spec: Json, schema: Json, value: Any, where: str = "$") -> Iterator[str]:
    """Every place where the value does not fit the schema, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from misfits(spec, spec["components"]["schemas"][name], value, where)
        return
    if value is None:
        if "type" in schema and not schema.get("nullable"):
            yield f"{where}: null"
        return
    for part in schema.get("allOf", []):
        yield from misfits(spec, part, value, where)
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            yield from min((list(misfits(spec, part, value, where)) for part in schema[word]), key=len)
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{where}: {type(value).__name__} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not in the list"
    yield from misfits_inside(spec, schema, value, where)


def misfits_inside(spec: Json, schema: Json, value: Any, where: str) -> Iterator[str]:
    """The same for the members of objects and lists."""
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}.{name}: missing"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from misfits(spec, part, value[name], f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for place, one in enumerate(value):
            yield from misfits(spec, schema["items"], one, f"{where}[{place}]")


def answer_schema(spec: Json, method: str, path: str, status: int) -> Json:
    """The schema of an answer of ``/api/v2/<path>``."""
    operation = spec["paths"][f"/api/v2/{path}"][method.lower()]
    schema: Json = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    return schema
