"""Excerpts of a generated program: its own lines, and ``...`` where some are left out."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from derive.errors import ChalkgradError

CUT = "..."
Function = ast.FunctionDef


class Source:
    """The text of a program and its functions."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.functions = {n.name: n for n in ast.parse(text).body if isinstance(n, Function)}

    def excerpt(self, name: str, about: Collection[str] = ()) -> str:
        """A function without its docstring; with ``about`` only the statements that use one of
        these names (or return at the end), and what they stand in.

        Raises ChalkgradError where the program has no such function."""
        if name not in self.functions:
            raise ChalkgradError(f"the program has no function '{name}'")
        found = self.functions[name]
        body = found.body[1:] if ast.get_docstring(found) is not None else found.body
        kept = set(_head(found))
        for statement in body:
            if not about or isinstance(statement, ast.Return):
                kept |= set(_all(statement))
            else:
                kept |= set(_about(statement, frozenset(about)))
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


def _about(node: ast.stmt, names: frozenset[str]) -> Iterator[int]:
    """The lines of a statement that use one of the names, with the heads they stand under."""
    blocks = list(_blocks(node))
    if not blocks:
        if _used(node) & names:
            yield from _all(node)
        return
    after = node.lineno
    found: list[int] = []
    for block in blocks:
        inside = [k for statement in block for k in _about(statement, names)]
        if inside:
            found += [*range(after, block[0].lineno), *inside]
        after = (block[-1].end_lineno or block[-1].lineno) + 1
    if found:
        yield from {*range(node.lineno, blocks[0][0].lineno), *found}


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """What is indented under a statement, in the order of the text."""
    for part in ("body", "handlers", "orelse", "finalbody"):
        given = getattr(node, part, [])
        blocks = [h.body for h in given] if part == "handlers" else [given]
        yield from (b for b in blocks if b)


def _used(node: ast.AST) -> set[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return names | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
