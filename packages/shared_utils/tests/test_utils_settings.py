"""A process starts with what its environment says, or says what is wrong in one line."""

from datetime import timedelta

import pytest

from shared_utils.settings import ProcessSettings, ServiceSettings, load

GOOD = {
    "DATABASE_URL": "postgresql://profile_worker:pw@127.0.0.1:5432/waymark",
    "NATS_URL": "nats://user:pw@127.0.0.1:4222",
    "JWKS_URL": "http://127.0.0.1:8080/.well-known/jwks.json",
    "HMAC_KEY": "ab" * 32,
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(f"WAYMARK_{name}", value)


def test_a_complete_environment_is_read() -> None:
    settings = load(ServiceSettings)

    assert settings.database_url == GOOD["DATABASE_URL"]
    assert (settings.host, settings.log_level, settings.database_pool_size) == (
        "127.0.0.1",
        "INFO",
        5,
    )


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_variable_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(f"WAYMARK_{name}")

    with pytest.raises(SystemExit) as ended:
        load(ServiceSettings)

    assert ended.value.code == 2
    assert capsys.readouterr().err == f"cannot start: WAYMARK_{name} is missing\n"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("DATABASE_URL", "mysql://me:hunter2@db/x", "must be like postgresql://"),
        ("DATABASE_URL", "postgresql:///hunter2", "must be like postgresql://"),
        ("NATS_URL", "nats://good:4222,http://hunter2", "must be like nats://"),
        ("PORT", "hunter2", "should be a valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("HMAC_KEY", "hunter2", "at least 32 bytes in hexadecimal"),
        ("JWKS_URL", "file:///hunter2", "should match pattern"),
        ("LOG_LEVEL", "hunter2", "'DEBUG', 'INFO'"),
        ("EVENTS_KEEP", "hunter2", "valid timedelta"),
        ("EVENTS_KEEP", "5m", "greater than or equal to 1 hour"),
        ("NATS_REPLICAS", "2", "1, 3 or 5"),
    ],
)
def test_a_wrong_variable_is_named_with_its_rule_and_never_repeated(
    name: str,
    value: str,
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"WAYMARK_{name}", value)

    with pytest.raises(SystemExit):
        load(ServiceSettings)

    said = capsys.readouterr().err
    assert said.startswith(f"cannot start: WAYMARK_{name}: ")
    assert rule in said
    assert said.count("\n") == 1
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("P1DT12H", timedelta(days=1.5)),
        ("7200s", timedelta(hours=2)),
    ],
)
def test_durations_are_said_as_people_say_them(
    value: str, meant: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMARK_EVENTS_KEEP", value)

    assert load(ProcessSettings).events_keep == meant


def test_no_secret_is_in_the_settings_repr() -> None:
    shown = repr(load(ServiceSettings))

    assert "pw" not in shown
    assert GOOD["HMAC_KEY"] not in shown
