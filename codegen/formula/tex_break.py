"""Where a long formula may be broken: before a relation, a + or a − outside of all groups."""

from __future__ import annotations

from functools import lru_cache

from .tex_math import BINARIES, RELATIONS, TOKEN

SUMS = {"+", "-", r"\pm"}
_SPACES = {r"\quad", r"\qquad", r"\enspace"}
_OPEN = {"(", "[", r"\{", r"\langle"}
_PARENS = dict.fromkeys(_OPEN, 1) | dict.fromkeys((")", "]", r"\}", r"\rangle"), -1)
_DEPTH = dict.fromkeys(("{", r"\left", r"\begin"), 1)
_DEPTH |= dict.fromkeys(("}", r"\right", r"\end"), -1)
_HERE = RELATIONS | BINARIES | SUMS | _SPACES | {r"\cgat", "(", r"\left"}  # a break is before these
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
        here = token in _HERE and depth == 0 and parens <= inside
        if here and _before(tokens, k, factors=products):
            piece = _unmarked("".join(current).strip())
            if piece:
                made.append(piece)
                current = ["{}"] if token in RELATIONS or token in BINARIES else []
        depth += _DEPTH.get(token, 0)
        if depth == 0:
            parens += _PARENS.get(token, 0)
        current.append(token)
    return [*made, "".join(current).strip()] if "".join(current).strip() else made


@lru_cache(maxsize=2000)
def terms(tex: str) -> tuple[str, ...]:
    """A formula that has passed the gate, in the pieces that may stand on lines of their own."""
    return tuple(breakable(spaced(tex)))


def _unmarked(piece: str) -> str:
    """Without the ``{}`` that an earlier break put before the sign that comes next."""
    return "" if piece == "{}" else piece.removesuffix(" {}")


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
        return _first(tokens, k) in RELATIONS | signs and last not in RELATIONS
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
            sign = _first(tokens, k)
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


def _first(tokens: list[str], k: int) -> str:
    """The first token in the second argument of the ``\\cgat`` at ``k``; an empty group in front
    does not count."""
    every = map(tokens.__getitem__, range(k + 1, len(tokens)))
    rest = (t for t in every if not t.isspace())
    _ = next((t for t in rest if t == "}"), "")  # behind the first argument
    opening, first = next(rest, ""), next(rest, "")
    if opening and first == "{":
        inside = next(rest, "")
        return next(rest, "") if inside == "}" else first
    return first


def _preceding(tokens: list[str], k: int) -> str:
    """The token before ``k`` that is not space."""
    return next((tokens[j] for j in range(k - 1, -1, -1) if not tokens[j].isspace()), "")


def _last(made: list[str]) -> str:
    return next((t for t in reversed(made) if not t.isspace()), "")
