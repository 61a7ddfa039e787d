"""Python text taken apart for print: where its keywords and comments stand."""

from __future__ import annotations

import io
import keyword
import tokenize
from contextlib import suppress


def marked_code(text: str) -> dict[int, list[tuple[int, int, str]]]:
    """Keywords (``cgkey``) and comments (``cgcomment``) by line, each with the columns it takes;
    nothing where the text is not Python."""
    made: dict[int, list[tuple[int, int, str]]] = {}
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text.expandtabs(4)).readline):
            macro = "cgcomment" if token.type == tokenize.COMMENT else ""
            if token.type == tokenize.NAME and keyword.iskeyword(token.string):
                macro = "cgkey"
            if macro:
                span = (token.start[1], token.end[1], macro)
                made.setdefault(token.start[0] - 1, []).append(span)
    return made
