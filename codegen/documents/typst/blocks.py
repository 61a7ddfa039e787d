"""The blocks of a page as Typst: calls of the functions of ``blocks.typ``."""

from __future__ import annotations

from collections.abc import Iterable
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
from ...formula.tree.nodes import Row as Formula
from ...formula.typst.printer import string, typst
from ...formula.typst.text import rich_typst
from ...layout.column_widths import fitted, pictures_on_top
from ...layout.extent import columns_cm, drawn, pieces, sized_table
from ..python_text import marked_code
from .drawings import Drawings

SIZES = {"normal": "cgnormal", "small": "cgsmall", "tiny": "cgtiny"}
_SIDES = {"l": "left", "c": "center", "r": "right"}


@dataclass(frozen=True)
class Setting:
    """Where blocks are set: the width and height (cm) they may take, the drawings of the document,
    whether step follows step, whether it is an article, and whether that has blanks."""

    wide: float
    high: float
    drawings: Drawings
    steps: bool = True
    article: bool = False
    blanks: bool = False


def blocks_typst(blocks: Iterable[Block], setting: Setting) -> list[str]:
    """An expression for each block that is seen."""
    made = [block_typst(b, setting) for b in blocks]
    return [m for m in made if m]


def stacked(blocks: Iterable[Block], setting: Setting) -> str:
    """Blocks one below the other, in something else."""
    return f"cgstack(now, {', '.join(blocks_typst(blocks, setting))})"


def block_typst(block: Block, setting: Setting) -> str:
    """One block; from its step on where it has one."""
    made = _bare(block, setting)
    later = made and setting.steps and block.at > 1
    return f"cgblock(now, {block.at}, {made})" if later else made


def _bare(block: Block, setting: Setting) -> str:
    match block:
        case Text():
            return f"cgparagraph({string(block.kind)}, {content(block.text)})"
        case Bullets():
            items = ", ".join(map(content, block.items))
            return f"cgbullets({_bool(block.numbered)}, {items})"
        case Math():
            return math(block, setting)
        case Picture():
            return picture(block, setting)
        case Table():
            return table(block, setting)
        case Code():
            return code(block)
        case Strip():
            cells = ", ".join(f"${formula(c)}$" for c in block.cells)
            return f"cgstrip({block.current}, {cells})"
        case Panel():
            inside = replace(setting, wide=setting.wide - 0.5)
            body = stacked(block.blocks, inside)
            return f"cgpanel({string(block.kind)}, {optional(block.title)}, {body})"
        case Columns():
            return columns(block, setting)
        case Blank():
            if setting.article and not setting.blanks:
                return ""
            return f"cgarea(now, {block.height * setting.high:.3f}cm, {_bool(block.lines)})"


def content(rich: str) -> str:
    return f"[{rich_typst(rich)}]"


def optional(rich: str) -> str:
    return content(rich) if rich else "none"


def formula(printed: Formula, *, display: bool = False) -> str:
    """A formula of a block."""
    return typst(spaced(printed), display=display)


def _bool(value: bool) -> str:
    return "true" if value else "false"


def math(block: Math, setting: Setting) -> str:
    rows = "".join(f",\n  {_row(r, setting)}" for r in block.rows)
    return f"cgmath(now, {SIZES[block.size]}{rows})"


def _row(row: Row, setting: Setting) -> str:
    parts = pieces(row.right, setting.wide)
    right = "".join(f"${formula(p, display=True)}$," for p in parts)
    relation = f'$""{typst(row.relation, display=True)}""$' if row.relation else "$$"
    fields = [
        str(row.at if setting.steps else 1), f"${formula(row.left, display=True)}$", relation,
        f"({right})", content(row.note), str(row.number), _bool(row.blank),
    ]  # fmt: skip
    return f"cgrow({', '.join(fields)})"


def picture(block: Picture, setting: Setting) -> str:
    scene, scale = drawn(block, setting.wide, setting.high)
    low, high = scene.frame()
    wide, tall = ((high[k] - low[k]) * scale for k in (0, 1))
    layers = setting.drawings.layers(scene, steps=setting.steps)
    return f"cgpicture(now, {wide:.3f}cm, {tall:.3f}cm, {string(block.scene.about)}{layers})"


def table(block: Table, setting: Setting) -> str:
    block = sized_table(block, setting.wide)
    widths = columns_cm(block, setting.wide)
    columns = "".join(f"{w:.3f}cm + 12pt, " if w else "auto, " for w in widths)
    sides = "".join(f"{_SIDES.get(a, 'left')}, " for a in block.align or "l" * len(widths))
    head = [f"{content(c)}" for c in block.head] if any(block.head) else []
    cells = [_cell(c, strong=k in block.strong) for k, r in enumerate(block.rows) for c in r]
    fields = [
        SIZES[block.size], f"({columns})", f"({sides})", _bool(bool(head)),
        optional(block.caption), *head, *cells,
    ]  # fmt: skip
    return f"cgtable({', '.join(fields)})"


def _cell(cell: str, *, strong: bool) -> str:
    return f"cgstrong({content(cell)})" if strong else content(cell)


def code(block: Code) -> str:
    marks = marked_code(block.text) if block.language == "python" else {}
    lines = []
    for k, line in enumerate(block.text.expandtabs(4).split("\n")):
        indent = len(line) - len(line.lstrip(" "))
        words = _code_line(line, indent, marks.get(k, []))
        lines.append(f"cgline({indent}, {_bool(k in block.strong)}, {words})")
    return f"cgcode({SIZES[block.size]}, {', '.join(lines)})"


def _code_line(line: str, start: int, marks: list[tuple[int, int, str]]) -> str:
    made, at = [], start
    for low, high, macro in marks:
        if low >= at:
            made += [string(line[at:low]), f"{macro}({string(line[low:high])})"]
            at = high
    return " + ".join([*made, string(line[at:])])


def columns(block: Columns, setting: Setting) -> str:
    # lists and tables begin at one height; a picture or a single line stands in the middle
    middle = any(
        isinstance(b, Picture) or (isinstance(b, Math) and len(b.rows) == 1)
        for _, inside in block.columns
        for b in inside
    )
    side = "horizon" if middle and not pictures_on_top(block) else "top"
    made = [
        f"({wide / setting.wide:.4f}, {stacked(inside, replace(setting, wide=wide))})"
        for wide, inside in fitted(block, setting.wide)
    ]
    return f"cgcolumns({side}, {', '.join(made)})"
