"""Formulas that the project prints: what every reader and printer of them must take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.paths import EXAMPLES

SPECS = sorted(EXAMPLES.glob("*.yaml"))


def braces(source: str, start: int) -> str:
    """The argument whose opening brace stands at ``start``."""
    level, at = 0, start
    while True:
        if source[at] == "\\":
            at += 2
            continue
        level += {"{": 1, "}": -1}.get(source[at], 0)
        at += 1
        if level == 0:
            return source[start + 1 : at - 1]


def formulas(source: str) -> Iterator[str]:
    """Every formula of an article."""
    source = source[source.index(r"\begin{document}") :]
    for m in re.finditer(r"\\chalk(?:fit|long|shrink|pages\{\d*\})(?=\{)", source):
        yield braces(source, m.end())
    for line in source.splitlines():
        if not line.startswith(r"\chalk"):
            yield from re.findall(r"\$([^$]+)\$", line)
