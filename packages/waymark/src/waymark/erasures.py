"""The list of erasures, kept outside the database, and applied to one that was restored."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from shared_utils.auth import InvalidKeySetError, TokenSigner, jws

_LIST = """
    SELECT CAST(e.erasure_id AS text) AS erasure_id, e.requested_by, e.reason,
        CAST(e.requested_at AS text) AS requested_at,
        ARRAY(SELECT CAST(p.person_id AS text) FROM ops.erased_persons p
            WHERE p.erasure_id = e.erasure_id
            ORDER BY p.person_id <> e.person_id, p.person_id) AS persons,
        ARRAY(SELECT encode(i.identifier_hmac, 'hex') FROM pii.erased_identifiers i
            WHERE i.erasure_id = e.erasure_id AND i.lifted_at IS NULL ORDER BY 1) AS refused,
        ARRAY(SELECT encode(i.identifier_hmac, 'hex') FROM pii.erased_identifiers i
            WHERE i.erasure_id = e.erasure_id AND i.lifted_at IS NOT NULL ORDER BY 1) AS lifted
    FROM ops.erasures e ORDER BY e.erasure_id
"""
_MARK = """
    SELECT pii.mark_erased(%(erasure_id)s, %(persons)s::uuid[], %(hmacs)s::bytea[],
        %(requested_by)s, %(reason)s, %(requested_at)s)
"""
_LIFT = """
    UPDATE pii.erased_identifiers SET lifted_at = now(), lifted_by = 'waymark erasures apply'
    WHERE identifier_hmac = ANY(%s::bytea[]) AND lifted_at IS NULL
"""
TYPE = "erasures+jwt"
MOST_CHARS = 256 * 1024 * 1024


class UnusableListError(ValueError):
    """The file is no list of erasures that this Waymark signed."""


def signed_list(postgres: str, signer: TokenSigner) -> tuple[str, int]:
    """All erasures as a signed text, and how many they are: ids and keyed hashes, no names."""
    with psycopg.connect(postgres, row_factory=dict_row) as connection:
        erasures = connection.execute(_LIST).fetchall()
    return signer.certificate({"erasures": erasures}, typ=TYPE), len(erasures)


def erasures_in(text: str, signer: TokenSigner) -> list[Mapping[str, Any]]:
    """The erasures of a list; UnusableListError unless one of the signer's keys signed it."""
    try:
        token = jws.parsed(text.strip(), typ=TYPE, max_chars=MOST_CHARS)
        key = signer.verification_key(token.kid)
        if key is None:
            raise UnusableListError("none of the keys here signed it")
        erasures: list[Mapping[str, Any]] = jws.claims(token, key)["erasures"]
    except (jws.InvalidTokenError, InvalidKeySetError, KeyError) as error:
        raise UnusableListError(f"it is no signed list of erasures: {error}") from error
    return erasures


def apply(postgres: str, erasures: Sequence[Mapping[str, Any]]) -> int:
    """Mark everybody of the list as erased, in one transaction; how many people that changed.

    Nobody of them can be read or imported from then on; the services erase the rest when they run.
    Safe to run again.
    """
    changed = 0
    with psycopg.connect(postgres) as connection:
        for one in erasures:
            changed += _apply(connection, one)
    return changed


def _apply(connection: psycopg.Connection[Any], one: Mapping[str, Any]) -> int:
    lifted = [bytes.fromhex(digest) for digest in one["lifted"]]
    hmacs = [*map(bytes.fromhex, one["refused"]), *lifted]
    standing = connection.execute(
        "SELECT count(*) FROM pii.persons WHERE status <> 'erased' AND person_id = ANY(%s::uuid[])",
        [one["persons"]],
    ).fetchone()
    connection.execute(_MARK, {**one, "hmacs": hmacs})
    connection.execute(_LIFT, [lifted])
    return int(standing[0]) if standing else 0
