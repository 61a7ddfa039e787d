"""The sample deck as slides: it compiles in one run, nothing overflows, collides or jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.codegen.documents.slides.beamer import slides
from chalkgrad.codegen.layout.paging import paginate
from tests.documents.pages_check import Word, check_log, check_pdf, pages
from tests.documents.slides_harness import compiled, log_of, page_texts
from tests.lecture.sample_deck import sample

WIDE = sample()
NARROW = sample("4:3", bar=True)


@pytest.fixture(scope="module")
def overlays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("overlays"), slides(WIDE))


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = slides(NARROW, handout=True, notes=True)
    return compiled(tmp_path_factory.mktemp("handout"), text)


def frames_of(page: str) -> list[int]:
    """The numbers (from 0) of the frames of a page of the wide deck."""
    made, start = [], 0
    for p in paginate(WIDE).pages:
        if p.id == page:
            made = list(range(start, start + p.steps))
        start += p.steps
    assert made, page
    return made


def words(pdf: Path) -> list[list[Word]]:
    return [found for _, _, found in pages(pdf)]


def test_every_step_is_a_frame(overlays: Path) -> None:
    assert len(words(overlays)) == sum(p.steps for p in paginate(WIDE).pages)
    assert len(frames_of("six")) == 6


def test_no_fault_in_the_log_and_on_the_pages(overlays: Path) -> None:
    assert check_log(log_of(overlays)) == []
    assert check_pdf(overlays) == []


def test_no_fault_in_the_narrow_handout(handout: Path) -> None:
    assert check_log(log_of(handout)) == []
    count = len(paginate(NARROW).pages)
    notes = sum(bool(p.notes) for p in NARROW.pages)
    assert len(words(handout)) == count + notes
    assert any("Click once per factor." in t for t in page_texts(handout))
    slides_only = [f for f in check_pdf(handout) if "Click" not in f]
    assert slides_only == []


def test_the_paper_has_the_aspect_that_was_asked_for(overlays: Path, handout: Path) -> None:
    wide, high, _ = next(iter(pages(overlays)))
    assert wide / high == pytest.approx(16 / 9, rel=1e-3)
    wide, high, _ = next(iter(pages(handout)))
    assert wide / high == pytest.approx(4 / 3, rel=1e-3)


@pytest.mark.parametrize("page", ["chain", "six", "numbers"])
def test_what_is_shown_stays_where_it_is(overlays: Path, page: str) -> None:
    """Each step only adds words: none moves. (The region of the picture goes, but has no text.)"""
    found = words(overlays)
    for a, b in zip(frames_of(page), frames_of(page)[1:], strict=False):
        assert set(found[a]) < set(found[b]), f"step {a}"


def test_a_covered_factor_is_not_in_the_text_of_the_page(overlays: Path) -> None:
    texts = page_texts(overlays)
    one, *_, last = frames_of("six")
    assert "four" not in texts[one]
    assert "four" in texts[last]


def test_titles_page_numbers_and_footer(overlays: Path) -> None:
    texts, count = page_texts(overlays), len(paginate(WIDE).pages)
    for k, page in enumerate(paginate(WIDE).pages, 1):
        text = texts[frames_of(page.id)[-1]]
        if page.layout not in ("title", "section"):
            assert f"{k}/{count}" in text
            assert "Prof. João F. Mari" in text
    assert "Gradient check" in texts[frames_of("check")[0]]


def test_the_long_table_goes_on_with_its_head(overlays: Path) -> None:
    parts = [p.id for p in paginate(WIDE).pages if p.id.startswith("train")]
    texts = page_texts(overlays)
    assert len(parts) > 1
    for part in parts:
        assert "word" in texts[frames_of(part)[0]]
    shown = " ".join(texts[frames_of(p)[0]] for p in parts)
    assert all(f"{2 + k / 100:.4f}" in shown for k in range(1, 31))


def test_the_same_deck_gives_the_same_text() -> None:
    assert slides(sample()) == slides(sample())
