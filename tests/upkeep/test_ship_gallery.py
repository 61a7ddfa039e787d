"""docs/gallery shows exactly the pages of the lectures in generated/lectures."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from chalkgrad.codegen.upkeep import gallery

MOST = 8_000_000  # bytes
LECTURES = gallery.lectures()


def is_slide(path: Path, width: int) -> bool:
    """A PNG of that width, 16:9 to the pixel."""
    head = path.read_bytes()[:24]
    wide, high = struct.unpack(">II", head[16:24])
    return head[:8] == b"\x89PNG\r\n\x1a\n" and wide == width and abs(high - width * 9 / 16) <= 1


def test_the_five_lectures_are_shown() -> None:
    assert LECTURES == ["ando", "ceng506", "huertas", "lecture05_en", "lecture05_pt"]
    assert {p.name for p in gallery.FOLDER.iterdir()} == {*LECTURES, "README.md"}


@pytest.mark.parametrize("name", LECTURES)
def test_a_picture_of_every_page_and_no_other(name: str) -> None:
    there = {path.name for path in (gallery.FOLDER / name).iterdir()}
    pages = gallery.pictures(name)
    assert len({page.file for page in pages}) == len(pages)
    assert there == {page.file for page in pages} | {"index.md"}, "make gallery"
    assert all(is_slide(gallery.FOLDER / name / page.file, gallery.WIDTH) for page in pages)


def test_the_indexes_are_fresh_and_link_what_is_there() -> None:
    for file, text in gallery.texts().items():
        path = gallery.FOLDER / file
        assert path.read_text("utf-8") == text, "make gallery"
        links = re.findall(r"\]\(([^()]+)\)", text)
        assert len(links) >= len(LECTURES)
        assert [link for link in links if not (path.parent / link).exists()] == []


def test_a_title_means_only_itself() -> None:
    page = gallery.Picture(1, "a/b c", "x | y")
    assert page.file == "a-b-c.png"
    made = gallery.rich("[a](b) | <i> $x_1$", cell=True)
    assert "|" not in made.replace("\\|", "")
    assert "<i>" not in made
    assert "$x_1$" in made


def test_their_size() -> None:
    files = [path for path in gallery.FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST


def test_the_cover_is_a_page_of_a_lecture() -> None:
    lecture, page, path, width = gallery.COVER
    assert page in {p.id for p in gallery.pictures(lecture)}
    assert is_slide(path, width)
