"""The advisory locks of the platform: every number stands here, so that no two jobs share one."""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """Keys of `pg_advisory_lock`; a job that must run once takes its own."""

    MIGRATIONS = 7301
    RELAY = 7302
    SCHEDULES = 7303
    ATTRIBUTIONS = 7304
    RETENTION = 7305
    PERIODS = 7306
    IMPORTS = 7307
    """Two-part: with a hash of the import's id; whoever holds it runs the import."""
    FACT_TABLES = 7308
    """Two-part: with a hash of the table's name; chunks of one table load one after the other."""
    WEBHOOKS = 7310
    """Two-part: with a hash of source and kind; whoever holds it processes these webhooks."""
    WEBHOOK_SECRETS = 7311
    """Two-part: with a hash of the source; two rotations of one source follow each other."""
    ERASURES = 7330
    """Shared by who resolves people, so that nobody is born while their identifiers are erased."""
    SOURCES = 7320
    """Two-part: with a hash of the source's id; whoever holds it pulls the source."""
    CONSENTS = 7331
    """Shared by whoever scores, taken alone by whoever takes scores back."""
    DUPLICATES = 7340
    """One scan for duplicates writes what it found at a time."""
