"""The blocks of a page as LaTeX. Slides and article use the same; a `Setting` says where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...deck.model import (
    Blank,
    Block,
    Bullets,
    Code,
    Columns,
    Math,
    Panel,
    Picture,
    Row,
    Strip,
    Table,
    Text,
)
from ...formula.line_breaks import spaced
from ...formula.tex_printer import tex
from ...formula.tex_text import code_tex, rich_tex
from ...formula.tree.nodes import Row as Formula
from ...layout.column_widths import fitted, pictures_on_top
from ...layout.extent import columns_cm, drawn, pieces, sized_table
from ...lecture.own.markdown import RAW
from ...picture.printers.tikz import tikz
from ..python_text import marked_code
from .layers import Layers

SIZES = {"normal": r"\normalsize", "small": r"\small", "tiny": r"\footnotesize"}
LONG = 20  # rows: a longer table of an article goes on overleaf
_SIGNS = {"wrong": r"$\boldsymbol{\times}$\enskip ", "right": r"$\checkmark$\enskip "}
_COLOURS = {"wrong": "cgWrong", "right": "cgRight", "aside": "cgGrey"}


@dataclass(frozen=True)
class Setting:
    """Where blocks are set: the width and height (cm) they may take, whether step follows step,
    and whether displays may be broken over pages (an article). With ``layers`` the parts of a
    picture are set once in the document (slides)."""

    wide: float
    high: float
    steps: bool = True
    article: bool = False
    blanks: bool = False
    layers: Layers | None = None


def blocks_tex(blocks: Iterable[Block], setting: Setting) -> str:
    """The blocks one below the other."""
    made = [block_tex(b, setting) for b in blocks]
    return "\n\\cggap\n".join(m for m in made if m)


def block_tex(block: Block, setting: Setting) -> str:
    """One block; from its step on where it has one."""
    made = _bare(block, setting)
    if setting.article:
        return made
    return f"\\cgblock{{{block.at if setting.steps else 1}}}{{%\n{made}\n}}%"


def _bare(block: Block, setting: Setting) -> str:
    match block:
        case Text():
            return text(block)
        case Bullets():
            return bullets(block)
        case Math():
            return math(block, setting)
        case Picture():
            return picture(block, setting)
        case Table():
            return table(block, setting)
        case Code():
            return code(block)
        case Strip():
            return strip(block)
        case Panel():
            return panel(block, setting)
        case Columns():
            return columns(block, setting)
        case Blank():
            if setting.article and not setting.blanks:
                return ""
            size = f"{block.height * setting.high:.3f}cm"
            return f"\\cgempty{{{size}}}{{{int(block.lines)}}}%"


def text(block: Text) -> str:
    body = rich_tex(block.text)
    if block.kind == "warning":
        return f"\\cgtext{{\\cgwarningsign}}{{\\color{{cgWrong}}\\bfseries\\boldmath {body}}}%"
    style = {"small": r"\footnotesize\color{cgGrey}", "quote": r"\itshape"}.get(block.kind, "")
    left = r"\hskip1.5em\relax" if block.kind == "quote" else ""
    return f"\\cgtext{{{left}}}{{{style} {body}}}%"


def bullets(block: Bullets) -> str:
    made = []
    for k, item in enumerate(block.items, 1):
        sign = f"\\cgnumberitem{{{k}}}" if block.numbered else r"\cgitem"
        made.append(f"{sign}{{{rich_tex(item)}}}%")
    return "\n".join(made)


# -- mathematics -------------------------------------------------------------------------------


def math(block: Math, setting: Setting) -> str:
    rows = "\n".join(_row(r, setting) for r in block.rows)
    return f"\\cgmath{{{SIZES.get(block.size, SIZES['normal'])}}}{{%\n{rows}\n}}%"


def _row(row: Row, setting: Setting) -> str:
    left, sign = tex(spaced(row.left)), "" if row.relation is None else tex(row.relation)
    at = row.at if setting.steps else 1
    fields = [
        str(at), left, sign, row_pieces(row.right, setting.wide),
        rich_tex(row.note), str(row.number), str(int(row.blank)),
    ]  # fmt: skip
    return "\\cgrow" + "".join(f"{{{f}}}" for f in fields) + "%"


def row_pieces(right: Formula, wide: float) -> str:
    """The right side of a row as pieces that may stand on lines of their own."""
    return "".join(f"\\cgp{{{tex(p)}}}" for p in pieces(right, wide))


# -- pictures ----------------------------------------------------------------------------------


def picture(block: Picture, setting: Setting) -> str:
    scene, scale = drawn(block, setting.wide, setting.high)
    if setting.layers is not None:
        made = setting.layers.shown(scene, steps=setting.steps, scale=scale)
    else:
        made = tikz(scene, reveal=False, scale=scale)
    return f"\\cgpicture{{%\n{made}\n}}%"


# -- tables ------------------------------------------------------------------------------------


def table(block: Table, setting: Setting) -> str:
    block = sized_table(block, setting.wide)
    widths = columns_cm(block, setting.wide)
    align = block.align or "l" * len(widths)
    spec = "".join(_column(a, w) for a, w in zip(align, widths, strict=False))
    head = _cells(block.head, strong=False) + "\\\\\\midrule\n" if any(block.head) else ""
    lines = [_cells(r, strong=k in block.strong) + r"\\" for k, r in enumerate(block.rows)]
    body = "\n".join(lines)
    size = SIZES.get(block.size, SIZES["normal"])
    if setting.article and len(block.rows) > LONG:
        made = f"\\cglongtable{{{size}}}{{{spec}}}{{%\n{head}}}{{%\n{body}\n}}%"
    else:
        made = (
            f"\\cgtable{{{size}}}{{\\begin{{tabular}}{{{spec}}}\\toprule\n{head}{body}\n"
            f"\\bottomrule\\end{{tabular}}}}%"
        )
    return f"{made}\n\\cgcaption{{{rich_tex(block.caption)}}}%" if block.caption else made


def _column(align: str, wide: float) -> str:
    if wide:
        side = {"c": r"\centering", "r": r"\raggedleft"}.get(align, r"\raggedright")
        return f">{{{side}\\arraybackslash}}p{{{wide:.3f}cm}}"
    return align if align in "lcr" else "l"


def _cells(cells: Sequence[str], *, strong: bool) -> str:
    made = [rich_tex(c) for c in cells]
    return " & ".join(f"\\cgstrong{{{c}}}" if strong else c for c in made)


# -- program text ------------------------------------------------------------------------------


def code(block: Code) -> str:
    if block.language == RAW:  # of a slide that --trust admitted
        return block.text
    size = SIZES.get(block.size, SIZES["small"])
    lines = []
    marks = marked_code(block.text) if block.language == "python" else {}
    for k, line in enumerate(block.text.expandtabs(4).split("\n")):
        indent = len(line) - len(line.lstrip(" "))
        macro = r"\cgls" if k in block.strong else r"\cgl"
        lines.append(f"{macro}{{{indent}}}{{{_code_line(line, indent, marks.get(k, []))}}}%")
    body = "\n".join(lines)
    return f"\\cgcode{{{size}}}{{%\n{body}\n}}%"


def _code_line(line: str, start: int, marks: list[tuple[int, int, str]]) -> str:
    made, at = [], start
    for low, high, macro in marks:
        if low >= at:
            made += [_spaced_code(line[at:low]), f"\\{macro}{{{_spaced_code(line[low:high])}}}"]
            at = high
    return "".join([*made, _spaced_code(line[at:])])


def _spaced_code(text: str) -> str:
    return r"\cgs ".join(code_tex(part) for part in text.split(" "))


# -- the others --------------------------------------------------------------------------------


def strip(block: Strip) -> str:
    cells = [
        f"\\{'cgcurrent' if k == block.current else 'cgcell'}{{{tex(spaced(c))}}}%"
        for k, c in enumerate(block.cells)
    ]
    return "\\cgstrip{%\n" + "\n".join(cells) + "\n}%"


def panel(block: Panel, setting: Setting) -> str:
    title = _SIGNS.get(block.kind, "") + rich_tex(block.title)
    inside = replace(setting, wide=setting.wide - 0.5)
    body = blocks_tex(block.blocks, inside)
    return f"\\cgpanel{{{_COLOURS.get(block.kind, 'cgMain')}}}{{{title}}}{{%\n{body}\n}}%"


def columns(block: Columns, setting: Setting) -> str:
    made = []
    # lists and tables begin at one height; a picture or a single line stands in the middle
    middle = any(
        isinstance(b, Picture) or (isinstance(b, Math) and len(b.rows) == 1)
        for _, inside in block.columns
        for b in inside
    )
    name = "cgcolumn" if middle and not pictures_on_top(block) else "cgtopcolumn"
    for wide, inside in fitted(block, setting.wide):
        body = blocks_tex(inside, replace(setting, wide=wide))
        made.append(f"\\{name}{{{wide / setting.wide:.4f}}}{{%\n{body}\n}}%")
    return "\\cgcolumns{%\n" + "\n".join(made) + "\n}%"
