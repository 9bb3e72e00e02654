"""An upload form is read as a stream, wherever the network cuts it."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_service.errors import BadUploadError, NotMultipartError, UnsupportedOptionError
from connectors_service.reading.overrides import Overrides
from connectors_service.receiving.form import (
    LONG_OPTIONS,
    MOST_PARTS,
    OPTION_BYTES,
    UploadForm,
)
from connectors_service.receiving.options import Asked, asked_for

DRY_RUN = UUID(int=7)
TYPE = "multipart/form-data; boundary=cut"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--cut--\r\n"


def read(content: bytes, size: int = 10_000) -> tuple[UploadForm, bytes]:
    form = UploadForm(TYPE)
    file = b"".join(form.feed(content[i : i + size]) for i in range(0, len(content), size))
    form.finish()
    return form, file


@given(st.binary(max_size=200), st.integers(1, 40))
def test_the_files_bytes_come_out_as_they_went_in(content: bytes, size: int) -> None:
    sent = body(part("program", b"language"), part("file", content, "a.csv"), part("mapping", b"x"))

    form, file = read(sent, size)

    assert file == content
    assert form.options == {"program": "language", "mapping": "x"}
    assert form.filename == "a.csv"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        body(part("file", b"x", "a.csv"))[:-6],
        body(part("other", b"x")),
        body(part("file", b"x")),
        body(part("file", b"x", "a.csv"), part("file", b"y", "b.csv")),
        body(part("program", b"x" * (OPTION_BYTES + 1)), part("file", b"x", "a.csv")),
        body(part("mapping", b"x" * (LONG_OPTIONS["mapping"] + 1)), part("file", b"x", "a.csv")),
        body(*[part(f"o{n}", b"") for n in range(MOST_PARTS)], part("file", b"x", "a.csv")),
    ],
    ids=[
        "empty",
        "garbage",
        "cut",
        "no-file",
        "no-name",
        "two",
        "long-option",
        "long-mapping",
        "many",
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_broken_form_is_refused(content: bytes, size: int) -> None:
    with pytest.raises(BadUploadError):
        read(content, size)


@pytest.mark.parametrize("content_type", ["", "text/csv", "multipart/form-data", "a/b; boundary=x"])
def test_only_a_form_with_a_boundary_is_read(content_type: str) -> None:
    with pytest.raises(NotMultipartError):
        UploadForm(content_type)


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        ({}, {}, Asked()),
        ({"dry_run": "true"}, {}, Asked(dry_run=True)),
        ({"dry_run": "1"}, {"dry_run": "false"}, Asked(dry_run=False)),
        ({}, {"mapping": "x", "program": "Language"}, Asked(False, "x", "language")),
        ({}, {"mapping": "", "program": "", "dry_run": "", "confirm": "", "atomic": ""}, Asked()),
        ({"atomic": "all"}, {}, Asked(atomic=True)),
        ({"confirm": str(DRY_RUN)}, {}, Asked(confirm=DRY_RUN)),
        (
            {"delimiter": "semicolon", "encoding": "cp1250"},
            {"header_row": "3", "quote": "none", "sheet": "Rows"},
            Asked(
                overrides=Overrides(
                    encoding="cp1250", delimiter=";", quote="", header_row=3, sheet="Rows"
                )
            ),
        ),
    ],
)
def test_options_come_by_query_or_form_and_the_forms_win(
    query: dict[str, str], form: dict[str, str], expected: Asked
) -> None:
    assert asked_for(query, form) == expected


@pytest.mark.parametrize(
    "given",
    [
        {"dry_run": "2"},
        {"program": "x"},
        {"atomic": "some"},
        {"confirm": "soon"},
        {"confirm": str(DRY_RUN), "mapping": "x"},
        {"encoding": "morse"},
        {"header_row": "last"},
        {"colour": "red"},
    ],
)
def test_what_is_not_taken_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(UnsupportedOptionError):
        asked_for(given, {})


async def test_a_boundary_that_is_too_long_is_a_broken_form(connectors: Any) -> None:
    answer = await connectors.http.post(
        "/v1/import/companies",
        content=b"--a",
        headers={
            **connectors.headers,
            "Content-Type": f"multipart/form-data; boundary={'a' * 500}",
        },
    )

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:waymark:problem:bad-upload")
