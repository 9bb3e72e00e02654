"""Whether a released version still reads what it read: a comparison of two JSON Schemas."""

from collections.abc import Iterator
from typing import Any

from event_contracts.errors import ContractError

Schema = dict[str, Any]

WORDS = {"title", "description", "examples", "$id", "$schema", "$defs"}
LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
COMPARED = WORDS | LOWER | UPPER | {"type", "format", "enum", "const", "anyOf", "pattern"}
COMPARED |= {"properties", "required", "additionalProperties", "propertyNames", "items"}
COMPARED |= {"patternProperties"}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return what in the new schema breaks the old one, each as `field: what`.

    The set of fields is closed, so adding a field breaks as removing one does: an older reader
    refuses it. Words may change, and values may grow (another enum member, a wider bound).
    """
    return list(_compare("", inlined(old), inlined(new)))


def inlined(schema: Schema) -> Schema:
    """Return the schema with each `$ref` into its own `$defs` replaced by what it names."""
    definitions = schema.get("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(part) for part in node]
        if not isinstance(node, dict):
            return node
        if reference := node.get("$ref"):
            rest = {key: part for key, part in node.items() if key != "$ref"}
            node = definitions[reference.removeprefix("#/$defs/")] | rest
        return {key: walk(part) for key, part in node.items() if key != "$defs"}

    inlined_schema: Schema = walk(schema)
    return inlined_schema


def alternatives(schema: Schema) -> dict[str, Schema]:
    """Return the kinds of value a field takes: `string:uuid`, `integer`, `null`."""
    choices = schema.get("anyOf", [schema])
    kinds = {kind_of(choice): choice for choice in choices}
    if len(kinds) < len(choices):
        raise ContractError("a union of two types that look alike on the wire can't be compared")
    return kinds


def kind_of(schema: Schema) -> str:
    """Return type and format of one alternative."""
    kind = schema.get("type", "anything")
    return f"{kind}:{schema['format']}" if "format" in schema else str(kind)


def _compare(path: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = alternatives(old), alternatives(new)
    for kind in sorted(before.keys() - after.keys()):
        yield f"{path}: no longer takes {kind}"
    for kind in sorted(after.keys() - before.keys() - {"null"}):
        yield f"{path}: takes {kind} now"
    for kind in before.keys() & after.keys():
        yield from _compare_kind(path, before[kind], after[kind])
    for keyword in sorted((old.keys() | new.keys()) - COMPARED):
        if (keyword in old, old.get(keyword)) != (keyword in new, new.get(keyword)):
            yield f"{path}: {keyword} changed"


def _compare_kind(path: str, old: Schema, new: Schema) -> Iterator[str]:
    yield from _narrowed_values(path, old, new)
    yield from _narrowed_bounds(path, old, new)
    if new.get("pattern") not in (None, old.get("pattern")):
        yield f"{path}: pattern changed"
    if "object" in (old.get("type"), new.get("type")):
        yield from _compare_fields(path, old, new)
    for part in ("items", "propertyNames", "additionalProperties"):
        yield from _compare_part(f"{path}.{part}".lstrip("."), old.get(part), new.get(part))
    before, after = old.get("patternProperties", {}), new.get("patternProperties", {})
    for pattern in sorted(before.keys() | after.keys()):
        yield from _compare_part(f"{path}.keys", before.get(pattern), after.get(pattern))


def _values(schema: Schema) -> set[Any] | None:
    """Return the values a schema lists, None if it takes any of its type."""
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _narrowed_values(path: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = _values(old), _values(new)
    if after is None:
        return
    if before is None:
        yield f"{path}: takes listed values only"
    else:
        yield from (f"{path}: no longer takes {value}" for value in sorted(before - after))


def _narrowed_bounds(path: str, old: Schema, new: Schema) -> Iterator[str]:
    infinity = float("inf")
    for bound in sorted(LOWER & new.keys()):
        if new[bound] > old.get(bound, -infinity):
            yield f"{path}: {bound} rose"
    for bound in sorted(UPPER & new.keys()):
        if new[bound] < old.get(bound, infinity):
            yield f"{path}: {bound} fell"


def _compare_fields(path: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    prefix = f"{path}." if path else ""
    demanded = set(new.get("required", [])) - set(old.get("required", []))
    yield from (f"{prefix}{name}: is gone" for name in sorted(before.keys() - after.keys()))
    for name in sorted(after.keys() - before.keys()):
        yield f"{prefix}{name}: is new{' and required' if name in demanded else ''}"
    yield from (f"{prefix}{name}: is required now" for name in sorted(demanded & before.keys()))
    for name in sorted(before.keys() & after.keys()):
        yield from _compare(f"{prefix}{name}", before[name], after[name])


def _compare_part(path: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compare(path, old, new)
    elif old != new:
        yield f"{path}: changed"
