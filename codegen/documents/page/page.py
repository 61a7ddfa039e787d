"""A lecture as one HTML file that needs nothing else: no network, no library, no font.

Mathematics is MathML, pictures are SVG, two short scripts step through the pages and work out
changed numbers. A content security policy lets nothing run or load but what this module put in.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from markupsafe import Markup

from ....derive.language.errors import ChalkgradError
from ...deck.model import Deck, Page, Theme
from ...formula.rich import words_of
from ...lecture.words import Words, words
from ...templates import html
from .blocks import Blocks
from .board import BoardData, script_data
from .colours import theme_rules
from .panel import panel
from .rich import rich

_FOLDER = Path(__file__).parent
_ID = re.compile(r"data-(?:id|figure)=[\"']([^\"']+)[\"']")
_LOGOS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
_SCRIPTS = ("page_board.js", "page_numbers.js", "page.js")
_LARGEST_LOGO = 2_000_000


def html_page(deck: Deck, *, boards: Sequence[BoardData] = ()) -> str:
    """The whole deck as one file. ``boards``: the numbers a reader may change, per network.

    Raises ChalkgradError for a colour or logo that is none.
    """
    said = words(deck.language)
    rules: dict[str, str] = {}
    pages = [_page(p, k, deck, said, rules) for k, p in enumerate(deck.pages, start=1)]
    shown = {i for p in pages for i in _ID.findall(str(p["body"]))}
    boards = _boards(boards, shown, deck)
    sizes = "".join(f"{k}{{{v}}}\n" for k, v in sorted(rules.items()))
    style = theme_rules(deck.theme) + sizes + _read("page.css")
    script = "".join(map(_read, _SCRIPTS))
    return (
        html(_FOLDER)
        .get_template("page.html.j2")
        .render(
            language={"pt": "pt-BR"}.get(deck.language, deck.language),
            title=Markup(rich(deck.title)),
            window=words_of(deck.title),
            author=Markup(rich(deck.author)),
            footer=Markup(rich(deck.theme.footer)),
            logo=_logo(deck.theme),
            bar=deck.theme.bar,
            policy=_policy(style, script),
            style=Markup(style),
            script=Markup(script),
            pages=pages,
            panel=Markup(panel(boards, said)) if boards else "",
            data=Markup(script_data(boards)),
            words=said.table,
        )
    )


def _boards(given: Sequence[BoardData], shown: set[str], deck: Deck) -> list[BoardData]:
    """The boards of which a number is shown, with the relations that the deck certifies."""
    certified = sorted({f.id for p in deck.pages for f in p.figures if f.relation})
    made = []
    for b in given:
        inputs = {i.id for i in b.inputs()}
        small = b.only(shown)
        if small.nodes or inputs & shown:
            own = tuple(i for i in certified if i.startswith(f"{b.key}."))
            made.append(replace(small, relations=own))
    return made


def _page(
    p: Page, number: int, deck: Deck, said: Words, rules: dict[str, str]
) -> dict[str, object]:
    title = p.title or (deck.title if p.layout == "title" else "")
    blocks = Blocks(said, rules)
    twin = sum(q.title == p.title for q in deck.pages) > 1
    return {
        "twin": twin,
        "number": number,
        "id": anchor(p.id),
        "title": Markup(rich(title)),
        "subtitle": Markup(rich(p.subtitle)),
        "body": Markup(blocks.all(p.blocks)),
        "steps": max(p.steps, 1),
        "notes": [Markup(rich(n)) for n in p.notes],
        "network": p.network,
        "mistake": p.mistake,
        "layout": p.layout if p.layout in ("title", "section", "board") else "content",
    }


def anchor(page_id: str) -> str:
    """The fragment of a page: its id, with what a fragment does not take written out."""
    return "p-" + re.sub(r"[^A-Za-z0-9_-]", lambda m: f".{ord(m[0]):x}", page_id)


def _policy(style: str, script: str) -> str:
    """Nothing loads from anywhere; of scripts and styles only these two, by their hashes."""

    def hashed(text: str) -> str:
        made = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return f"'sha256-{made}'"

    return (
        f"default-src 'none'; script-src {hashed(script)}; style-src {hashed(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _logo(theme: Theme) -> str:
    """The logo as a data address. Raises ChalkgradError where it cannot be read."""
    if not theme.logo:
        return ""
    path = Path(theme.logo)
    kind = _LOGOS.get(path.suffix.lower())
    if kind is None:
        raise ChalkgradError(
            f"the page takes no '{path.suffix}' as a logo", where="theme.logo",
            hint="a file " + ", ".join(_LOGOS),
        )  # fmt: skip
    try:
        raw = path.read_bytes()
    except OSError:
        raise ChalkgradError(f"there is no file '{path.name}'", where="theme.logo") from None
    if len(raw) > _LARGEST_LOGO:
        raise ChalkgradError("the logo is larger than 2 MB", where="theme.logo")
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
