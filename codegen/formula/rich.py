"""Rich text: the few marks of Markdown that a sentence of a lecture needs, as pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .tex_printer import kept
from .tree.nodes import Node
from .tree.write import spaced

Rich = str  # a text in which $…$ is a formula, `…` code, **…** bold and *…* italic

_MARK = re.compile(
    r"\\(?P<literal>[\\`*$_{}\[\]])|\$(?P<math>(?:[^$\\]|\\.)+)\$|`(?P<code>[^`]+)`"
    r"|\*\*(?P<bold>(?:[^*\\]|\\.)+)\*\*|\*(?P<italic>(?:[^*\\]|\\.)+)\*",
    re.S,
)
_SPECIAL = re.compile(r"[\\`*$]")


@dataclass(frozen=True)
class Piece:
    """``kind``: text, math (LaTeX), code, bold or italic. Bold and italic hold rich text again."""

    kind: str
    text: str


def plain(text: object) -> Rich:
    """Text that means nothing but itself: what comes from a spec passes here."""
    return _SPECIAL.sub(lambda m: "\\" + m[0], str(text))


def inline(*parts: Node) -> Rich:
    """A formula between words: its nodes, with a blank between each two."""
    return f"${kept(spaced(*parts))}$"


def pieces(rich: str) -> list[Piece]:
    """The pieces of a rich text in order; what is not closed is text."""
    made: list[Piece] = []
    at = 0
    for m in _MARK.finditer(rich):
        _text(made, rich[at : m.start()])
        at = m.end()
        kind = m.lastgroup
        assert kind is not None
        if kind == "literal":
            _text(made, m["literal"])
        else:
            made.append(Piece(kind, m[kind]))
    _text(made, rich[at:])
    return made


def words_of(rich: str) -> str:
    """A rich text as words only, for titles of windows and labels."""
    made = (words_of(p.text) if p.kind in ("bold", "italic") else p.text for p in pieces(rich))
    return " ".join("".join(made).split())


def _text(made: list[Piece], text: str) -> None:
    if not text:
        return
    if made and made[-1].kind == "text":
        text = made.pop().text + text
    made.append(Piece("text", text))
