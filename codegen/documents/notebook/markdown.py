"""Pages as the Markdown of a notebook: only what KaTeX and MathJax share, pictures as data.

``$$\\begin{aligned} … \\end{aligned}$$`` is a display. Every text is escaped: neither Markdown nor
HTML of it acts.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence

from ...deck.model import (
    Blank,
    Block,
    Bullets,
    Code,
    Columns,
    Math,
    Page,
    Panel,
    Picture,
    Row,
    Strip,
    Table,
    Text,
)
from ...formula.rich import Rich, pieces
from ...formula.tree.reader import formula, is_formula, shown
from ...picture.printers.svg import svg
from .katex import math

_TEXT = re.compile(r"[\\`*_{}\[\]|$~!]|\A[#>+=-]|(?<=\A\d)[.)]|(?<=\A\d\d)[.)]")
_HTML = {"&": "&amp;", "<": "&lt;"}
Draw = Callable[[Picture], str]
_SIGNS = {"wrong": "✗ ", "right": "✓ "}


def page_markdown(page: Page) -> str:
    """The page: its title as a heading of the second level, then its blocks."""
    head = "#" if page.layout in ("title", "section") else "##"
    parts = [f"{head} {rich(page.title)}"] if page.title else []
    if page.subtitle:
        parts.append(f"*{rich(page.subtitle, inside=True)}*")
    return "\n\n".join([*parts, *blocks_markdown(page.blocks, picture)])


def rich(text: Rich, *, inside: bool = False, cell: bool = False) -> str:
    """Rich text as Markdown; ``inside`` of a mark, or in a ``cell`` of a table."""
    made = []
    for piece in pieces(text):
        if piece.kind == "math":
            made.append(_inline(piece.text, cell))
        elif piece.kind == "code":
            made.append(_code(piece.text))
        elif piece.kind in ("bold", "italic"):
            mark = "" if inside else "**" if piece.kind == "bold" else "*"
            made.append(f"{mark}{rich(piece.text, inside=True, cell=cell)}{mark}")
        else:
            made.append(plain(piece.text))
    return "".join(made)


def plain(text: str) -> str:
    """Text none of whose characters acts, on one line."""
    safe = "".join(
        _HTML.get(c, c) for c in _TEXT.sub(lambda m: "\\" + m[0], " ".join(text.split()))
    )
    lead, tail = text[:1].isspace(), text[-1:].isspace()
    return (" " if lead else "") + safe + (" " if tail and safe else "")


def _fence(text: str, least: int = 1) -> str:
    """More backticks than stand anywhere in a row."""
    return "`" * max([least, *(1 + len(m) for m in re.findall("`+", text))])


def _code(text: str) -> str:
    return f"{_fence(text)}{text}{_fence(text)}"


def _inline(latex: str, cell: bool) -> str:
    if not is_formula(latex):
        return _code(latex.replace("|", "¦") if cell else latex)
    return f"${math(formula(latex), cell=cell)}$"


# -- mathematics -------------------------------------------------------------------------------


def _display(rows: Sequence[Row]) -> str:
    lines = []
    for r in rows:
        note = rf" \quad {_note(r.note)}" if r.note else ""
        tag = rf" \qquad ({r.number})" if r.number else ""
        sign = "" if r.relation is None else math(r.relation)
        lines.append(f"{math(r.left)} &{sign} {math(r.right)}{note}{tag}")
    body = " \\\\\n".join(lines)
    return "$$\\begin{aligned}\n" + body + "\n\\end{aligned}$$"


def _note(note: Rich) -> str:
    """A remark behind a line: its words as text, its formulas between them."""
    made = []
    for piece in pieces(note):
        if piece.kind == "math":
            made.append(math(shown(piece.text)))
        else:
            words = re.sub(r"[^\w\s.,:;()=+/'’–-]", " ", piece.text)
            made.append(rf"\text{{{words.replace('_', ' ')}}}")
    return "".join(made)


# -- blocks ------------------------------------------------------------------------------------


def blocks_markdown(blocks: Iterable[Block], draw: Draw) -> list[str]:
    """What is seen of blocks; ``draw`` makes the Markdown of a picture."""
    return [made for block in blocks for made in [_block(block, draw)] if made]


def _block(block: Block, draw: Draw) -> str:
    match block:
        case Text():
            return _text(block)
        case Bullets():
            signs = [f"{k}." if block.numbered else "-" for k in range(1, len(block.items) + 1)]
            return "\n".join(f"{s} {rich(i)}" for s, i in zip(signs, block.items, strict=True))
        case Math():
            return _display(block.rows)
        case Picture():
            return draw(block)
        case Table():
            return _table(block)
        case Code():
            fence = _fence(block.text, 3)
            language = block.language if re.fullmatch(r"[a-z0-9_+-]*", block.language) else ""
            return f"{fence}{language}\n{block.text}\n{fence}"
        case Strip():
            return _strip(block)
        case Panel():
            title = f"**{_SIGNS.get(block.kind, '')}{rich(block.title, inside=True)}**"
            inner = "\n\n".join([title, *blocks_markdown(block.blocks, draw)])
            return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
        case Columns():
            every = (made for _, inside in block.columns for made in blocks_markdown(inside, draw))
            return "\n\n".join(every)
        case Blank():
            return "&nbsp;"


def _text(block: Text) -> str:
    made = rich(block.text)
    if block.kind == "quote":
        return f"> {made}"
    return f"**⚠** {made}" if block.kind == "warning" else made


def _strip(block: Strip) -> str:
    cells = [math(c) for c in block.cells]
    if 0 <= block.current < len(cells):
        cells[block.current] = rf"\boxed{{{cells[block.current]}}}"
    return "$$" + r" \qquad ".join(cells) + "$$" if cells else ""


def _table(block: Table) -> str:
    width = max([len(block.head), *(len(r) for r in block.rows)])
    align = (block.align + "l" * width)[:width]
    marks = [{"c": ":-:", "r": "--:"}.get(a, ":--") for a in align]
    lines = [_cells(block.head, width, strong=False), "| " + " | ".join(marks) + " |"]
    lines += [_cells(r, width, strong=k in block.strong) for k, r in enumerate(block.rows)]
    caption = f"\n\n*{rich(block.caption, inside=True)}*" if block.caption else ""
    return "\n".join(lines) + caption


def _cells(cells: Sequence[Rich], width: int, *, strong: bool) -> str:
    made = [rich(c, cell=True, inside=strong) for c in cells] + [""] * (width - len(cells))
    shown = [f"**{c}**" if strong and c and not c.startswith("$") else c for c in made]
    return "| " + " | ".join(shown) + " |"


def picture(block: Picture) -> str:
    """The last step of a scene as an image whose data is in the notebook."""
    data = base64.b64encode(svg(block.scene, standalone=True).encode()).decode()
    return f'<img alt="{about(block)}" src="data:image/svg+xml;base64,{data}">'


def about(block: Picture) -> str:
    """What a picture shows, in words that mean nothing to Markdown."""
    return " ".join(re.sub(r"[^\w\s.,:;()=+/-]", " ", block.scene.about).split())
