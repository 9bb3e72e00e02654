"""The sample is repeatable, believable, and true about itself."""

import csv
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from waymark.sample import Manifest, generate
from waymark.sample.phrases import CONCERNS


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return generate(tmp_path_factory.mktemp("sample"), seed=7)


def digests(manifest: Manifest) -> list[str]:
    return [sha256(file.path.read_bytes()).hexdigest() for file in manifest.files]


def rows(manifest: Manifest, dataset: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for sample in manifest.files:
        if sample.dataset == dataset:
            with sample.path.open(encoding="utf-8", newline="") as file:
                found += csv.DictReader(file)
    return found


def test_the_same_seed_writes_the_same_bytes(manifest: Manifest, tmp_path: Path) -> None:
    assert digests(generate(tmp_path / "again", seed=7)) == digests(manifest)
    assert digests(generate(tmp_path / "other", seed=8)) != digests(manifest)


def test_the_manifest_counts_the_rows_of_its_files(manifest: Manifest) -> None:
    for file in manifest.files:
        with file.path.open(encoding="utf-8", newline="") as opened:
            assert sum(1 for _ in csv.DictReader(opened)) == file.rows


def test_every_session_stands_once_beside_the_planted_mistakes(manifest: Manifest) -> None:
    written = Counter(row["session_id"] for row in rows(manifest, "kintell-sessions"))
    files = [file for file in manifest.files if file.dataset == "kintell-sessions"]
    planted = sum((file.refused for file in files), Counter[str]())

    assert {s.session_id for s in manifest.sessions} <= set(written)
    assert written.total() == len(manifest.sessions) + planted.total()


def test_everyone_has_an_address_of_their_own(manifest: Manifest) -> None:
    addresses = [row["Email"] for row in rows(manifest, "kintell-users")]

    assert len(addresses) == len(set(addresses)) >= 400
    assert all(address.endswith(".example") for address in addresses)


def test_the_texts_are_many_tongued_and_hold_the_concerns(manifest: Manifest) -> None:
    texts = [s.text for s in manifest.sessions if s.text]

    assert len(set(texts)) > 500
    assert set(CONCERNS) <= set(texts)
    assert {s.participant.tongue for s in manifest.sessions if s.text} == {
        "en",
        "de",
        "uk",
        "it",
        "cs",
    }


def test_every_dataset_has_a_file_with_a_mistake_where_rows_may_be_wrong(
    manifest: Manifest,
) -> None:
    clean = {"companies", "company-users", "kintell-users", "enrollments"}
    spoilt = {file.dataset for file in manifest.files if file.refused}

    assert {file.dataset for file in manifest.files} == clean | spoilt
    assert len(spoilt) == 9


def test_what_hangs_on_a_match_comes_after_it(manifest: Manifest) -> None:
    for match in manifest.matches:
        begun = match.matched_at
        assert all(deed.at > begun for deed in match.deeds)
        assert all(checkin.day >= begun.date() for checkin in match.checkins)
        assert all(opinion.at > begun for opinion in match.opinions)
