"""Excerpts of a generated program: its own lines, and ``...`` where some are left out."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from .....derive.language.errors import ChalkgradError
from ....targets.numpy.training.marks import MARK

CUT = "..."
Function = ast.FunctionDef


class Source:
    """The text of a program whose parts mark the lines that are shown of long functions."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self.marked = {k for k, line in enumerate(lines, 1) if line.endswith(MARK)}
        self.lines = [line.removesuffix(MARK) for line in lines]
        self.functions = {n.name: n for n in ast.parse(text).body if isinstance(n, Function)}

    def excerpt(self, name: str, *, whole: bool = False) -> str:
        """The marked statements of a function and what they stand in; ``whole``, and where none
        is marked, all of it but its docstring.

        Raises ChalkgradError where the program has no such function."""
        if name not in self.functions:
            raise ChalkgradError(f"the program has no function '{name}'")
        found = self.functions[name]
        body = found.body[1:] if ast.get_docstring(found) is not None else found.body
        marked = self.marked.intersection(_all(found))
        kept = set(_head(found))
        for statement in body:
            kept |= set(_kept(statement, marked) if marked and not whole else _all(statement))
        assert found.end_lineno is not None
        return "\n".join(self._cut(found.lineno, found.end_lineno, kept))

    def _cut(self, first: int, last: int, kept: Collection[int]) -> Iterator[str]:
        """The kept lines; instead of others one mark, where the first of them begins."""
        whole = True
        for k in range(first, last + 1):
            line = self.lines[k - 1]
            if k in kept:
                yield line
                whole = True
            elif line.strip() and whole:
                yield " " * (len(line) - len(line.lstrip())) + CUT
                whole = False


def _all(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _head(function: Function) -> list[int]:
    """The first and the last line of a signature; all of it where it is short."""
    lines = list(range(function.lineno, function.body[0].lineno))
    return lines if len(lines) < 3 else [lines[0], lines[-1]]


def _kept(node: ast.stmt, chosen: Collection[int]) -> Iterator[int]:
    """The lines of the chosen statements, with the heads they stand under; a branch whose first
    alternative is left out stands without a head."""
    blocks = list(_blocks(node))
    if not blocks and node.lineno in chosen:
        yield from _all(node)
    after, headed = node.lineno, False
    for k, block in enumerate(blocks):
        inside = [n for statement in block for n in _kept(statement, chosen)]
        headed = headed or (k == 0 and bool(inside))
        if inside and headed:
            yield from range(after, block[0].lineno)
        yield from inside
        after = (block[-1].end_lineno or block[-1].lineno) + 1


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """What is indented under a statement, in the order of the text."""
    for part in ("body", "handlers", "orelse", "finalbody"):
        given = getattr(node, part, [])
        blocks = [h.body for h in given] if part == "handlers" else [given]
        yield from (b for b in blocks if b)
