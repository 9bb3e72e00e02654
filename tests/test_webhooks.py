"""Webhooks on the real stack: a secret from the gateway, signed deliveries, a kill, a profile."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from waymark.testing.platform import Platform

ROWS = "SELECT count(*) FROM program.kintell_sessions WHERE external_id LIKE 'LS-hook-%%'"
WAITING = "SELECT count(*) FROM pii.webhook_bodies WHERE processed_at IS NULL"


def sent(platform: Platform, secret: str, number: int) -> int:
    """Send a completed session, signed; return the status."""
    at, name = datetime.now(UTC), f"LS-hook-{number}"
    body = json.dumps(
        {
            "session_id": name,
            "session_type": "language",
            "participant_email": "hanna@hook.example",
            "volunteer_email": "hugo@hook.example",
            "scheduled_at": "2026-03-02T10:00:00Z",
            "completed_at": "2026-03-02T11:00:00Z",
            "duration_minutes": 60,
        }
    )
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body),
        "content-type": "application/json",
    }
    url = f"{platform.urls['gateway']}/v1/webhooks/kintell/session"
    return httpx.post(url, content=body, headers=headers, timeout=30).status_code


def test_signed_webhooks_reach_the_profile_once_whatever_dies(own_platform: Platform) -> None:
    old = own_platform.command("webhook-secret", "kintell").strip()
    new = own_platform.command("webhook-secret", "kintell").strip()
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda n: sent(own_platform, old, n), [*range(40), *range(40)]))

    own_platform.kill("connectors")
    own_platform.until(
        lambda: sent(own_platform, new, 40) == 202, "connectors takes webhooks again"
    )
    own_platform.until(lambda: own_platform.value(WAITING) == 0, "all webhooks are processed")
    own_platform.settled()

    profile = own_platform.client("admin").get(
        "/v1/profile", provider="email", external_id="hanna@hook.example"
    )
    assert set(first) == {202}
    assert own_platform.value(ROWS) == 41
    assert profile["sessions"]["language"]["completed"] == 41
    assert own_platform.value("SELECT sum(rows_created) FROM ops.imports") == 41
    assert own_platform.value("SELECT max(revision) FROM program.kintell_sessions") == 1
