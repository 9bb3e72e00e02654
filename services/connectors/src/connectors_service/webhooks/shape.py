"""What a webhook looks like and which rows it becomes: declared in YAML, checked at start."""

from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from connectors_service.mapping.catalogue import shipped
from connectors_service.mapping.model import Mapping
from connectors_service.reading.dialect import normalised
from connectors_service.webhooks.errors import BrokenShapeError, UnknownWebhookError

TYPES = frozenset({"string", "number", "boolean", "list", "object"})


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Expected(_Strict):
    """A member of the payload: its JSON types, and whether every payload has it."""

    types: frozenset[str]
    required: bool


class Route(_Strict):
    """A row that a payload becomes if it meets the conditions.

    `when` must all hold, `unless` none: a path and the words its value may be, any if none is
    stated.
    """

    mapping: str
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Shape(_Strict):
    """One kind of webhook; `fields` go by their path, such as `user.email`.

    A payload that meets no route becomes a row of the first, which says what is wrong with it.
    """

    source: str
    kind: str
    description: str
    fields: dict[str, Expected]
    rows: tuple[Route, ...] = Field(min_length=1)
    several: bool = False

    @field_validator("fields", mode="before")
    @classmethod
    def read_types(cls, fields: dict[str, str]) -> dict[str, Any]:
        """Read `list|string?` as two types of a member that may be absent."""
        return {path: _expected(text) for path, text in fields.items()}

    @property
    def name(self) -> str:
        """The path that it comes by."""
        return f"{self.source}/{self.kind}"

    @property
    def senders(self) -> tuple[str, ...]:
        """Whose secrets may sign it: the source's, or those of this one sender."""
        return (self.source, f"{self.source}-{self.kind}")

    @cached_property
    def known(self) -> dict[str, str]:
        """Each path by its folded form."""
        return {normalised(path): path for path in self.fields}

    @cached_property
    def objects(self) -> frozenset[str]:
        """The folded paths of objects that hold fields of their own."""
        parents = (path.rsplit(".", depth) for path in self.fields for depth in (1, 2, 3))
        return frozenset(normalised(parts[0]) for parts in parents if len(parts) > 1)

    def mapping(self, name: str) -> Mapping:
        """Return the newest version of one of its mappings."""
        versions = [found for found in shipped().values() if found.name == name]
        return max(versions, key=lambda mapping: int(mapping.version))


def _expected(text: str) -> dict[str, Any]:
    types = frozenset(text.removesuffix("?").split("|"))
    if not types <= TYPES:
        raise ValueError(f"{text!r} is no type: {', '.join(sorted(TYPES))}")
    return {"types": types, "required": not text.endswith("?")}


@cache
def shapes() -> dict[str, Shape]:
    """Return all shapes by name; raises BrokenShapeError with the file named."""
    return {shape.name: shape for shape in _read_all()}


def shape_named(source: str, kind: str) -> Shape:
    """Return a shape; raises UnknownWebhookError."""
    try:
        return shapes()[f"{source}/{kind}"]
    except KeyError:
        raise UnknownWebhookError(tuple(shapes())) from None


def shape_of_kind(kind: str) -> Shape:
    """Return the one shape of this kind, whatever its source; raises UnknownWebhookError."""
    found = [shape for shape in shapes().values() if shape.kind == kind]
    if len(found) != 1:
        raise UnknownWebhookError(tuple(shapes()))
    return found[0]


def _read_all() -> Iterator[Shape]:
    folder = files("connectors_service") / "webhooks" / "shapes"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            yield parse(file.name, file.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Shape:
    """Read one shape; raises BrokenShapeError naming what is wrong."""
    try:
        shape = Shape.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise BrokenShapeError(name, str(error)) from error
    for problem in problems(shape):
        raise BrokenShapeError(name, problem)
    return shape


def problems(shape: Shape) -> Iterator[str]:
    """Yield what in a shape does not fit its mappings."""
    names = {mapping.name for mapping in shipped().values()}
    for route in shape.rows:
        for path in (*route.when, *route.unless):
            if path not in shape.fields:
                yield f"a condition is about {path}, which is no field"
        if route.mapping not in names:
            yield f"there is no mapping {route.mapping}"
            continue
        for column in shape.mapping(route.mapping).columns.values():
            for header in column.headers:
                if header not in shape.fields:
                    yield f"{route.mapping} reads {header}, which is no field"
