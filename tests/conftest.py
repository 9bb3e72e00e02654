"""One running platform for the tests that cross services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from waymark.testing.platform import Platform, running_platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`waymark up`, shared by all tests that do not break it."""
    with running_platform(tmp_path_factory.mktemp("platform") / "home") as running:
        yield running


@pytest.fixture
def own_platform(tmp_path: Path) -> Iterator[Platform]:
    """`waymark up` for one test alone, to be broken."""
    with running_platform(tmp_path / "home") as running:
        yield running
