"""Excerpts of a generated program: its own lines, and ``...`` where some are left out."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from .....derive.language.errors import ChalkgradError

CUT = "..."
Function = ast.FunctionDef


class Source:
    """The text of a program and its functions."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.functions = {n.name: n for n in ast.parse(text).body if isinstance(n, Function)}

    def excerpt(self, name: str, lines: Sequence[str] = ()) -> str:
        """A function without its docstring; with ``lines`` only the statements whose first line
        has these words, in this order, and what they stand in. Words that are not there are passed
        over: a program has only the lines that its network needs.

        Raises ChalkgradError where the program has no such function."""
        if name not in self.functions:
            raise ChalkgradError(f"the program has no function '{name}'")
        found = self.functions[name]
        body = found.body[1:] if ast.get_docstring(found) is not None else found.body
        chosen = set(self._chosen(body, lines))
        kept = set(_head(found))
        for statement in body:
            kept |= set(_kept(statement, chosen) if lines else _all(statement))
        assert found.end_lineno is not None
        return "\n".join(self._cut(found.lineno, found.end_lineno, kept))

    def _chosen(self, body: Sequence[ast.stmt], lines: Sequence[str]) -> Iterator[int]:
        """Where the statements begin that are asked for."""
        begins = sorted(k.lineno for s in body for k in _simple(s))
        for words in lines:
            here = next((k for k in begins if words in self.lines[k - 1]), None)
            if here is not None:
                yield here
                begins = [k for k in begins if k > here]

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


def _simple(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements under a statement that have none under them."""
    blocks = list(_blocks(node))
    if not blocks:
        yield node
    for block in blocks:
        for statement in block:
            yield from _simple(statement)


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
