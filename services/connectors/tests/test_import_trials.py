"""What a partner only tried leaves nothing behind."""

from datetime import timedelta
from typing import Any

from connectors_service.receiving.trials import Trials

CONTENT = (
    "Sitzung,Teilnehmer Mail,Mentor Mail,Beginn\n"
    "LS-1,ann@learn.example,tom@acme.example,2026-04-01\n"
    "LS-2,nonsense,tom@acme.example,2026-04-01\n"
)
PARTNER = {"scopes": frozenset({"import:kintell-sessions"}), "subject": "key-1"}
KEPT = (
    "ops.imports", "ops.import_rows", "ops.mappings", "ops.outbox", "pii.raw_uploads",
    "pii.raw_upload_chunks", "pii.refused_rows", "pii.before_images", "pii.persons",
    "pii.external_ids", "pii.texts", "program.kintell_sessions", "program.canonical_persons",
)  # fmt: skip


async def counts(connectors: Any) -> dict[str, int]:
    return {table: await connectors.value(f"SELECT count(*) FROM {table}") for table in KEPT}


async def trial(connectors: Any, headers: dict[str, str], **options: str) -> dict[str, Any]:
    sent = await connectors.send(
        "kintell-sessions", CONTENT, headers=headers, program="language", **options
    )
    return dict(await connectors.ended(sent.json()["import_id"]))


async def test_nothing_of_a_partner_s_dry_run_outlives_it(connectors: Any) -> None:
    before = await counts(connectors)
    key = connectors.signed("partner", **PARTNER)
    done = await trial(connectors, key, dry_run="true")
    assert (done["rows"]["created"], done["rows"]["refused"]) == (1, 1)
    path = f"/v1/imports/{done['import_id']}"
    assert len((await connectors.get(f"{path}/errors", key)).json()["items"]) == 1
    while_it_is_shown = await counts(connectors)
    database = connectors.app.state.database

    early = await Trials(database, timedelta(minutes=10)).forget()
    late = await Trials(database, timedelta(0)).forget()

    assert (early, late) == (0, 1)
    changed = {table for table, count in while_it_is_shown.items() if count != before[table]}
    assert changed == {
        "ops.imports", "pii.raw_uploads", "pii.raw_upload_chunks", "pii.refused_rows"
    }  # fmt: skip
    assert await counts(connectors) == before
    assert (await connectors.get(path, key)).status_code == 404


async def test_what_was_meant_stays_and_so_do_the_staff_s_dry_runs(connectors: Any) -> None:
    key = connectors.signed("partner", **PARTNER)
    tried = await trial(connectors, connectors.headers, dry_run="true")
    meant = await trial(connectors, key, mapping=tried["preview"]["proposal"]["yaml"])
    database = connectors.app.state.database

    forgotten = await Trials(database, timedelta(0)).forget()

    assert forgotten == 0
    for done in (tried, meant):
        path = f"/v1/imports/{done['import_id']}"
        assert (await connectors.get(path)).status_code == 200
    assert await connectors.value("SELECT count(*) FROM program.kintell_sessions") == 1
