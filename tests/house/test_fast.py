"""The fast half leaves out files that are there, and does not lose most of the tests."""

from tests.conftest import SLOW
from tests.paths import ROOT

FILES = {p.stem for p in (ROOT / "tests").rglob("test_*.py") if "development" not in p.parts}


def test_every_file_that_is_left_out_is_there() -> None:
    assert FILES >= SLOW


def test_most_files_are_in_the_fast_half() -> None:
    assert len(FILES - SLOW) > len(FILES) / 2
