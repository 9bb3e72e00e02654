"""The page of facts about what can be imported, and the files to start from."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jsonschema
import pytest
import yaml

from connectors_service import facts
from connectors_service.datasets.catalogue import DATASETS
from connectors_service.describing.views import dataset_view, header_of
from connectors_service.mapping.catalogue import shipped
from connectors_service.reading.limits import UNLIMITED
from connectors_service.rules.codes import MEANING

ROOT = Path(__file__).resolve().parents[3]
PARTNER = {"scopes": frozenset({"import:companies"}), "subject": "key-1"}
OWN = """
name: oslo-companies
dataset: companies
columns:
  company_id: {headers: [Nr]}
  name: {headers: [Firma]}
"""


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS.keys())
def test_a_dataset_is_described_so_that_files_can_be_written_from_it(dataset: Any) -> None:
    view = dataset_view(dataset, UNLIMITED)

    assert [field.name for field in view.fields] == [field.name for field in dataset.fields]
    for field in view.fields:
        assert field.description
        assert field.means == MEANING[field.code]  # type: ignore[index]
        assert not field.required or (field.headers and field.example)
    assert set(view.key.fields) <= {field.name for field in view.fields}
    assert "imports.import.completed.v1" in view.emits
    assert (len(view.emits) > 1) is any(target.table.told for target in dataset.targets)
    assert {"csv", "xlsx", "ndjson"} <= set(view.formats)
    (row,) = view.rows
    assert list(row) == header_of(dataset)
    assert [mapping.origin for mapping in view.mappings] == ["shipped"] * len(view.mappings)


async def test_one_dataset_is_described_alone(connectors: Any) -> None:
    whole = (await connectors.get("/v1/import/datasets")).json()

    alone = await connectors.get("/v1/import/datasets/kintell-sessions")

    assert alone.json() == next(i for i in whole["items"] if i["name"] == "kintell-sessions")
    fields = {field["name"]: field for field in alone.json()["fields"]}
    assert fields["language_level"]["choices"] == ["A1", "A2", "B1", "B2", "C1", "C2"]
    assert fields["feedback_text"]["chars"] == 5000
    assert fields["duration_minutes"]["means"] == "a duration outside 1-480 minutes"
    assert alone.json()["limits"]["WAYMARK_IMPORT_MAX_COLUMNS"] == 2000
    assert (await connectors.get("/v1/import/datasets/mappings")).status_code == 404


async def test_mappings_are_listed_with_their_definition(connectors: Any, acme: UUID) -> None:
    key = connectors.signed("partner", **PARTNER)
    for headers in (connectors.headers, key):
        sent = await connectors.send("companies", "Nr,Firma\n1,A\n", mapping=OWN, headers=headers)
        await connectors.ended(sent.json()["import_id"])
    manager = connectors.signed("company_user", company_id=acme, position="manager")
    other = connectors.signed("partner", **PARTNER | {"subject": "key-2"})

    listed = {
        who: (await connectors.get("/v1/import/companies/mappings", headers)).json()["items"]
        for who, headers in (
            ("staff", connectors.headers), ("key", key), ("manager", manager), ("other", other)
        )
    }  # fmt: skip

    assert {who: [item["origin"] for item in items] for who, items in listed.items()} == {
        "staff": ["shipped", "brought", "brought"],
        "key": ["shipped", "brought"],
        "manager": ["shipped"],
        "other": ["shipped"],
    }
    assert "Firma" in listed["key"][1]["yaml"]
    schema = (await connectors.get("/v1/import/mappings/schema")).json()
    for item in listed["staff"]:
        jsonschema.validate(yaml.safe_load(item["yaml"]), schema)
    named = f"oslo-companies@{listed['key'][1]['version']}"
    answer = await connectors.send("companies", "Nr,Firma\n1,A\n", mapping=named, headers=other)
    assert answer.status_code == 422


async def test_who_may_look(connectors: Any) -> None:
    paths = ("/datasets", "/datasets/companies", "/mappings/schema", "/companies/mappings",
             "/companies/template.xlsx")  # fmt: skip
    member = connectors.signed("company_user", company_id=uuid4(), position="member")

    for path in paths:
        assert (await connectors.get(f"/v1/import{path}")).status_code == 200
        assert (await connectors.get(f"/v1/import{path}", member)).status_code == 403
    foreign = connectors.signed("partner", scopes=frozenset({"import:enrollments"}))
    assert (await connectors.get("/v1/import/companies/mappings", foreign)).status_code == 403
    assert (await connectors.get("/v1/import/datasets", foreign)).status_code == 200


async def test_the_workbook_has_the_columns_and_what_they_mean(connectors: Any) -> None:
    answer = await connectors.get("/v1/import/companies/template.xlsx")

    assert answer.headers["content-disposition"] == 'attachment; filename="companies.xlsx"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        rows, notes = (book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2))
    assert "company_id" in rows
    assert "A sponsor" not in rows
    for field in DATASETS["companies"].fields:
        assert field.rule.kind.replace("'", "'") in notes
        assert field.description in notes


def test_the_page_of_datasets_is_current(tmp_path: Path) -> None:
    assert facts.main(["--check", str(ROOT / facts.PAGE)]) == 0, "run `make docs`"

    stale = tmp_path / "datasets.md"
    stale.write_text(facts.page() + "edited by hand\n")
    assert facts.main(["--check", str(stale)]) == 1
    assert facts.main([str(stale)]) == 0
    assert facts.main(["--check", str(stale)]) == 0
    for name in DATASETS:
        assert f"## {name}\n" in stale.read_text()
    assert json.dumps(sorted(f"{m.name}@{m.version}" for m in shipped().values()))
