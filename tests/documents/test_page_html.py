"""The page as text: one file that asks for nothing, the lecturer's colours, strict formulas."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chalkgrad.codegen.deck.model import (
    Block,
    Bullets,
    Deck,
    Page,
    Panel,
    Picture,
    Table,
    Text,
    Theme,
)
from chalkgrad.codegen.documents.formulas import checked
from chalkgrad.codegen.documents.page.colours import theme_rules
from chalkgrad.codegen.documents.page.page import anchor, html_page
from chalkgrad.codegen.documents.page.rich import rich, words_of
from chalkgrad.codegen.documents.tex.colours import LEAST, readable
from chalkgrad.codegen.formula.style import contrast, palette
from chalkgrad.codegen.lecture.words import words
from chalkgrad.codegen.picture.scene.scene import Label, Scene
from chalkgrad.derive.language.errors import ChalkgradError
from tests.lecture import sample_deck

VOID = {"meta", "img", "input", "br", "hr", "link"}


class Balanced(HTMLParser):
    """Counts elements and tells of end tags that close nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [v for k, v in attrs if k == "id" and v]
        if re.fullmatch(r"h\d", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass  # <rect/> of a picture

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def one(page: Page, **more: object) -> str:
    return html_page(replace(Deck("d", "en", "Title", "", (page,)), **more))  # type: ignore[arg-type]


def test_the_file_is_balanced_and_its_ids_are_its_own() -> None:
    for deck in (sample_deck.sample(), sample_deck.sample(bar=True), sample_deck.hostile()):
        parser = Balanced()
        parser.feed(html_page(deck))
        assert parser.faults == []
        assert parser.open == []
        assert len(set(parser.ids)) == len(parser.ids)
        assert set(parser.levels) <= {2, 3}


def test_the_policy_names_the_only_script_and_the_only_style() -> None:
    made = html_page(sample_deck.sample())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', made)
    assert policy is not None
    said = policy[1].replace("&#39;", "'")
    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.S)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in said
    assert said.startswith("default-src 'none'")
    assert "unsafe" not in said
    assert made.index("Content-Security-Policy") < made.index("<style>")
    assert not re.search(
        r"\sstyle=|\son[a-z]+=", re.sub(r"<(script|style)>.*?</\1>", "", made, flags=re.S)
    )


def test_the_file_is_the_same_every_time_and_names_no_address() -> None:
    made = html_page(sample_deck.sample())
    assert made == html_page(sample_deck.sample())
    assert set(re.findall(r"https?://[\w./]+", made)) <= {
        "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/2000/svg",
    }  # fmt: skip
    assert not re.search(r"@import|url\(|<link|<iframe", made)
    assert "eval(" not in made
    assert "Function(" not in made
    assert "innerHTML" not in made


@pytest.mark.parametrize(
    "block",
    [
        Text(r"here: **$\mymacro{x}$**"),
        Panel("t", (Bullets((r"$\mymacro$",)),)), Table(("h",), ((r"$\mymacro$",),)),
        Picture(Scene((Label((0, 0), r"$\mymacro$"),))),
    ],
)  # fmt: skip
def test_a_formula_that_is_none_is_printed_in_no_document(block: Block) -> None:
    """The page is named; a lecturer's own slide was read when it was made."""
    page = Page("gradients-W", "gradients", "t", (block,))
    with pytest.raises(ChalkgradError, match=r"page gradients-W: .* does not know \\mymacro"):
        checked(replace(sample_deck.sample(), pages=(page,)))
    checked(replace(sample_deck.sample(), pages=(replace(page, item="slide"),)))
    assert r"\mymacro" in one(page)


def test_rich_text() -> None:
    assert rich("a **b `c<d`** *e* \\$5") == (
        "a <strong>b <code>c&lt;d</code></strong> <em>e</em> $5"
    )
    assert rich("<b>&\u2028") == "&lt;b&gt;&amp; "
    assert words_of("**Bold** and $x^2$") == "Bold and x^2"


def test_fragments_of_pages_are_plain_and_distinct() -> None:
    ids = ["gradients-W1", "a b", "a/b", "a.b", "ä", '"><script>', ""]
    made = [anchor(i) for i in ids]
    assert made[0] == "p-gradients-W1"
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"[\w.-]+", m, re.A) for m in made)


# -- colours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("background", ["#ffffff", "#181818", "#7b1c20", "#808080"])
@pytest.mark.parametrize("colour", ["#7b1c20", "#ffff00", "#ffffff", "#000000", "#56b4e9"])
def test_a_theme_is_made_readable(colour: str, background: str) -> None:
    assert contrast(readable(colour, background), background) >= LEAST


def test_factors_are_readable_on_light_and_dark() -> None:
    rules = theme_rules(Theme())
    found = re.findall(r"\.cg-f\d\{--stroke:(#\w+);--tint:(#\w+);--ink:(#\w+)\}", rules)
    assert len(found) == 2 * len(palette())
    for k, (_, tint, ink) in enumerate(found):
        paper = "#ffffff" if k < len(palette()) else "#181818"
        assert contrast(ink, tint) >= LEAST
        assert contrast(ink, paper) >= LEAST


def test_a_theme_of_its_own_has_no_dark_form() -> None:
    assert "prefers-color-scheme" in theme_rules(Theme())
    assert "prefers-color-scheme" not in theme_rules(Theme(background="#fffbe6"))


@pytest.mark.parametrize("bad", ["red", "#fff", "#12345g", "#000000;}*{x:y", "url(x)"])
def test_what_is_no_colour_is_refused(bad: str) -> None:
    with pytest.raises(ChalkgradError, match=r"theme\.main"):
        theme_rules(Theme(main=bad))


def test_a_logo_is_part_of_the_file(tmp_path: Path) -> None:
    page = Page("p", "title", "t", (), layout="title")
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG...")
    made = one(page, theme=Theme(logo=str(logo)))
    assert f"data:image/png;base64,{base64.b64encode(logo.read_bytes()).decode()}" in made
    assert str(tmp_path) not in made
    for bad in ("missing.png", "logo.exe"):
        with pytest.raises(ChalkgradError, match=r"theme\.logo"):
            one(page, theme=Theme(logo=str(tmp_path / bad)))


# -- words ----------------------------------------------------------------------------------------


def test_the_page_speaks_the_decks_language() -> None:
    page = Page("p", "agenda", "t", (Bullets(("a",)),), steps=2, notes=("n",))
    for code, shown in (("en", "Show everything"), ("pt", "Mostrar tudo")):
        made = one(page, language=code)
        assert shown in made
        assert ('lang="pt-BR"' in made) == (code == "pt")
    english, portuguese = words("en").table, words("pt").table
    ours = {k for k in english if k.startswith("page_")}
    assert ours == {k for k in portuguese if k.startswith("page_")}
    template = (Path(html_page.__code__.co_filename).parent / "page.html.j2").read_text()
    assert set(re.findall(r"words\.(page_\w+)", template)) <= ours
