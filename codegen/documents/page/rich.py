"""Rich text and rows of formulas as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...deck.model import Row
from ...formula.mathml.elements import Element, element, escape, token
from ...formula.mathml.printer import formula, mathml
from ...formula.rich import Piece, Rich, pieces, words_of
from ...formula.tree.reader import shown
from ...formula.tree.write import row

_TAGS = {"bold": "strong", "italic": "em"}
_NOTE = 30  # letters in a line of a remark
_WORD = re.compile(r"\s*\S+\s*|\s+")
_DEEPEST = 6  # bold in italic in bold …


def rich(text: Rich, *, _depth: int = 0) -> str:
    """Rich text as HTML; whatever it holds, only our own elements come out."""
    made: list[str] = []
    for piece in pieces(text):
        if piece.kind == "math":
            made.append(mathml(piece.text))
        elif piece.kind == "code":
            made.append(f"<code>{escape(piece.text)}</code>")
        elif piece.kind in _TAGS and _depth < _DEEPEST:
            tag = _TAGS[piece.kind]
            inside = rich(piece.text, _depth=_depth + 1)
            made.append(f"<{tag}>{inside}</{tag}>")
        else:
            made.append(escape(piece.text))
    return "".join(made)


def lines(rows: Sequence[Row], *, at: int = 1) -> str:
    """Displayed lines, aligned at their relations, as one table of MathML. A relation beside a
    long formula stays with its right side; notes are text of the page."""
    notes = any(r.note for r in rows)
    numbers = any(r.number for r in rows)
    made = [_line(r, notes, numbers, at) for r in rows]
    table = Element("mtable", made, attributes={"class": "cg-rows", "displaystyle": "true"})
    return element("math", table, display="block").xml()


def _line(r: Row, notes: bool, numbers: bool, at: int) -> Element:
    relation = [formula(row(r.relation))] if r.relation else []
    cells = [
        _cell("cg-r", formula(r.left) if r.left.items else Element("mrow")),
        _cell("cg-rel", *relation),
        _cell("cg-l cg-blank" if r.blank else "cg-l", formula(r.right)),
    ]
    if notes:
        cells.append(_cell("cg-note", *_note(r.note)))
    if numbers:
        shown = [token("mtext", f"({r.number})")] if r.number else []
        cells.append(_cell("cg-eqno", *shown))
    line = Element("mtr", cells)
    if r.ref:
        line.attributes["data-ref"] = r.ref
    if r.at > at:
        line.attributes["data-at"] = str(r.at)
    return line


def _cell(kind: str, *inside: Element) -> Element:
    return element("mtd", *inside, class_=kind)


def _note(note: Rich) -> list[Element]:
    """A remark in words: text, code and formulas side by side, broken into short lines."""
    rows: list[list[Element]] = [[]]
    room: float = _NOTE
    for piece in pieces(note):
        parts = [piece.text] if piece.kind in ("math", "code") else _chunks(piece)
        for part in parts:
            long = len(part) / 4 if piece.kind == "math" else len(part)
            if long > room and rows[-1]:
                rows.append([])
                room = _NOTE
            room -= long
            if piece.kind == "math":
                rows[-1].append(formula(shown(part)))
            elif part:
                _add_words(rows[-1], _leaf(part, piece.kind))
    made = [Element("mrow", r) for r in rows if r]
    if len(made) < 2:
        return made
    return [Element("mtable", [element("mtr", _cell("cg-l", r)) for r in made],
                    attributes={"class": "cg-stack"})]  # fmt: skip


def _add_words(line: list[Element], leaf: Element) -> None:
    """Words in the same font are one piece of text."""
    last = line[-1] if line else None
    if last is not None and last.tag == "mtext" and last.attributes == leaf.attributes:
        last.text += leaf.text
    else:
        line.append(leaf)


def _chunks(piece: Piece) -> list[str]:
    """Words, each with the space that follows it."""
    text = words_of(piece.text) if piece.kind in _TAGS else piece.text
    return _WORD.findall(text)


def _leaf(text: str, kind: str) -> Element:
    leaf = token("mtext", text.replace(" ", "\u00a0"))
    shown = {"bold": "cg-bold", "italic": "cg-italic", "code": "cg-code"}.get(kind, "")
    if shown:
        leaf.attributes["class"] = shown
    return leaf
