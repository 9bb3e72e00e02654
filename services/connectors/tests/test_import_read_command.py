"""Anyone may look at how a file is read: the program needs neither dataset nor database."""

import json
import subprocess
import sys
from pathlib import Path

ROWS = "Export of May\nid;day;score\nLS-1;2026-01-01;1,5\nLS-2;2026-01-02;2,5\n"


def run(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "connectors_service.reading", str(file), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_rows_come_as_csv_and_how_they_were_read_beside(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ROWS)

    found = run(file)

    assert found.stdout == 'id,day,score\nLS-1,2026-01-01,"1,5"\nLS-2,2026-01-02,"2,5"\n'
    assert "delimiter: ;" in found.stderr
    assert "header row: 2" in found.stderr
    assert "1 rows stand before the header" in found.stderr


def test_as_json_it_is_one_object(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ROWS)

    told = json.loads(run(file, "--json", "--rows", "1").stdout)

    assert (told["format"], told["encoding"], told["header_row"]) == ("csv", "utf-8", 2)
    assert told["dialect"]["delimiter"] == ";"
    assert told["headers"] == ["id", "day", "score"]
    assert (told["rows"], told["row_numbers"]) == ([["LS-1", "2026-01-01", "1,5"]], [3])


def test_what_is_said_is_obeyed_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("id,word\n1,caf\xe9\n".encode("cp1252"))

    assert "caf\xe9" in run(file, "--encoding", "latin-1").stdout
    refused = run(file, "--encoding", "utf-8")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "not readable as UTF-8" in refused.stderr


def test_an_empty_file_is_an_empty_table(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.touch()

    found = run(file)

    assert (found.returncode, found.stdout) == (0, "")
    assert "note: The file is empty." in found.stderr
