"""Writes docs/datasets.md: `python -m connectors_service.facts [--check] [FILE]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.describing.schemas import DatasetField, DatasetView
from connectors_service.describing.views import dataset_view
from connectors_service.reading.limits import Limits
from connectors_service.rules.codes import MEANING
from connectors_service.settings import Settings

PAGE = Path("docs/datasets.md")
_INTRODUCTION = """# Datasets

Generated from the declarations in `services/connectors` by `make docs`; a test holds it current.
A running service says the same as JSON: `GET /v1/import/datasets`.

Column names are matched without regard to case, spaces, hyphens and underscores, in any order;
columns that nothing knows are kept and reported. Where required columns are missing, a dry run
(`dry_run=true`) proposes a mapping. Any dataset takes CSV, `.xlsx` and JSON, one object a line."""


def page() -> str:
    """The whole page as Markdown."""
    views = [dataset_view(dataset, _usual_limits()) for dataset in DATASETS.values()]
    contents = "\n".join(f"- [{view.name}](#{view.name}): {view.title}" for view in views)
    chapters = ["\n\n".join(_chapter(view)) for view in views]
    return "\n\n".join([_INTRODUCTION, contents, *chapters, _codes(), _limits()]) + "\n"


def _usual_limits() -> Limits:
    fields = Settings.model_fields
    names = ("import_max_bytes", "import_max_field_chars", "import_max_columns")
    return Limits(*(fields[name].default for name in names))


def _chapter(view: DatasetView) -> Iterator[str]:
    yield f"## {view.name}"
    yield f"{view.title}. {_key(view)} Emits {_listed(view.emits)}."
    yield _table(view.fields)
    (example,) = view.rows
    header, cells = ",".join(example), ",".join(map(_quoted, example.values()))
    yield f"```csv\n{header}\n{cells}\n```"
    mappings = [f"`{item.name}@{item.version}` ({item.description})" for item in view.mappings]
    yield f"Mappings: {'; '.join(mappings)}"


def _key(view: DatasetView) -> str:
    key = f"One row is told from others by {_listed(view.key.fields)}"
    if view.key.otherwise:
        key += f", else by {_listed(view.key.otherwise)}"
    if view.key.weak:
        key += "; that is weak: equal rows are different records, told apart by their order"
    if view.key.parent:
        key += f"; it belongs to a {view.key.parent}"
    return f"{key}."


def _table(fields: list[DatasetField]) -> str:
    head = "| column | also | takes | means | code |\n|---|---|---|---|---|\n"
    return head + "\n".join(_line(field) for field in fields)


def _line(field: DatasetField) -> str:
    name, *others = field.headers or [field.name]
    star = " *" if field.required else ""
    takes = field.type.replace("|", "\\|")
    also = _listed(others) if others else ""
    return f"| `{name}`{star} | {also} | {takes} | {field.description} | {field.code} |"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell


def _codes() -> str:
    lines = [f"| {code.value} | {meaning} |" for code, meaning in MEANING.items()]
    return "\n".join(["## Codes of refused rows\n", "| code | means |", "|---|---|", *lines])


def _limits() -> str:
    limits = _usual_limits()
    return (
        "## Limits of a file\n\n"
        f"{limits.max_bytes:,} bytes (`WAYMARK_IMPORT_MAX_BYTES`), {limits.max_field_chars:,}"
        f" characters a cell (`_MAX_FIELD_CHARS`), {limits.max_columns:,} columns"
        " (`_MAX_COLUMNS`)."
    )


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` answer 1 where it is not current."""
    paths = [Path(name) for name in arguments if not name.startswith("--")]
    path = paths[0] if paths else PAGE
    if "--check" not in arguments:
        path.write_text(page(), encoding="utf-8")
        return 0
    if path.exists() and path.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{path} is not current: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
