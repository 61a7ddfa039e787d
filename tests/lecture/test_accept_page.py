"""The four lectures as pages in Chromium: steps, hovering, changed numbers, a telephone, print."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from chalkgrad.codegen.documents.page.numbers import boards_of
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.layout.paging import paginate
from chalkgrad.codegen.lecture.board.context import Context
from chalkgrad.codegen.lecture.plan import planned
from chalkgrad.derive.pipeline import load_all
from tests.documents.browser import Window, chromium
from tests.paths import EXAMPLES

SPECS = EXAMPLES / "lectures"
DECKS = (("ng", "en"), ("ando", "en"), ("mari", "pt"), ("mazur", "en"))
NUMBERS = ("ng", "mari", "mazur")  # decks with pages of one sample worked out in numbers


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with chromium(tmp_path_factory.mktemp("profile")) as made:
        yield made


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, made = tmp_path_factory.mktemp("pages"), {}
    for spec, language in DECKS:
        context = Context(load_all(SPECS / f"{spec}.yaml"), language, SPECS)
        deck = paginate(planned(context))
        made[spec] = folder / f"{spec}.html"
        boards = boards_of(deck, context.boards.values())
        made[spec].write_text(html_page(deck, boards=boards), "utf-8")
    return made


@pytest.fixture(params=[spec for spec, _ in DECKS])
def deck(request: pytest.FixtureRequest, window: Window, pages: dict[str, Path]) -> Iterator[str]:
    window.size(1280, 860)
    window.media()
    window.open(pages[request.param])
    yield request.param
    assert window.complaints() == []
    assert window.requests() == []


def hidden(window: Window) -> int:
    return int(window.js("return document.querySelectorAll('.current .cg-off').length"))


def test_every_step_of_the_lecture_shows_something(window: Window, deck: str) -> None:
    """On every page with steps: what is hidden at first is there at the end."""
    found = window.js(
        """return [...document.querySelectorAll('section.page')].filter((p) => p.dataset.steps > 1)
        .map((p) => { const seen = [], on = p.querySelector('.on');
          for (let k = 0; k < p.dataset.steps; k++) {
            seen.push([...p.querySelectorAll('[data-at], [data-until]')]
              .map((e) => Number(!e.classList.contains('cg-off'))).join(''));
            if (k + 1 < p.dataset.steps) on.click(); }
          return [p.id, seen, on.disabled]; })"""
    )
    assert len(found) >= 3
    for page, seen, done in found:
        assert done, page
        assert len(set(seen)) == len(seen), page


def test_keys_lead_through_all_pages(window: Window, deck: str) -> None:
    steps = sum(int(p.get_attribute("data-steps") or 1) for p in window.all("section.page"))
    window.js("document.activeElement.blur()")
    script = """for (let k = 0; k < arguments[0]; k++) document.dispatchEvent(
        new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))"""
    window.keys(Keys.ARROW_RIGHT)
    window.js(script, steps)
    last = window.all("section.page")[-1].get_attribute("id")
    assert window.find("section.current").get_attribute("id") == last
    assert hidden(window) == 0


def test_hovering_lights_the_equation_and_the_picture(window: Window, deck: str) -> None:
    both = window.js(
        """for (const key of ['ref', 'factor'])
          for (const p of document.querySelectorAll('section.page'))
            for (const m of p.querySelectorAll(`math [data-${key}]`)) {
              const twin = p.querySelector(`svg [data-${key}="${CSS.escape(m.dataset[key])}"]`);
              const box = m.getBoundingClientRect();
              if (twin && box.width > 3 && !m.closest('.cg-off') && !twin.closest('.cg-off'))
                return m; }
        return null"""
    )
    assert both is not None
    window.hover(both)
    kinds = window.js(
        "return [...document.querySelectorAll('.cg-lit')].map((e) => e.closest('svg') ? 1 : 0)"
    )
    assert set(kinds) >= {0, 1}


def test_a_changed_number_goes_through(window: Window, deck: str) -> None:
    page = window.js(
        """const numbers = '[data-id], [data-figure]';
        return [...document.querySelectorAll('section.page')].find((p) => p.querySelector(numbers)
          && document.querySelector(`[data-board="${p.dataset.network}"]`)) || null"""
    )
    assert (page is not None) == (deck in NUMBERS)
    if page is None:
        return
    window.find(f"nav a[href='#{page.get_attribute('id')}']").click()
    window.js("document.querySelector('[data-board]').closest('details').open = true")
    given = next(i for i in window.all("[data-input]") if i.is_displayed())
    window.js("arguments[0].value = ''", given)
    given.send_keys("0.77", Keys.ENTER)
    assert window.find("#reset").is_enabled()
    assert window.js("return document.querySelectorAll('.cg-changed').length") > 0
    assert "NaN" not in window.find("main").text
    window.find("#reset").click()
    assert window.js("return document.querySelectorAll('.cg-changed').length") == 0


def test_a_telephone_shows_every_page_in_its_width(window: Window, deck: str) -> None:
    window.size(360, 740)
    wide = window.js("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide == [360, 360]


def test_print_shows_all_steps(window: Window, deck: str, tmp_path: Path) -> None:
    count = len(window.all("section.page"))
    path = tmp_path / "lecture.pdf"
    path.write_bytes(window.pdf())
    program = shutil.which("pdfinfo")
    assert program is not None
    said = subprocess.run([program, str(path)], capture_output=True, text=True, check=True).stdout
    sheets = int(next(x for x in said.splitlines() if x.startswith("Pages:")).split()[1])
    assert sheets >= count
