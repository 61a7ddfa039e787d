"""Mathematics in a lecturer's own Markdown: what may stand between the dollars, and its lines.

The commands are those of ``codegen/document/math_commands.txt`` (amsmath, amssymb and our marks);
everything that could act (``\\input``, ``\\def``, ``\\csname``, ``^^5c``, …) is refused.
"""

from __future__ import annotations

import re

from ....derive.language.errors import ChalkgradError
from ...deck.model import Row
from ...formula.tex_math import RELATIONS, TOKEN, commands, is_math

_OURS = {"cgr", "cgn"}  # references to the derivation: a text has none
_STRUCTURE = {"begin", "end", "left", "right", "middle"}
_WHOLE = ("aligned", "align", "align*", "gathered", "gather", "gather*", "split", "equation")
_BREAK = re.compile(r"\A\s*\[[^\]]*\]")  # the space of \\[2pt]


def checked(latex: str, where: str) -> str:
    """The formula on one line. Raises ChalkgradError where it is not only a formula."""
    made = " ".join(latex.split())
    if not made:
        raise ChalkgradError("an empty formula", where=where)
    _refuse_commands(made, where)
    if not is_math(made):
        raise ChalkgradError(
            f"a formula that does not end as it begins: {_short(made)}", where=where,
            hint="braces, \\left and \\right, \\begin and \\end come in pairs; & needs aligned",
        )  # fmt: skip
    return made


def _refuse_commands(latex: str, where: str) -> None:
    for sign in ("^^", "%", "#"):
        if re.search(r"(?<!\\)" + re.escape(sign), latex):
            raise ChalkgradError(
                f"'{sign}' cannot stand in a formula: {_short(latex)}", where=where
            )
    allowed = (commands() | _STRUCTURE) - _OURS
    for token in TOKEN.findall(latex):
        name = token[1:].rstrip("*")
        if token.startswith("\\") and name.isalpha() and name not in allowed:
            raise ChalkgradError(
                f"{token[:40]} cannot stand in a formula", where=where,
                hint="the commands of amsmath and amssymb that only print; raw TeX: a block "
                "{=latex} and --trust",
            )  # fmt: skip


def rows(latex: str, where: str) -> tuple[Row, ...]:
    """A display as lines aligned at their relations. Raises ChalkgradError as `checked` does."""
    text = latex.strip()
    for name in _WHOLE:
        head, tail = rf"\begin{{{name}}}", rf"\end{{{name}}}"
        if text.startswith(head) and text.endswith(tail):
            text = text[len(head) : -len(tail)]
            break
    lines = [_BREAK.sub("", t) if k else t for k, t in enumerate(_split(text, "\\\\"))]
    made = tuple(_row(line, where) for line in lines if line.strip())
    if not made:
        raise ChalkgradError("an empty formula", where=where)
    return made


def _row(line: str, where: str) -> Row:
    cells = _split(line, "&")
    parts = _at_relation(cells[0])
    if len(cells) > 1:
        first, rest = cells[0].strip(), " ".join(c.strip() for c in cells[1:])
        before, relation, after = _at_relation(rest)
        if relation and not before.strip():
            parts = (first, relation, after)
        elif parts[1] and not parts[2].strip():  # a =& b
            parts = (parts[0], parts[1], rest)
        else:
            parts = (first, "", rest)
    left, relation, right = (p.strip() for p in parts)
    for piece in (left, right):
        if piece:
            checked(piece, where)
    return Row(" ".join(left.split()), " ".join(right.split()), relation)


def _at_relation(text: str) -> tuple[str, str, str]:
    """What stands before the first relation outside of groups, it, and what follows; a formula
    without one is all behind it."""
    depth, at = 0, 0
    for token in TOKEN.findall(text):
        if depth == 0 and token in RELATIONS:
            return text[:at], token, text[at + len(token) :]
        depth += _depth(token)
        at += len(token)
    return "", "", text


def _split(text: str, mark: str) -> list[str]:
    """Split at a token that stands outside of groups and environments."""
    made, depth = [""], 0
    for token in TOKEN.findall(text):
        depth += _depth(token)
        if token == mark and depth == 0:
            made.append("")
        else:
            made[-1] += token
    return made


def _depth(token: str) -> int:
    """Does a token open (1) or close (-1) a group?"""
    opens, closes = ("{", "\\begin", "\\left"), ("}", "\\end", "\\right")
    return (token in opens) - (token in closes)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
