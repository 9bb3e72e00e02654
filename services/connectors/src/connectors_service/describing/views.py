"""From datasets and mappings to what is said about them."""

import re
from collections.abc import Iterator
from typing import Any

from connectors_service.datasets.base import Dataset, Field
from connectors_service.describing.schemas import (
    DatasetField,
    DatasetView,
    Endpoint,
    FileLimits,
    MappingView,
    NaturalKey,
)
from connectors_service.mapping.catalogue import mapping_for, shipped
from connectors_service.mapping.definition import as_yaml, to_yaml
from connectors_service.mapping.model import Mapping
from connectors_service.reading.limits import Limits
from connectors_service.reading.structure import Format
from connectors_service.rules.codes import MEANING
from event_contracts.imports import ImportCompleted

SHIPPED, BROUGHT = "shipped", "brought"
ALWAYS_EMITTED = ImportCompleted.type
_CHARS = re.compile(r"up to (\d+) characters")
_CHOICES = re.compile(r"[\w-]+(?: \| [\w-]+)+")


def dataset_view(dataset: Dataset[Any], limits: Limits) -> DatasetView:
    """Show what a dataset's files look like."""
    usual, path = mapping_for(dataset.name, None), f"/v1/import/{dataset.name}"
    return DatasetView(
        name=dataset.name,
        title=dataset.title,
        version=usual.version,
        fields=[_field(field, usual) for field in dataset.fields],
        key=_key(dataset),
        formats=[str(kind) for kind in Format],
        emits=sorted({*_emitted(dataset), ALWAYS_EMITTED}),
        endpoints=list(_endpoints(path)),
        rows=[dict(zip(header_of(dataset), example_of(dataset), strict=True))],
        mappings=[
            mapping_view(mapping)
            for mapping in shipped().values()
            if mapping.dataset == dataset.name
        ],
        limits=_limits(limits),
        template=f"{path}/template.csv",
        template_xlsx=f"{path}/template.xlsx",
    )


def _field(field: Field, usual: Mapping) -> DatasetField:
    chars = _CHARS.search(field.rule.kind)
    is_vocabulary = _CHOICES.fullmatch(field.rule.kind)
    column = usual.columns.get(field.name)
    return DatasetField(
        name=field.name,
        headers=list(column.headers) if column else [],
        required=field.required,
        type=field.rule.kind,
        choices=field.rule.kind.split(" | ") if is_vocabulary else [],
        chars=int(chars[1]) if chars else None,
        code=field.rule.code,
        means=MEANING[field.rule.code],
        description=field.description,
        example=field.example,
    )


def _key(dataset: Dataset[Any]) -> NaturalKey:
    parent = dataset.parent
    return NaturalKey(
        fields=list(dataset.key),
        otherwise=list(dataset.else_key),
        weak=dataset.weak,
        parent=parent.title if parent else None,
    )


def _emitted(dataset: Dataset[Any]) -> Iterator[str]:
    for target in dataset.targets:
        if told := target.table.told:
            yield told.event.type
            yield from (event.type for event in told.variants.values())


def _endpoints(path: str) -> Iterator[Endpoint]:
    yield Endpoint(method="POST", path=path, does="Send a file; with dry_run=true only try it")
    yield Endpoint(method="GET", path=f"{path}/template.csv", does="A file to start from")
    yield Endpoint(method="GET", path=f"{path}/template.xlsx", does="The same, as a workbook")
    yield Endpoint(method="GET", path=f"{path}/mappings", does="The mappings that may be named")
    yield Endpoint(method="GET", path="/v1/imports/{import_id}", does="How far an import is")
    yield Endpoint(method="GET", path="/v1/imports/{import_id}/errors", does="Refused rows")


def _limits(limits: Limits) -> FileLimits:
    return FileLimits(
        WAYMARK_IMPORT_MAX_BYTES=limits.max_bytes,
        WAYMARK_IMPORT_MAX_FIELD_CHARS=limits.max_field_chars,
        WAYMARK_IMPORT_MAX_COLUMNS=limits.max_columns,
    )


def mapping_view(mapping: Mapping, *, whole: bool = False) -> MappingView:
    """Show a shipped mapping; `whole` with its definition as YAML."""
    return MappingView(
        name=mapping.name,
        version=mapping.version,
        origin=SHIPPED,
        description=mapping.description,
        time_zone=mapping.time_zone or "UTC",
        date_order=mapping.date_order,
        yaml=as_yaml(mapping) if whole else None,
    )


def brought_view(definition: dict[str, Any]) -> MappingView:
    """Show a mapping that an upload brought, from what was kept of it."""
    return MappingView(
        name=definition["name"],
        version=definition["version"],
        origin=BROUGHT,
        description=definition.get("description", ""),
        time_zone=definition.get("time_zone", "UTC"),
        date_order=definition.get("date_order"),
        yaml=to_yaml(definition),
    )


def mapped_fields(dataset: Dataset[Any]) -> list[Field]:
    """Return the fields that a file has columns for."""
    columns = mapping_for(dataset.name, None).columns
    return [f for f in dataset.fields if f.name in columns and columns[f.name].headers]


def header_of(dataset: Dataset[Any]) -> list[str]:
    """Return the preferred name of each column."""
    columns = mapping_for(dataset.name, None).columns
    return [columns[field.name].headers[0] for field in mapped_fields(dataset)]


def example_of(dataset: Dataset[Any]) -> list[str]:
    """Return the cells of the example row."""
    return [field.example for field in mapped_fields(dataset)]
