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

    Rows wait in a temporary table under alias `s`; stored facts go by `t`, what was written, with
    the row before it, by `w`. Nothing that is said of a row leaves the database.
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
    def done(self) -> sql.Composable:
        """The temporary table of written facts."""
        return sql.Identifier(f"written_{self.model.name}")

    @cached_property
    def fact_id(self) -> sql.Composable:
        """The stored fact's id."""
        return sql.SQL("t.{}").format(self.id_name)

    @cached_property
    def id_name(self) -> sql.Composable:
        return sql.Identifier(self.fact.id_column)

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
    def has_own_details(self) -> bool:
        """Whether free words are kept beside the table, not in it."""
        return self.has_details and not self.fact.details_column

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """The entries of the details that the file speaks about; it replaces them."""
        fed = tuple(name for name, field in self.fact.details.items() if field in self.present)
        return (*fed, "extra") if self.has_extra else fed

    @cached_property
    def same_key(self) -> sql.Composable:
        return sql.SQL(" AND ").join(self._equal(name, "t") for name in self.fact.key)

    def _equal(self, name: str, alias: str) -> sql.Composable:
        pattern = "{0} IS NOT DISTINCT FROM {1}" if self._nullable(name) else "{0} = {1}"
        return sql.SQL(pattern).format(sql.Identifier(alias, name), self._value(name))

    def _nullable(self, name: str) -> bool:
        return bool(self.model.columns[name].nullable)

    @cached_property
    def create(self) -> sql.Composed:
        """Make the temporary tables, or empty them; they go with the transaction."""
        return sql.SQL(
            "CREATE TEMPORARY TABLE IF NOT EXISTS {stage} ({columns}) ON COMMIT DROP;"
            "CREATE TEMPORARY TABLE IF NOT EXISTS {done}"
            " (LIKE {table}, before jsonb, old_revision integer) ON COMMIT DROP;"
            "TRUNCATE {stage}, {done}"
        ).format(stage=self.stage, columns=self._stage_columns, done=self.done, table=self.table)

    @property
    def _stage_columns(self) -> sql.Composable:
        own = [
            sql.SQL("{} {}").format(
                sql.Identifier(name),
                sql.SQL(self.model.columns[name].type.compile(dialect=_DIALECT)),
            )
            for name in self.fact.columns
        ]
        common = sql.SQL(
            "row_no integer, fact_id uuid DEFAULT uuidv7(), revision integer,"
            " text_id uuid DEFAULT uuidv7(), text_body text, text_hmac bytea,"
            " text_author uuid, text_at timestamptz, details jsonb DEFAULT '{{}}',"
            " stored_details jsonb, details_changed boolean NOT NULL DEFAULT false,"
            " loses boolean NOT NULL DEFAULT false, unheard boolean NOT NULL DEFAULT false"
        ).format()
        return sql.SQL(", ").join([common, *own])

    @cached_property
    def copy(self) -> sql.Composed:
        """Fill the temporary table."""
        return sql.SQL("COPY {} ({}) FROM STDIN").format(self.stage, _names(self.staged))

    def hang(self, column: str, parent: "Statements") -> sql.Composed:
        """Have each row name the fact that it stated for the parent's table."""
        return sql.SQL(
            "UPDATE {stage} s SET {column} = p.fact_id FROM {parent} p WHERE p.row_no = s.row_no"
        ).format(stage=self.stage, column=sql.Identifier(column), parent=parent.stage)

    @cached_property
    def match(self) -> sql.Composed:
        """Find what is stored: id, revision, details, the text where author and words are the same.

        Rows that must yield to what is stored are unheard. Return how many facts are stored, and
        of how many the details change.
        """
        return sql.SQL(
            "WITH matched AS (UPDATE {stage} s SET fact_id = m.fact_id, revision = m.revision,"
            " details = m.details, stored_details = m.found, unheard = m.unheard,"
            " details_changed = m.details IS DISTINCT FROM m.stored,"
            " text_id = CASE WHEN m.same_text THEN m.text_id ELSE s.text_id END,"
            " text_body = CASE WHEN m.same_text THEN NULL ELSE s.text_body END"
            " FROM (SELECT s.row_no, {fact_id} AS fact_id, t.revision, {stored} AS stored,"
            " {found} AS found, ({stored} - %(spoken)s::text[]) || s.details AS details,"
            " {text_id} AS text_id, {same_text} AS same_text, ({yields}) IS TRUE AS unheard"
            " FROM {stage} s JOIN {table} t ON {same_key} {texts} {details}) m"
            " WHERE m.row_no = s.row_no RETURNING s.details_changed)"
            " SELECT count(*), count(*) FILTER (WHERE details_changed) FROM matched"
        ).format(
            stage=self.stage,
            table=self.table,
            same_key=self.same_key,
            fact_id=self.fact_id,
            stored=self._stored_details,
            found=sql.SQL("d.details" if self.has_own_details else "NULL::jsonb"),
            text_id=sql.SQL("t.text_id" if self.fact.text_field else "NULL::uuid"),
            same_text=sql.SQL(
                "(x.body_hmac = s.text_hmac AND x.person_id IS NOT DISTINCT FROM s.text_author)"
                if self.fact.text_field
                else "false"
            ),
            texts=self._join_texts,
            details=self._join_details,
            yields=sql.SQL(self._yields("s") or "false"),
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
        if not self.has_own_details:
            return sql.SQL("")
        return sql.SQL(
            "LEFT JOIN pii.fact_details d ON d.fact_type = {} AND d.fact_id = {}"
        ).format(str(self.fact.fact_type), self.fact_id)

    @cached_property
    def repeats(self) -> sql.Composed:
        """Tell whether two rows state the same fact."""
        return sql.SQL(
            "SELECT EXISTS (SELECT FROM {stage} s GROUP BY {key} HAVING count(*) > 1)"
        ).format(stage=self.stage, key=self._key_values)

    @cached_property
    def unite(self) -> sql.Composed:
        """Of the rows that state the same fact, have the last one hold."""
        return sql.SQL(
            "UPDATE {stage} s SET fact_id = t.fact_id, loses = true FROM"
            " (SELECT DISTINCT ON ({key}) s.* FROM {stage} s ORDER BY {key}, s.row_no DESC) t"
            " WHERE {same} AND s.row_no <> t.row_no"
        ).format(
            stage=self.stage,
            key=self._key_values,
            same=sql.SQL(" AND ").join(self._same_staged(name) for name in self.fact.key),
        )

    def _same_staged(self, name: str) -> sql.Composable:
        column = "fact_id" if name == self.fact.id_column else name
        pattern = "t.{0} IS NOT DISTINCT FROM s.{0}" if self._nullable(name) else "t.{0} = s.{0}"
        return sql.SQL(pattern).format(sql.Identifier(column))

    @property
    def _key_values(self) -> sql.Composable:
        return sql.SQL(", ").join(map(self._value, self.fact.key))

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
    def upsert(self) -> sql.Composed:
        """Insert new facts and update changed ones; return how many, and how many are updates."""
        return self._keeping(
            sql.SQL(
                "INSERT INTO {table} AS t ({columns}, import_id, row_no, mapping_version)"
                " SELECT {values}, %(import_id)s, s.row_no, %(mapping_version)s"
                " FROM {stage} s WHERE NOT s.loses"
                " ON CONFLICT ({conflict}) {action}"
                " RETURNING new.*, CASE WHEN old.revision IS NOT NULL THEN to_jsonb(old) END,"
                " old.revision"
            ).format(
                table=self.table,
                columns=_names((self.fact.id_column, *self.written)),
                values=sql.SQL(", ").join(map(self._value, (self.fact.id_column, *self.written))),
                stage=self.stage,
                conflict=_names(self.fact.key),
                action=self._action,
            )
        )

    def _keeping(self, change: sql.Composed) -> sql.Composed:
        return sql.SQL(
            "WITH changed AS ({change}), kept AS (INSERT INTO {done} SELECT * FROM changed"
            " RETURNING old_revision) SELECT count(*), count(old_revision) FROM kept"
        ).format(change=change, done=self.done)

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
        condition = self._yields(given)
        return sql.SQL(f"AND ({condition}) IS NOT TRUE" if condition else "")

    def _yields(self, given: str) -> str:
        return (self.fact.yields_to or "").replace("excluded.", f"{given}.")

    @cached_property
    def touch(self) -> sql.Composed:
        """Raise the revision of facts of which only the details changed."""
        return self._keeping(
            sql.SQL(
                "UPDATE {table} t SET revision = t.revision + 1, updated_at = now(),"
                " import_id = %(import_id)s, row_no = s.row_no,"
                " mapping_version = %(mapping_version)s"
                " FROM {stage} s WHERE {fact_id} = s.fact_id AND NOT s.loses"
                " AND s.details_changed {unless}"
                " AND NOT EXISTS (SELECT FROM {done} w WHERE w.{id} = s.fact_id)"
                " RETURNING new.*, to_jsonb(old), old.revision"
            ).format(
                table=self.table,
                stage=self.stage,
                done=self.done,
                fact_id=self.fact_id,
                id=self.id_name,
                unless=self._unless("s"),
            )
        )

    @cached_property
    def keep_details(self) -> sql.Composed:
        """Store the free words of facts that were written."""
        return sql.SQL(
            "INSERT INTO pii.fact_details (fact_type, fact_id, details)"
            " SELECT {fact_type}, s.fact_id, s.details"
            " FROM {stage} s JOIN {done} w ON w.row_no = s.row_no"
            " WHERE CASE WHEN s.revision IS NULL THEN s.details <> '{{}}'"
            " ELSE s.details_changed END"
            " ON CONFLICT (fact_type, fact_id) DO UPDATE SET details = excluded.details"
        ).format(fact_type=str(self.fact.fact_type), stage=self.stage, done=self.done)

    @cached_property
    def keep_texts(self) -> sql.Composed:
        """Store the words that facts now name and that were not stored before."""
        return sql.SQL(
            "INSERT INTO pii.texts (text_id, person_id, fact_type, fact_id, field, body,"
            " body_hmac, occurred_at)"
            " SELECT s.text_id, s.text_author, {fact_type}, s.fact_id, {field}, s.text_body,"
            " s.text_hmac, s.text_at FROM {stage} s JOIN {done} w ON w.row_no = s.row_no"
            " WHERE s.text_body IS NOT NULL AND w.text_id = s.text_id"
        ).format(
            fact_type=str(self.fact.fact_type),
            field=str(self.fact.text_field),
            stage=self.stage,
            done=self.done,
        )


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _of(alias: str, names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}.{}").format(sql.SQL(alias), sql.Identifier(name)) for name in names
    )
