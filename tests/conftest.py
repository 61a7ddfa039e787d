"""``pytest --fast``: the half of the tests that takes a minute, for ``make check``."""

from __future__ import annotations

from pathlib import Path

import pytest

# the files that take three seconds and more
SLOW = frozenset(Path(__file__).with_name("slow.txt").read_text("utf-8").split())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="without the files that take long")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    slow = collection_path.suffix == ".py" and collection_path.stem in SLOW
    return True if slow and config.getoption("--fast") else None
