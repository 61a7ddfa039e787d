"""Displays on a general layer: δ^l, w^{l+1}, a^L. Each is read for every layer of the network.

L is the last layer, l any one. A line is true where it is true for every l of which all its symbols
are the network's: in the first layer a^{l-1} is the input, which has a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .documents import Line
from .layout import LAYER, Item, Row, Script, Token, mapped, parts, plain
from .names import Names

_BEYOND = 2  # no symbol of the layer behind the last one is the network's


def general(block: Sequence[Line], names: Names) -> bool:
    """Does a display speak of a general layer?"""
    letters = names.style.general
    found = (item for line in block for script in _raised(plain(line.row)) for item in script)
    return any(_letter(item, letters) for item in found)


def layers(block: Sequence[Line], names: Names) -> Iterator[list[Line]]:
    """The display for one layer after the other."""
    last = max(_numbers(names), default=0)
    for layer in range(last + _BEYOND):
        at = dict(zip(names.style.general, (layer, last), strict=True))
        yield [replace(line, row=_at(plain(line.row), at)) for line in block]


class LayerNames(Names):
    """The names of a network, whose numbers of layers are no powers: y^2 is no square of y here."""

    def __init__(self, names: Names) -> None:
        self.__dict__.update(names.__dict__)
        self.patterns = {
            head: [replace(p, row=_marked(p.row)) for p in some]
            for head, some in names.patterns.items()
        }


def _marked(row: Row) -> Row:
    """The row with its raised numbers marked as those of layers."""
    made = []
    for item in row:
        done = mapped(item, _marked)
        if isinstance(done, Script) and done.sup:
            sup = (replace(t, face=LAYER) if _whole(t) else t for t in done.sup)  # type: ignore[type-var]
            done = replace(done, sup=tuple(sup))
        made.append(done)
    return tuple(made)


def _numbers(names: Names) -> Iterator[int]:
    """The numbers of the layers that values of the network have."""
    variables = {t.name for t in names.network.tensors.values() if t.kind == "variable"}
    for pattern in (p for some in names.patterns.values() for p in some):
        for script in _raised(pattern.row) if pattern.name in variables else ():
            yield from (int(t.text) for t in script if _whole(t))  # type: ignore[attr-defined]


def _raised(row: Row) -> Iterator[Row]:
    """What is raised anywhere: where numbers of layers stand."""
    for item in row:
        if isinstance(item, Script) and item.sup:
            yield item.sup
        for part in parts(item):
            yield from _raised(part)


def _at(row: Row, at: Mapping[str, int]) -> Row:
    """The row with numbers for the letters of layers."""
    made = []
    for item in row:
        done = mapped(item, lambda part: _at(part, at))
        if isinstance(done, Script) and done.sup:
            done = replace(done, sup=tuple(_numbered(done.sup, at)))
        made.append(done)
    return tuple(made)


def _numbered(script: Row, at: Mapping[str, int]) -> Iterator[Item]:
    """What is raised, with the number that l + 1 is."""
    k = 0
    while k < len(script):
        item, k = script[k], k + 1
        if not _letter(item, at):
            yield item
            continue
        number = at[item.text]  # type: ignore[attr-defined]
        sign, shift = (*script[k : k + 2], None, None)[:2]
        if sign in (Token("sign", "+"), Token("sign", "-")) and _whole(shift):
            number += int(shift.text) * (1 if sign.text == "+" else -1)  # type: ignore[union-attr]
            k += 2
        yield Token("number", str(number), LAYER)


def _letter(item: Item, letters: Mapping[str, int] | Sequence[str]) -> bool:
    return isinstance(item, Token) and item.kind == "letter" and item.text in letters


def _whole(item: Item | None) -> bool:
    return isinstance(item, Token) and item.kind == "number" and item.text.isdecimal()
