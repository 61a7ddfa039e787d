"""The page in Chromium: steps, links, narrow windows, print; nothing logged, nothing asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from chalkgrad.codegen.deck.model import Code, Deck, Math, Page, Picture, Text
from chalkgrad.codegen.documents.page.page import html_page
from chalkgrad.codegen.formula.rich import plain
from chalkgrad.codegen.picture.scene.scene import Arc, Box, Label, Line, Scene
from tests.documents.browser import Window, chromium
from tests.lecture import sample_deck
from tests.lecture.typed import typed

HOSTILE = [
    "</script><script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    "javascript:window.owned=1",
    "\"' onmouseover=\"window.owned=1",
    "]]><svg onload=window.owned=1>",
    "\u2028window.owned=1\u2029",
    "</style><style>*{display:none}",
    "{{ 7 * 7 }} <% x %>",
    "<!--", "&lt;b&gt;", "</title><script>window.owned=1</script>",
]  # fmt: skip


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with chromium(tmp_path_factory.mktemp("profile")) as made:
        yield made


@pytest.fixture
def sample(window: Window, tmp_path: Path) -> Window:
    path = tmp_path / "sample.html"
    path.write_text(html_page(sample_deck.sample()), "utf-8")
    window.size(1280, 860)
    window.media()
    window.open(path)
    return window


def linked_deck() -> Deck:
    """One page where equation, picture and code speak of the same things."""
    scene = Scene(
        (
            Line(((0, 0), (3, 0)), arrow=True, role="weight", ref="W0[1,0]"),
            Line(((0, 1), (3, 1)), arrow=True, role="weight", ref="W0[0,0]"),
            Label((1.5, 0.3), r"$\cgn{main.W0[1,0]}{0.5}$", plate=True),
            Arc((4, 0), (2, 0), 1.0, factor=1, at=2),
            Box((3.5, -0.5), (4.5, 0.5), 0.1, factor=2, at=3),
            Box((0, -1), (1, 0), role="region", until=1),
        ),
        about="Two weights. One of them is lit.",
    )
    rows = (
        typed(r"\cgr{v0}{v}",
            r"\cgat{2}{\cgf{1}{\cgr{W0[1,0]}{w_{1,0}}}} \cgat{3}{\times \cgf{2}{x}}"),
        typed(r"\mathbf{W}", r"\cgr{W0}{\mathbf{W}}", at=2),
    )  # fmt: skip
    code = Code("v0 = x @ W0\nreturn v0", refs=((0, "W0"), (1, "v0")))
    page = Page("links", "gradients", "Links", (Picture(scene), Math(rows), code), steps=3)
    after = Page("after", "text", "After", (Text("A word."),))
    return Deck("d", "en", "d", "", (page, after))


@pytest.fixture
def links(window: Window, tmp_path: Path) -> Window:
    path = tmp_path / "links.html"
    path.write_text(html_page(linked_deck()), "utf-8")
    window.size(1280, 1000)
    window.media()
    window.open(path)
    return window


def seen(window: Window, css: str) -> list[bool]:
    return window.js(
        "return [...document.querySelectorAll(arguments[0])]"
        ".map((e) => getComputedStyle(e).visibility !== 'hidden')", css
    )  # fmt: skip


def lit(window: Window) -> list[str]:
    return window.js(
        "return [...document.querySelectorAll('.cg-lit')].map((e) => "
        "(e.closest('svg') ? 'svg ' : e.closest('pre') ? 'code ' : 'math ') + "
        "(e.dataset.ref || e.dataset.factor || e.dataset.id || e.dataset.figure))"
    )


# -- steps ----------------------------------------------------------------------------------------


def test_keys_go_through_the_steps_and_on_to_the_next_page(links: Window) -> None:
    assert seen(links, "math .cg-at") == [False, False]
    assert seen(links, "svg [data-until]") == [True]
    links.keys(Keys.ARROW_RIGHT)
    assert seen(links, "math .cg-at") == [True, False]
    assert seen(links, "svg [data-at]") == [True, False]
    assert seen(links, "svg [data-until]") == [False]
    assert seen(links, "mtr[data-at]") == [True]
    links.keys(" ")
    assert seen(links, "math .cg-at") == [True, True]
    assert links.find(".count").text == "Step 3 of 3"
    links.keys(" ")
    assert links.find("section.current").get_attribute("id") == "p-after"
    links.keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert links.find("section.current").get_attribute("id") == "p-links"
    assert links.find(".count").text == "Step 2 of 3"


def test_buttons_and_show_everything(links: Window) -> None:
    links.find(".on").click()
    assert seen(links, "math .cg-at") == [True, False]
    assert links.find(".back").is_enabled()
    links.find(".back").click()
    assert seen(links, "math .cg-at") == [False, False]
    links.find("#all").click()
    assert links.find("#all").get_attribute("aria-pressed") == "true"
    assert all(seen(links, "[data-at]"))
    links.keys("a")
    assert links.find("#all").get_attribute("aria-pressed") == "false"


def test_a_finger_goes_to_the_next_step(links: Window) -> None:
    links.cdp("Emulation.setTouchEmulationEnabled", enabled=True)

    def swipe(start: int, end: int) -> None:
        for kind, x in (("touchStart", start), ("touchMove", end)):
            links.cdp("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": 120}])
        links.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    swipe(900, 500)
    assert links.find(".count").text == "Step 2 of 3"
    swipe(500, 900)
    assert links.find(".count").text == "Step 1 of 3"
    links.cdp("Emulation.setTouchEmulationEnabled", enabled=False)


def test_one_page_at_a_time(sample: Window) -> None:
    sample.keys("s")
    assert [p.is_displayed() for p in sample.all("section.page")].count(True) == 1
    sample.keys(Keys.PAGE_DOWN)
    assert sample.find("section.current h2").text == "Agenda"
    assert sample.find("section.current").is_displayed()
    sample.keys(Keys.END)
    assert sample.find("section.current h2").text == "Fill in"
    sample.keys(Keys.ESCAPE)
    assert all(p.is_displayed() for p in sample.all("section.page"))


def test_the_contents_lead_to_every_page(sample: Window) -> None:
    targets = [a.get_attribute("href") or "" for a in sample.all("nav a")]
    ids = [p.get_attribute("id") for p in sample.all("section.page")]
    assert [t.split("#")[1] for t in targets] == ids
    sample.all("nav a")[4].click()
    assert sample.find("nav a[aria-current]").get_attribute("href") == targets[4]


# -- links ----------------------------------------------------------------------------------------


def test_hovering_lights_the_same_in_equation_picture_and_code(links: Window) -> None:
    links.keys("a")
    links.hover(links.find("math [data-ref='W0[1,0]']"))
    assert set(lit(links)) == {"svg W0[1,0]", "svg main.W0[1,0]", "math W0[1,0]"}
    # the whole tensor in the code is near, not the same; its other entry is neither
    assert links.find("pre [data-ref='W0']").get_attribute("class") == "line cg-near"
    links.hover(links.find("pre [data-ref='W0']"))
    assert lit(links) == ["math W0", "code W0"]
    assert "cg-near" in (links.find("svg [data-ref='W0[0,0]']").get_attribute("class") or "")
    box = links.find("svg [data-factor='2']").rect  # a thin line is met from a little way off
    x, y = box["x"] - links.js("return scrollX"), box["y"] - links.js("return scrollY")
    links.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=x + 20, y=y - 4)
    assert lit(links) == ["svg 2", "math 2"]
    links.hover(links.find("h2"))
    assert lit(links) == []


def test_a_step_lights_what_it_brings(links: Window) -> None:
    links.keys(" ")
    assert "svg 1" in lit(links)
    assert "math 1" in lit(links)
    links.keys(" ")
    assert [x for x in lit(links) if x.endswith(("1", "2"))] == ["svg 2", "math 2"]


def test_symbols_are_reached_with_the_keyboard(links: Window) -> None:
    links.keys("a")
    stops = links.all("math [tabindex='0']")
    assert len(stops) == 1  # one stop of the Tab key for a block
    links.js("arguments[0].focus()", stops[0])
    assert lit(links) == ["math v0", "code v0"]
    links.keys(Keys.ARROW_DOWN)
    assert lit(links)[0].endswith("1")
    links.keys(Keys.ARROW_DOWN)
    assert "svg W0[1,0]" in lit(links)
    outline = links.js("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


# -- every window, every medium -------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_window_scrolls_sideways(sample: Window, width: int) -> None:
    sample.size(width, 740)
    sample.keys("a")
    wide = sample.js("return document.scrollingElement.scrollWidth")
    assert wide <= width
    if width < 800:  # the contents are closed and above
        assert sample.find("nav details").get_attribute("open") is None
    # what is wider than the page can be scrolled where it stands
    cut = sample.js(
        """return [...document.querySelectorAll('.blocks *')].filter((e) => {
          const r = e.getBoundingClientRect();
          return r.right > innerWidth + 1 && !e.closest('.scroll, .strip li');
        }).length"""
    )
    assert cut == 0


def test_print_is_complete_and_a_sheet_a_page(sample: Window, tmp_path: Path) -> None:
    path = tmp_path / "print.pdf"
    path.write_bytes(sample.pdf())
    program = shutil.which("pdftotext")
    assert program is not None, "apt-get install poppler-utils"
    run = subprocess.run([program, "-layout", path, "-"], capture_output=True, check=True)
    sheets = run.stdout.decode().split("\f")[:-1]
    assert "Appears with step four." in run.stdout.decode()
    titles = ["Agenda", "Six steps", "Gradient check", "Code beside equations", "Fill in"]
    for title in titles:
        assert sum(re.search(rf"(?m)^\s*{title}", s) is not None for s in sheets) == 1
    assert len(sheets) <= len(sample.all("section.page")) + 2  # two long lists go on overleaf


def test_dark_and_reduced_motion(sample: Window) -> None:
    sample.media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    assert sample.js(style, ".page", "backgroundColor") == "rgb(24, 24, 24)"
    assert sample.js(style, ".drawn", "backgroundColor") == "rgb(255, 255, 255)"
    assert sample.js(style, "pre .line", "transitionDuration") == "0s"
    sample.media(prefers_color_scheme="light")
    assert sample.js(style, ".page", "backgroundColor") == "rgb(255, 255, 255)"


def test_landmarks_names_and_texts_for_pictures(sample: Window) -> None:
    tree = sample.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = {n["role"]["value"] for n in tree if not n.get("ignored")}
    assert {"main", "navigation", "heading", "toolbar", "region"} <= roles
    unnamed = [
        n for n in tree
        if not n.get("ignored") and n["role"]["value"] in ("button", "link", "image", "textbox")
        and not n.get("name", {}).get("value")
    ]  # fmt: skip
    assert unnamed == []
    assert sample.js("return document.documentElement.lang") == "en"
    assert sample.js("return document.querySelector('svg > title').textContent") == "three units"
    signs = [s.get_attribute("aria-label") for s in sample.all(".panel .sign")]
    assert signs == ["Wrong", "Right"]


def test_text_has_contrast(sample: Window) -> None:
    """Every text colour on the page against its own background, light and dark."""
    script = (Path(__file__).parent / "contrast.js").read_text("utf-8")
    for scheme in ("light", "dark"):
        sample.media(prefers_color_scheme=scheme)
        assert sample.js(script) == []


def test_silence(sample: Window, links: Window) -> None:
    for open_page in (sample, links):
        open_page.keys(" ", " ", "a", "s", "s")
        assert open_page.complaints() == []
        assert open_page.requests() == []


# -- hostile texts --------------------------------------------------------------------------------


def test_nothing_of_a_text_acts(window: Window, tmp_path: Path) -> None:
    pages = []
    for k, bad in enumerate(HOSTILE):
        word = plain(bad)
        scene = Scene((Label((0, 0), word, ref=bad),), about=bad)
        blocks = (
            Text(word), Code(bad, language=bad, refs=((0, bad),)), Picture(scene),
            Math((typed(rf"\cgr{{{bad.replace('{', '').replace('}', '')}}}{{x}}", bad, note=word,
                      ref=bad),)),
        )  # fmt: skip
        pages.append(Page(f"{bad}{k}", "slide", word, blocks, subtitle=word, notes=(word,),
                          network=bad))  # fmt: skip
    word = plain(" ".join(HOSTILE))
    path = tmp_path / "hostile.html"
    deck = Deck("hostile", "en", word, word, tuple(pages))
    path.write_text(html_page(deck), "utf-8")
    window.media()
    window.open(path)
    window.keys(" ", "a")
    assert window.js("return window.owned ?? null") is None
    assert window.js("return document.scripts.length") == 1
    assert window.js("return document.querySelectorAll('img, iframe, object, embed').length") == 0
    handlers = window.js(
        "return [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes])"
        ".filter((a) => a.name.startsWith('on') || /^javascript:/i.test(a.value.trim()) && "
        "a.name === 'href').length"
    )
    assert handlers == 0
    assert len(window.all("section.page")) == len(HOSTILE)
    shown = window.js("return document.querySelectorAll('section.page p.plain')[1].textContent")
    assert shown == HOSTILE[1]
    assert window.complaints() == []
    assert window.requests() == []


def test_a_hostile_sample(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(html_page(sample_deck.hostile()), "utf-8")
    window.open(path)
    assert window.complaints() == []
    assert window.js("return document.scripts.length") == 1
