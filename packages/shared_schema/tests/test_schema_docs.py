"""docs/database.md says what the declarations say."""

from pathlib import Path

import pytest

from shared_schema import docs
from shared_schema.tables import metadata

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_in_the_repository_is_current() -> None:
    assert docs.main(["--check", str(ROOT / docs.PAGE)]) == 0, "run `make docs`"


def test_a_page_that_is_not_current_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "database.md"
    page.write_text(docs.page() + "edited by hand\n")

    assert docs.main(["--check", str(page)]) == 1
    assert "make docs" in capsys.readouterr().err


def test_the_page_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    page = tmp_path / "database.md"

    assert docs.main([str(page)]) == 0
    assert docs.main(["--check", str(page)]) == 0


def test_the_page_shows_every_table_with_its_writer_and_a_diagram_a_schema() -> None:
    page = docs.page()

    for name in metadata.tables:
        assert f"### {name}\n" in page
    assert page.count("erDiagram") == 5
    assert page.count("- Written by `") == len(metadata.tables)
    assert 'buddy_matches ||--o{ buddy_events : "match_id"' in page
    assert 'persons ||..o{ kintell_sessions : "participant_id"' in page
