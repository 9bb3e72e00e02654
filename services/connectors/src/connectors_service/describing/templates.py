"""Files to start from: a header and an example row; the workbook explains its columns too."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from connectors_service.datasets.base import Dataset
from connectors_service.describing.views import example_of, header_of, mapped_fields
from connectors_service.mapping.catalogue import mapping_for
from connectors_service.reporting.xlsx import Sheet, write_xlsx
from connectors_service.views import csv_line

NOTES = ("Column", "Also called", "Required", "Takes", "Means", "Example")


def template_csv(dataset: Dataset[Any]) -> str:
    """Return a CSV file with every column and one example row."""
    return csv_line(header_of(dataset)) + csv_line(example_of(dataset))


def template_xlsx(dataset: Dataset[Any]) -> bytes:
    """Return the same as a workbook, whose second sheet explains the columns."""
    target = io.BytesIO()
    rows = Sheet("Rows", [header_of(dataset), example_of(dataset)])
    write_xlsx(target, [rows, Sheet("Columns", list(_notes(dataset)))])
    return target.getvalue()


def _notes(dataset: Dataset[Any]) -> Iterator[Sequence[str]]:
    columns = mapping_for(dataset.name, None).columns
    yield NOTES
    for field in mapped_fields(dataset):
        name, *others = columns[field.name].headers
        required = "yes" if field.required else ""
        yield name, ", ".join(others), required, field.rule.kind, field.description, field.example
