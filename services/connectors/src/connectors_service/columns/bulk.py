"""The rows of a chunk that columns alone have judged, until they are staged."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import polars as pl

from connectors_service.columns.declaring import Staged, person
from connectors_service.columns.frames import ROW
from connectors_service.columns.judging import EXTRA, ColumnReader, block_of
from connectors_service.datasets.facts import Linked
from connectors_service.datasets.parents import ById
from connectors_service.mapping.rows import Accepted, RowReader
from connectors_service.repository.statements import Statements
from shared_utils.hashing import KeyedHash

_SIGNS, _ESCAPED = ["\\", "\t", "\n", "\r"], ["\\\\", "\\t", "\\n", "\\r"]


@dataclass(frozen=True)
class ColumnRows:
    """Accepted rows as two frames: their values by field, and their cells as they came."""

    values: pl.DataFrame
    cells: pl.DataFrame
    columns: ColumnReader
    rows: RowReader

    def __len__(self) -> int:
        return self.values.height

    @property
    def emails(self) -> frozenset[str]:
        """The addresses that the rows mention."""
        people = self.columns.declared.people
        return frozenset(email for name in people for email in self.values[name].unique())

    def known_as(self) -> Iterator[ById]:
        """Yield by what others' rows may name these."""
        return map(ById, self.values[self.columns.declared.known_as])

    def without(self, emails: Collection[str]) -> tuple["ColumnRows", list[Accepted]]:
        """Part with the rows that mention one of these: they come as the row-wise rules see them.

        Raises RuntimeError if those see more in a row than columns did, which tests rule out.
        """
        named = self.values.select(
            pl.any_horizontal(pl.col(self.columns.declared.people).is_in(list(emails)))
        ).to_series()
        judged = [self.rows.judge(row, cells) for row, cells in block_of(self.cells.filter(named))]
        accepted = [row for row in judged if isinstance(row, Accepted)]
        if len(accepted) < len(judged):
            raise RuntimeError("a row that columns took is refused by the rules of rows")
        rest = ColumnRows(
            self.values.filter(~named), self.cells.filter(~named), self.columns, self.rows
        )
        return rest, accepted

    def copied(self, statements: Statements, linked: Linked, keyed: KeyedHash) -> bytes:
        """Return what the rows state for a table, as its COPY takes it."""
        staged = self.columns.declared.staged[statements.fact.fact_type]
        frame = self.values
        if staged.needs:
            frame = frame.filter(pl.col(staged.needs).is_not_null())
        if frame.is_empty():
            return b""
        frame = _with_people(frame, self.columns.declared.people, linked.people)
        cells = {"row_no": pl.col(ROW), **staged.columns}
        if staged.words:
            cells |= _words(frame[staged.words.body], staged, keyed)
        if statements.has_details:
            cells["details"] = _details(staged)
        frame = frame.with_columns(
            pl.col(name).str.replace_many(_SIGNS, _ESCAPED) for name in self.columns.texts
        )
        table = frame.select(cells[name].alias(name) for name in statements.staged)
        return table.write_csv(
            include_header=False, separator="\t", quote_style="never", null_value=r"\N"
        ).encode()


def _with_people(
    frame: pl.DataFrame, fields: Collection[str], people: Mapping[str, UUID]
) -> pl.DataFrame:
    """Add the columns of people's ids."""
    emails, ids = list(people), [str(person_id) for person_id in people.values()]
    return frame.with_columns(
        pl.col(name).replace_strict(emails, ids, return_dtype=pl.String).alias(person(name))
        for name in fields
    )


def _words(body: pl.Series, staged: Staged, keyed: KeyedHash) -> dict[str, pl.Expr]:
    words = staged.words
    if words is None:
        return {}
    marks = [rf"\\x{keyed.text(text).hex()}" if text else None for text in body]
    is_said = pl.lit(body.is_not_null())
    return {
        "text_body": pl.col(words.body),
        "text_hmac": pl.lit(pl.Series(marks, dtype=pl.String)),
        "text_author": pl.when(is_said).then(pl.col(words.author)),
        "text_at": pl.when(is_said).then(pl.col(words.at)),
    }


def _details(staged: Staged) -> pl.Expr:
    """An object of the columns that hold something."""
    members = [pl.lit(f'"{name}":') + pl.col(column) for name, column in staged.details.items()]
    members.append(pl.lit('"extra":{') + pl.col(EXTRA) + "}")
    return pl.lit("{") + pl.concat_str(members, separator=",", ignore_nulls=True) + "}"
