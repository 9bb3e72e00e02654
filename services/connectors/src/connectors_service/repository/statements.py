"""The statements that load one kind of fact, composed from its table."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from connectors_service.datasets.facts import FactTable

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
TEXT_COLUMNS = ("text_body", "text_hmac", "text_author", "text_at")


@dataclass(frozen=True)
class Statements:
    """All SQL for a fact table and the columns that a file speaks about.

    Rows wait in a temporary table under alias `s`; stored facts go by `t`.
    """

    fact: FactTable
    present: frozenset[str]
    has_extra: bool = False

    @cached_property
    def model(self) -> Table:
        table: Table = self.fact.model.__table__
        return table

    @cached_property
    def table(self) -> sql.Composable:
        return sql.Identifier(str(self.model.schema), self.model.name)

    @cached_property
    def stage(self) -> sql.Composable:
        return sql.Identifier(f"stage_{self.model.name}")

    @cached_property
    def fact_id(self) -> sql.Composable:
        """The stored fact's id."""
        return sql.SQL("t.{}").format(sql.Identifier(self.fact.id_column))

    @cached_property
    def brings_id(self) -> bool:
        """Whether each staged fact comes with its id."""
        return bool(self.fact.other_key)

    @cached_property
    def staged(self) -> tuple[str, ...]:
        """The columns that COPY fills, in order."""
        own_id = ("fact_id",) if self.brings_id else ()
        texts = TEXT_COLUMNS if self.fact.text_field else ()
        details = ("details",) if self.has_details else ()
        return ("row_no", *own_id, *self.fact.columns, *texts, *details)

    @cached_property
    def has_details(self) -> bool:
        return bool(self.fact.details) or self.fact.keeps_extra

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """The entries of the details that the file speaks about; it replaces them."""
        fed = tuple(name for name, field in self.fact.details.items() if field in self.present)
        return (*fed, "extra") if self.has_extra else fed

    @cached_property
    def same_key(self) -> sql.Composable:
        return sql.SQL(" AND ").join(self._equal(name) for name in self.fact.key)

    def _equal(self, name: str) -> sql.Composable:
        pattern = "t.{0} IS NOT DISTINCT FROM {1}" if self._nullable(name) else "t.{0} = {1}"
        return sql.SQL(pattern).format(sql.Identifier(name), self._value(name))

    def _nullable(self, name: str) -> bool:
        return bool(self.model.columns[name].nullable)

    @cached_property
    def create(self) -> sql.Composed:
        """Make the temporary table; it goes with the transaction."""
        columns: list[sql.Composable] = [
            sql.SQL("row_no integer"),
            sql.SQL("fact_id uuid DEFAULT uuidv7()"),
        ]
        columns += [
            sql.SQL("{} {}").format(
                sql.Identifier(name),
                sql.SQL(self.model.columns[name].type.compile(dialect=_DIALECT)),
            )
            for name in self.fact.columns
        ]
        columns.append(
            sql.SQL(
                "text_id uuid DEFAULT uuidv7(), text_body text, text_hmac bytea,"
                " text_author uuid, text_at timestamptz, details jsonb DEFAULT '{{}}',"
                " details_changed boolean NOT NULL DEFAULT false,"
                " known boolean NOT NULL DEFAULT false"
            ).format()
        )
        return sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
            self.stage, sql.SQL(", ").join(columns)
        )

    @cached_property
    def copy(self) -> sql.Composed:
        """Fill the temporary table."""
        return sql.SQL("COPY {} ({}) FROM STDIN").format(self.stage, _names(self.staged))

    @cached_property
    def match(self) -> sql.Composed:
        """Find what is stored: its id, its text where author and words are the same, details."""
        return sql.SQL(
            "UPDATE {stage} s SET known = true, fact_id = m.fact_id, details = m.details,"
            " details_changed = m.details IS DISTINCT FROM m.stored,"
            " text_id = CASE WHEN m.same_text THEN m.text_id ELSE s.text_id END,"
            " text_body = CASE WHEN m.same_text THEN NULL ELSE s.text_body END"
            " FROM (SELECT s.row_no, {fact_id} AS fact_id, {stored} AS stored,"
            " ({stored} - %(spoken)s::text[]) || s.details AS details,"
            " {text_id} AS text_id, {same_text} AS same_text"
            " FROM {stage} s JOIN {table} t ON {same_key} {texts} {details}) m"
            " WHERE m.row_no = s.row_no"
        ).format(
            stage=self.stage,
            table=self.table,
            same_key=self.same_key,
            fact_id=self.fact_id,
            stored=self._stored_details,
            text_id=sql.SQL("t.text_id" if self.fact.text_field else "NULL::uuid"),
            same_text=sql.SQL(
                "(x.body_hmac = s.text_hmac AND x.person_id IS NOT DISTINCT FROM s.text_author)"
                if self.fact.text_field
                else "false"
            ),
            texts=self._join_texts,
            details=self._join_details,
        )

    @property
    def _stored_details(self) -> sql.Composable:
        if self.fact.details_column:
            return sql.SQL("t.details")
        if self.has_details:
            return sql.SQL("coalesce(d.details, '{{}}')").format()
        return sql.SQL("'{{}}'::jsonb").format()

    @property
    def _join_texts(self) -> sql.Composable:
        join = "LEFT JOIN pii.texts x ON x.text_id = t.text_id"
        return sql.SQL(join if self.fact.text_field else "")

    @property
    def _join_details(self) -> sql.Composable:
        if self.fact.details_column or not self.has_details:
            return sql.SQL("")
        return sql.SQL(
            "LEFT JOIN pii.fact_details d ON d.fact_type = {} AND d.fact_id = {}"
        ).format(str(self.fact.fact_type), self.fact_id)

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The columns that an insert fills."""
        texts = ("text_id",) if self.fact.text_field else ()
        details = ("details",) if self.fact.details_column else ()
        return (*self.fact.columns, *texts, *details)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The columns that an update may change: not the key, nor what the file is silent about."""
        return tuple(
            name
            for name in self.written
            if name not in self.fact.key and self.fact.fed_by.get(name, "") in {"", *self.present}
        )

    @cached_property
    def speaks_of(self) -> list[str]:
        """What the file says of each fact: columns, and with a dot details; undo goes by it."""
        columns = [name for name in self.compared if name != "details"]
        return [*columns, *(f".{name}" for name in self.spoken)]

    @cached_property
    def old_details(self) -> sql.Composed:
        """Return the details that are about to be replaced, by fact."""
        return sql.SQL(
            "SELECT fact_id, details FROM pii.fact_details"
            " WHERE fact_type = {} AND fact_id = ANY(%b)"
        ).format(str(self.fact.fact_type))

    @cached_property
    def upsert(self) -> sql.Composed:
        """Insert new facts and update changed ones; return those written, with what was before."""
        return sql.SQL(
            "INSERT INTO {table} AS t ({columns}, import_id, row_no, mapping_version)"
            " SELECT DISTINCT ON ({key}) {values}, %(import_id)s, s.row_no, %(mapping_version)s"
            " FROM {stage} s ORDER BY {key}, s.row_no DESC"
            " ON CONFLICT ({conflict}) {action}"
            " RETURNING new.*, CASE WHEN old.revision IS NOT NULL THEN to_jsonb(old) END AS before"
        ).format(
            table=self.table,
            columns=_names((self.fact.id_column, *self.written)),
            key=sql.SQL(", ").join(map(self._value, self.fact.key)),
            values=sql.SQL(", ").join(map(self._value, (self.fact.id_column, *self.written))),
            stage=self.stage,
            conflict=_names(self.fact.key),
            action=self._action,
        )

    def _value(self, name: str) -> sql.Composable:
        if name == self.fact.id_column:
            return sql.SQL("s.fact_id")
        if name == "text_id":
            return sql.SQL("CASE WHEN s.text_hmac IS NOT NULL THEN s.text_id END")
        return sql.SQL("s.{}").format(sql.Identifier(name))

    @property
    def _action(self) -> sql.Composable:
        if not self.compared:
            return sql.SQL("DO NOTHING")
        return sql.SQL(
            "DO UPDATE SET {changes}, {trace} WHERE ({stored}) IS DISTINCT FROM ({given}) {unless}"
        ).format(
            changes=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), self._given(name))
                for name in self.compared
            ),
            trace=sql.SQL(
                "revision = t.revision + 1, updated_at = now(), import_id = excluded.import_id,"
                " row_no = excluded.row_no, mapping_version = excluded.mapping_version"
            ),
            stored=_of("t", self.compared),
            given=sql.SQL(", ").join(map(self._given, self.compared)),
            unless=self._unless("excluded"),
        )

    def _given(self, name: str) -> sql.Composable:
        """What an update stores: what the row says, or what stands if that is later."""
        rises = name in self.fact.rising
        pattern = "GREATEST(t.{0}, excluded.{0})" if rises else "excluded.{0}"
        return sql.SQL(pattern).format(sql.Identifier(name))

    def _unless(self, given: str) -> sql.Composable:
        condition = self.fact.yields_to
        if condition is None:
            return sql.SQL("")
        return sql.SQL(f"AND ({condition.replace('excluded.', f'{given}.')}) IS NOT TRUE")

    @cached_property
    def touch(self) -> sql.Composed:
        """Raise the revision of facts of which only the details changed.

        What this transaction has written already carries its start as the time of its update.
        """
        return sql.SQL(
            "UPDATE {table} t SET revision = t.revision + 1, updated_at = now(),"
            " import_id = %(import_id)s, row_no = s.row_no, mapping_version = %(mapping_version)s"
            " FROM {stage} s WHERE {same_key}"
            " AND s.known AND s.details_changed AND t.updated_at < now() {unless}"
            " RETURNING new.*, to_jsonb(old) AS before"
        ).format(
            table=self.table,
            stage=self.stage,
            same_key=self.same_key,
            unless=self._unless("s"),
        )

    @cached_property
    def keep_details(self) -> sql.Composed:
        """Store the free words of facts that are new or changed."""
        return sql.SQL(
            "INSERT INTO pii.fact_details (fact_type, fact_id, details)"
            " SELECT DISTINCT ON ({fact_id}) {fact_type}, {fact_id}, s.details"
            " FROM {stage} s JOIN {table} t ON {same_key}"
            " WHERE CASE WHEN s.known THEN s.details_changed ELSE s.details <> '{{}}' END {unless}"
            " ORDER BY {fact_id}, s.row_no DESC"
            " ON CONFLICT (fact_type, fact_id) DO UPDATE SET details = excluded.details"
        ).format(
            fact_id=self.fact_id,
            fact_type=str(self.fact.fact_type),
            stage=self.stage,
            table=self.table,
            same_key=self.same_key,
            unless=self._unless("s"),
        )

    @cached_property
    def keep_texts(self) -> sql.Composed:
        """Store the words that facts now name and that were not stored before."""
        return sql.SQL(
            "INSERT INTO pii.texts (text_id, person_id, fact_type, fact_id, field, body,"
            " body_hmac, occurred_at)"
            " SELECT s.text_id, s.text_author, {fact_type}, {fact_id}, {field}, s.text_body,"
            " s.text_hmac, s.text_at FROM {stage} s JOIN {table} t ON {same_key}"
            " WHERE s.text_body IS NOT NULL AND t.text_id = s.text_id"
        ).format(
            fact_type=str(self.fact.fact_type),
            fact_id=self.fact_id,
            field=str(self.fact.text_field),
            stage=self.stage,
            table=self.table,
            same_key=self.same_key,
        )

    @cached_property
    def standing(self) -> sql.Composed:
        """Return every staged row with its fact, that fact's revision, and if it had to yield."""
        return sql.SQL(
            "SELECT s.row_no, {fact_id} AS fact_id, t.revision, ({unheard}) AS unheard"
            " FROM {stage} s JOIN {table} t ON {same_key}"
            " CROSS JOIN LATERAL (SELECT s.*) excluded ORDER BY s.row_no"
        ).format(
            fact_id=self.fact_id,
            stage=self.stage,
            table=self.table,
            same_key=self.same_key,
            unheard=sql.SQL(self.fact.yields_to or "false"),
        )


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _of(alias: str, names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}.{}").format(sql.SQL(alias), sql.Identifier(name)) for name in names
    )
