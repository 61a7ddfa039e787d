"""Blocks of a page as HTML. Sizes become classes, for the page allows no style of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...deck.model import (
    Blank,
    Block,
    Bullets,
    Code,
    Columns,
    Math,
    Panel,
    Picture,
    Strip,
    Table,
    Text,
)
from ...formula.mathml.elements import escape
from ...formula.mathml.printer import mathml_of
from ...formula.rich import words_of
from ...layout.column_widths import pictures_on_top
from ...lecture.words import Words
from ...picture.printers.svg import svg
from .rich import lines, rich

AREA = 14.4  # cm of a slide that blocks may fill: a picture's natural size refers to it
LEAST = 33  # px per cm; below that a picture scrolls sideways instead of shrinking
_SIGNS = {"wrong": "✗", "right": "✓"}
_ALIGN = {"l": "left", "c": "centre", "r": "right"}


class Blocks:
    """Prints the blocks of one page. ``rules`` collects the CSS that their sizes need."""

    def __init__(self, words: Words, rules: dict[str, str]) -> None:
        self.words, self.rules = words, rules
        self.share = 1.0  # of the page's width, what the column at hand has
        self.printers: dict[type, Callable[[Any], str]] = {
            Text: self.text, Bullets: self.bullets, Math: self.math, Picture: self.picture,
            Table: self.table, Code: self.code, Strip: self.strip, Panel: self.panel,
            Columns: self.columns, Blank: self.blank,
        }  # fmt: skip

    def block(self, b: Block) -> str:
        return self.printers[type(b)](b)

    def all(self, blocks: tuple[Block, ...]) -> str:
        return "\n".join(self.block(b) for b in blocks)

    def sized(self, prefix: str, value: float, rule: str) -> str:
        """The class of a size; its rule is remembered."""
        name = f"{prefix}{round(value * 100) if value < 20 else round(value)}"
        self.rules[f".{name}"] = rule
        return name

    def sign(self, mark: str, word: str) -> str:
        said = escape(self.words(word))
        return f'<span class="sign" role="img" aria-label="{said}">{mark}</span> '

    # -- one block -----------------------------------------------------------------------------

    def text(self, b: Text) -> str:
        if b.kind == "quote":
            return f"<blockquote{_at(b.at)}><p>{rich(b.text)}</p></blockquote>"
        sign = self.sign("!", "page_warning") if b.kind == "warning" else ""
        return f'<p class="{escape(b.kind)}"{_at(b.at)}>{sign}{rich(b.text)}</p>'

    def bullets(self, b: Bullets) -> str:
        tag = "ol" if b.numbered else "ul"
        items = "".join(f"<li>{rich(i)}</li>" for i in b.items)
        return f"<{tag}{_at(b.at)}>{items}</{tag}>"

    def math(self, b: Math) -> str:
        made = lines(b.rows, at=b.at)
        return f'<div class="math {escape(b.size)} scroll"{_at(b.at)}>{made}</div>'

    def picture(self, b: Picture) -> str:
        (x0, _), (x1, _) = b.scene.frame()
        wide = max(x1 - x0, 0.1)
        part = min(b.width, b.zoom * wide / (AREA * self.share))
        size = self.sized("w", part, f"width:{part * 100:.4g}%")
        least = min(round(wide * b.zoom * LEAST), 1400)
        low = self.sized("least", least, f"min-width:{least}px")
        drawn = svg(b.scene, standalone=False)
        return (
            f'<figure class="picture scroll"{_at(b.at)}>'
            f'<div class="drawn {size} {low}">{drawn}</div></figure>'
        )

    def table(self, b: Table) -> str:
        align = [f' class="{_ALIGN.get(c, "left")}"' for c in b.align] + [""] * 99

        def cells(tag: str, row: tuple[str, ...], scope: str = "") -> str:
            made = zip(row, align, strict=False)
            return "".join(f"<{tag}{scope}{a}>{rich(c)}</{tag}>" for c, a in made)

        head = cells("th", b.head, ' scope="col"')
        body = ""
        for k, r in enumerate(b.rows):
            strong = ' class="strong"' if k in b.strong else ""
            body += f"<tr{strong}>{cells('td', r)}</tr>"
        caption = f"<caption>{rich(b.caption)}</caption>" if b.caption else ""
        top = f"<thead><tr>{head}</tr></thead>" if b.head else ""
        return (
            f'<div class="scroll"{_at(b.at)}><table class="{escape(b.size)}">{caption}{top}'
            f"<tbody>{body}</tbody></table></div>"
        )

    def code(self, b: Code) -> str:
        refs = dict(b.refs)
        made = []
        for k, line in enumerate(b.text.rstrip("\n").split("\n")):
            kind = "line strong" if k in b.strong else "line"
            ref = f' data-ref="{escape(refs[k])}"' if k in refs else ""
            made.append(f'<span class="{kind}"{ref}>{escape(line)}\n</span>')
        label = escape(self.words("page_code", language=b.language))
        return (
            f'<pre class="code {escape(b.size)} scroll" role="region" aria-label="{label}"'
            f"{_at(b.at)}><code>{''.join(made)}</code></pre>"
        )

    def strip(self, b: Strip) -> str:
        made = []
        for k, cell in enumerate(b.cells):
            here = ' class="current" aria-current="true"' if k == b.current else ""
            made.append(f"<li{here}>{mathml_of(cell, tall=True)}</li>")
        return f'<ul class="strip"{_at(b.at)}>{"".join(made)}</ul>'

    def panel(self, b: Panel) -> str:
        mark = _SIGNS.get(b.kind)
        sign = self.sign(mark, f"page_{b.kind}") if mark else ""
        head = f"<h3>{sign}{rich(b.title)}</h3>" if b.title or sign else ""
        label = escape(words_of(b.title)) or escape(self.words("page_panel"))
        return (
            f'<div class="panel {escape(b.kind)}" role="group" aria-label="{label}"{_at(b.at)}>'
            f"{head}{self.all(b.blocks)}</div>"
        )

    def columns(self, b: Columns) -> str:
        parts = [max(p, 0.01) for p, _ in b.columns]
        total = sum(parts)
        shares = [round(p / total * 100) for p in parts]
        name = "cols-" + "-".join(map(str, shares))
        tracks = " ".join(f"minmax(0,{s}fr)" for s in shares)
        self.rules[f".{name}"] = f"grid-template-columns:{tracks}"
        made, outer = "", self.share
        for part, (_, blocks) in zip(parts, b.columns, strict=True):
            self.share = outer * part / total
            made += f'<div class="column">{self.all(blocks)}</div>'
        self.share = outer
        top = " top" if pictures_on_top(b) else ""
        return f'<div class="columns {name}{top}"{_at(b.at)}>{made}</div>'

    def blank(self, b: Blank) -> str:
        size = self.sized("h", b.height, f"height:{b.height * 30:.4g}rem")
        ruled = " ruled" if b.lines else ""
        said = escape(self.words("page_blank"))
        return f'<div class="blank {size}{ruled}" role="img" aria-label="{said}"{_at(b.at)}></div>'


def _at(step: int) -> str:
    return f' data-at="{int(step)}"' if step > 1 else ""
