"""Events of written facts as packed outbox rows, worded by the database from the facts' columns.

They say what `Told.word` would say of the same facts, under the ids that `Work.publish_packed`
would give them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from psycopg import sql
from pydantic_core import to_json
from sqlalchemy import Boolean, Column, Date, Double, Integer, Uuid
from sqlalchemy.dialects.postgresql import TIMESTAMP

from connectors_service.datasets.facts import FactTable, Told
from event_contracts import JSON, JSON_BATCH, Event
from event_contracts.envelope import schema_of
from shared_utils.work import PACK, Work, packed_ids


@dataclass(frozen=True)
class Wording:
    """How facts in a temporary table are told; `order` is the column by which their events stand.

    `w` is such a fact with its `before`, `p` its parent.
    """

    table: FactTable
    told: Told
    source: sql.Composable
    order: str = "row_no"

    @cached_property
    def statements(self) -> list[tuple[type[Event], sql.Composed]]:
        """The insert into the outbox for each kind of event."""
        return [(kind, self._packed(kind, only)) for kind, only in self._kinds()]

    def _kinds(self) -> Iterator[tuple[type[Event], sql.Composable]]:
        told, others = self.told, list(self.told.variants)
        if told.by is None:
            yield told.event, sql.SQL("true")
            return
        by = sql.Identifier("w", told.by)
        for value, kind in told.variants.items():
            yield kind, sql.SQL("{} = {}").format(by, str(value))
        yield (
            told.event,
            sql.SQL("({by} = ANY({others}::text[])) IS NOT TRUE").format(
                by=by, others=[str(value) for value in others]
            ),
        )

    def _packed(self, kind: type[Event], only: sql.Composable) -> sql.Composed:
        return sql.SQL(
            "WITH told AS (SELECT (row_number() OVER (ORDER BY w.{order}, w.{id}) - 1)::int"
            " AS place, {subject}::text AS subject, {data} AS data"
            " FROM {source} w {beside} WHERE {only} AND {when}),"
            " worded AS (SELECT b.message_id, told.place, told.subject, concat("
            '\'{{"specversion":"1.0","id":"\', left(b.first::text, 34),'
            " lpad(to_hex(b.low # mod(told.place, {pack})), 2, '0'), %(envelope)s::text,"
            " told.subject, %(after_subject)s::text, told.data, '}}') AS event"
            " FROM told JOIN (SELECT n - 1 AS batch, message_id, first,"
            " get_byte(uuid_send(first), 15) AS low"
            " FROM unnest(%(messages)b::uuid[], %(firsts)b::uuid[]) WITH ORDINALITY"
            " AS b (message_id, first, n)) b ON b.batch = told.place / {pack}),"
            " packed AS (SELECT message_id, count(*)::int AS events, min(subject) AS subject,"
            " string_agg(event, ',' ORDER BY place) AS body FROM worded GROUP BY message_id)"
            " INSERT INTO ops.outbox (outbox_id, type, subject, content_type, body, event_count,"
            " correlation_id) SELECT message_id, %(type)s, CASE WHEN events = 1 THEN subject END,"
            " CASE WHEN events = 1 THEN {json} ELSE {batch} END,"
            " convert_to(CASE WHEN events = 1 THEN body ELSE concat('[', body, ']') END, 'UTF8'),"
            " events, %(correlation_id)s FROM packed"
        ).format(
            order=sql.Identifier(self.order),
            id=sql.Identifier(self.table.id_column),
            subject=sql.Identifier("w", kind.subject_field),
            data=self._data(kind),
            source=self.source,
            beside=self._beside,
            only=only,
            when=self._when,
            pack=sql.Literal(PACK),
            json=sql.Literal(JSON),
            batch=sql.Literal(JSON_BATCH),
        )

    def _data(self, kind: type[Event]) -> sql.Composed:
        """The event's data as JSON; what is NULL is left out, as `concat` leaves it out."""
        parts = [self._member(name, kind, i == 0) for i, name in enumerate(self._fields(kind))]
        return sql.SQL("concat('{{', {}, '}}')").format(sql.SQL(", ").join(parts))

    def _fields(self, kind: type[Event]) -> list[str]:
        """The event's fields that have a value: first the subject, which no event lacks."""
        told = [name for name in kind.model_fields if self._says(name, kind)]
        return sorted(told, key=lambda name: name != kind.subject_field)

    def _says(self, name: str, kind: type[Event]) -> bool:
        has_default = kind.model_fields[name].default not in (None, ...)
        return self._is_stored(name) or has_default

    def _is_stored(self, name: str) -> bool:
        return name in self._columns or name in self._parents or name in self.told.previous

    def _member(self, name: str, kind: type[Event], is_first: bool) -> sql.Composed:
        start = f'{"" if is_first else ","}"{name}":'
        return sql.SQL("{} || {}").format(sql.Literal(start), self._value(name, kind))

    def _value(self, name: str, kind: type[Event]) -> sql.Composable:
        if name in self.told.previous:
            return self._previous(self.told.previous[name])
        if name in self._columns:
            return as_json("w", self._columns[name])
        if name in self._parents:
            return as_json("p", self._parents[name])
        return sql.Literal(to_json(kind.model_fields[name].default).decode())

    def _previous(self, column: str) -> sql.Composable:
        return sql.SQL("CASE WHEN {} THEN (w.before -> {})::text END").format(
            differs(column), sql.Literal(column)
        )

    @property
    def _columns(self) -> dict[str, Column[Any]]:
        return dict(self.table.model.__table__.columns)

    @property
    def _parents(self) -> dict[str, Column[Any]]:
        beside = self.told.beside
        known = beside.table.model.__table__.columns if beside else {}
        return {name: known[name] for name in (beside.columns if beside else ())}

    @property
    def _beside(self) -> sql.Composable:
        beside = self.told.beside
        if beside is None:
            return sql.SQL("")
        parent = beside.table.model.__table__
        return sql.SQL("JOIN {} p ON p.{} = w.{}").format(
            sql.Identifier(parent.schema, parent.name),
            sql.Identifier(beside.table.id_column),
            sql.Identifier(beside.link),
        )

    @property
    def _when(self) -> sql.Composable:
        if not self.told.when:
            return sql.SQL("true")
        return sql.SQL("({})").format(sql.SQL(" OR ").join(map(differs, self.told.when)))


def differs(column: str) -> sql.Composed:
    """Tell whether a write changed a column; of a created fact, whether there is a value."""
    return sql.SQL(
        "coalesce(to_jsonb({new}), 'null') IS DISTINCT FROM coalesce(w.before -> {old}, 'null')"
    ).format(new=sql.Identifier("w", column), old=sql.Literal(column))


def as_json(alias: str, column: Column[Any]) -> sql.Composed:
    """Return a column's value as JSON the way that events write it; NULL stays NULL."""
    value = sql.Identifier(alias, column.name)
    match column.type:
        case Uuid() | Date():
            return sql.SQL("'\"' || {} || '\"'").format(value)
        case TIMESTAMP():
            return _moment(value)
        case Integer() | Boolean() | Double():
            return sql.SQL("{}::text").format(value)
    return sql.SQL("to_json({})::text").format(value)


def _moment(value: sql.Identifier) -> sql.Composed:
    """A moment in UTC, with six decimals where there is a fraction."""
    return sql.SQL(
        "'\"' || to_char({0} AT TIME ZONE 'UTC', CASE date_trunc('second', {0}) WHEN {0}"
        ' THEN \'YYYY-MM-DD"T"HH24:MI:SS"Z"\' ELSE \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\' END)'
        " || '\"'"
    ).format(value)


async def tell(work: Work, wording: Wording, batch_id: str, facts: int) -> None:
    """Tell of at most so many written facts; the same batch twice is refused by the outbox."""
    connection = await work.raw()
    for kind, statement in wording.statements:
        ids = [packed_ids(batch_id, kind.type, start) for start in range(0, facts, PACK)]
        await connection.execute(
            statement,
            {
                "messages": [message for message, _ in ids],
                "firsts": [first for _, first in ids],
                "type": kind.type,
                "correlation_id": work.correlation_id,
                **_envelope(work, kind),
            },
        )
    await work.wake_relay()


def _envelope(work: Work, kind: type[Event]) -> dict[str, str]:
    """What stands in each envelope between id, subject and data."""
    said = {
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "dataschema": schema_of(kind.type),
        "correlationid": work.correlation_id,
        "causationid": work.causation_id,
    }
    after = to_json({name: value for name, value in said.items() if value is not None}).decode()
    before = to_json({"source": work.service, "type": kind.type}).decode()
    return {
        "envelope": f'",{before[1:-1]},"subject":"',
        "after_subject": f'",{after[1:-1]},"data":',
    }
