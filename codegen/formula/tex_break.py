"""Where a long formula may be broken: before a relation, a + or a − outside of all groups."""

from __future__ import annotations

from .tex_math import BINARIES, RELATIONS, TOKEN

SUMS = {"+", "-", r"\pm"}
_SPACES = {r"\quad", r"\qquad", r"\enspace"}
_OPEN = {"(", "[", r"\{", r"\langle"}
_CLOSE = {")", "]", r"\}", r"\rangle"}
_AFTER = {",", r"\bigl", r"\Bigl", r"\biggl", r"\Biggl", *_OPEN}


def breakable(latex: str, *, inside: int = 0, products: bool = False) -> list[str]:
    """The formula in pieces that may stand on lines of their own.

    ``inside``: how many plain parentheses may be open at a break. ``products``: a break is also
    allowed between factors, for a product that is wider than a line. Joined, the pieces are the
    formula (with ``{}`` before a sign, so that it keeps its spaces)."""
    tokens = TOKEN.findall(latex)
    made, current = [], list[str]()
    depth = parens = 0
    for k, token in enumerate(tokens):
        if depth == 0 and parens <= inside and _before(tokens, k, factors=products):
            piece = _unmarked("".join(current).strip())
            if piece:
                made.append(piece)
                current = ["{}"] if token in RELATIONS or token in BINARIES else []
        depth += _step(token)
        if depth == 0:
            parens += (token in _OPEN) - (token in _CLOSE)
        current.append(token)
    return [*made, "".join(current).strip()] if "".join(current).strip() else made


def _unmarked(piece: str) -> str:
    """Without the ``{}`` that an earlier break put before the sign that comes next."""
    return "" if piece == "{}" else piece.removesuffix(" {}")


def _step(token: str) -> int:
    return (token in ("{", r"\left", r"\begin")) - (token in ("}", r"\right", r"\end"))


def _before(tokens: list[str], k: int, *, factors: bool) -> bool:
    token = tokens[k]
    last = _preceding(tokens, k)
    if not last:
        return False
    if token in RELATIONS or token in _SPACES:
        return last not in RELATIONS
    signs = BINARIES if factors else SUMS
    if token in signs:
        return not _unary(last)
    if token == r"\cgat":
        return _first(tokens[k + 1 :]) in RELATIONS | signs and last not in RELATIONS
    return (
        factors
        and token in ("(", r"\left")
        and (last == ")" or tokens[k - 2 : k - 1] == [r"\right"])
    )


def _unary(last: str) -> bool:
    return (
        last in RELATIONS or last in BINARIES or last in _AFTER or last in ("", "{", "&", "^", "_")
    )


def spaced(latex: str) -> str:
    """``\\cgat{2}{= x}`` is one atom for TeX, shown or not: signs at its ends get an empty
    neighbour, so that they keep their spaces and nothing moves when it appears."""
    tokens = TOKEN.findall(latex)
    made: list[str] = []
    pad_at: set[int] = set()  # where the second argument of a \\cgat begins with a binary sign
    for k, token in enumerate(tokens):
        if token == r"\cgat":
            last = _preceding(tokens, k)
            sign = _first(tokens[k + 1 :])
            if sign in RELATIONS or (sign in BINARIES and not _unary(last)):
                pad_at.add(_second(tokens, k))
        if token == "}" and (_last(made) in RELATIONS or _last(made) in BINARIES):
            made.append("{}")
        made.append(token)
        if k in pad_at:
            made.append("{}")
    return "".join(made)


def _second(tokens: list[str], k: int) -> int:
    """Where the second argument of the ``\\cgat`` at ``k`` opens."""
    closing = tokens.index("}", k)
    return tokens.index("{", closing)


def _first(tokens: list[str]) -> str:
    """The first token of the second argument; an empty group in front does not count."""
    rest = [t for t in tokens if not t.isspace()]
    start = rest.index("}") + 2 if "}" in rest else len(rest)
    if rest[start : start + 2] == ["{", "}"]:
        start += 2
    return rest[start] if start < len(rest) else ""


def _preceding(tokens: list[str], k: int) -> str:
    """The token before ``k`` that is not space."""
    return next((tokens[j] for j in range(k - 1, -1, -1) if not tokens[j].isspace()), "")


def _last(made: list[str]) -> str:
    return next((t for t in reversed(made) if not t.isspace()), "")
