"""The generated pages say what the classes say, and the README's example runs."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from event_contracts import Event, encode, registry, subject_of
from event_contracts.docs import asyncapi, markdown
from event_contracts.docs.__main__ import main
from event_contracts.docs.samples import sample

MEMBER = Path(__file__).parents[1]
DOCS = MEMBER.parents[1] / "docs"
DOCUMENT = asyncapi.document(registry)


def test_the_generated_pages_are_current() -> None:
    assert main(["--check", "--folder", str(DOCS)]) == 0, "run `make docs`"


def test_pages_are_written_and_found_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--folder", str(tmp_path)]
    assert main(["--check", *folder]) == 1
    assert main(folder) == 0
    assert main(["--check", *folder]) == 0

    (tmp_path / "events.md").write_text("old")

    capsys.readouterr()
    assert main(["--check", *folder]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path / 'events.md'} is not current: run `make docs`"
    ]


def test_the_pages_do_not_depend_on_hash_order() -> None:
    render = (
        "from event_contracts import registry; from event_contracts.docs import asyncapi, markdown;"
        "import sys; sys.stdout.buffer.write("
        "(asyncapi.render(registry) + markdown.render(registry)).encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", render],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert outputs == {(asyncapi.render(registry) + markdown.render(registry)).encode()}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references(part)


def resolve(reference: str) -> Any:
    found: Any = DOCUMENT
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found


def test_asyncapi_has_a_channel_and_both_operations_for_every_event() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == set(
        map(subject_of, registry)
    )
    assert len(DOCUMENT["operations"]) == 2 * len(registry)


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))

    assert len(found) > len(registry)
    assert all(resolve(reference) for reference in found)


def validator(event: type[Event]) -> jsonschema.protocols.Validator:
    message = {"$ref": f"#/components/schemas/{event.type}.message"}
    return jsonschema.Draft202012Validator(
        DOCUMENT | message, format_checker=jsonschema.FormatChecker()
    )


@pytest.mark.parametrize("event", registry.values(), ids=lambda event: event.type)
def test_a_message_is_what_its_schema_says(event: type[Event]) -> None:
    written = json.loads(encode(sample(event)))
    check = validator(event)

    check.validate(written)

    assert not check.is_valid(written | {"type": "nothing.of.ours.v1"})
    assert not check.is_valid(written | {"data": written["data"] | {"more": 1}})
    assert not check.is_valid({key: part for key, part in written.items() if key != "data"})


def test_every_event_and_field_is_on_the_page() -> None:
    page = markdown.render(registry)
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))

    assert sections.keys() == set(registry)
    for event_type, event in registry.items():
        assert all(f"| `{field}` |" in sections[event_type] for field in event.model_fields)


def test_the_example_of_the_readme_runs() -> None:
    examples = re.findall(r"```python\n(.*?)```", (MEMBER / "README.md").read_text(), re.DOTALL)
    assert examples

    for example in examples:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", example], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
