"""Text to tokens, and the error that shows its place: the lower half of
`derive.language.parser`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from .errors import ChalkgradError
from .names import fault

MAX_NESTING = 64
MAX_TEXT = 1_000_000
MAX_TOKENS = 100_000  # of one text: half a second of reading
MAX_EQUATIONS = 5_000
MAX_INDICES = 24  # of one tensor or reduction
MAX_CHAIN = 64  # divisions or comparisons in a row: each nests one level deeper
MAX_TERMS = 1_000  # of a sum as written
MAX_FACTORS = 100  # of a product as written: its derivative has the square of them
MAX_OPERATIONS = 1_500  # one inside the other: Python's compiler takes about 2,900
MAX_NUMBER_DIGITS = 4_000  # of all numbers of one equation, which exact arithmetic may meet in one
MAX_DIGITS, MAX_EXPONENT = 40, 400
MAX_POWER = 308  # of ten: beyond it there is no float

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\#[^\n]*)|(?P<newline>\n|;)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<op>\.\.\.|\*\*|//|<=|>=|==|!=|[-+*/<>=()\[\],|])"
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


class Reader:
    """The tokens of a text and the place reached; brackets and signs may nest so deep only."""

    def __init__(self, text: str, where: str) -> None:
        if len(text) > MAX_TEXT:
            raise ChalkgradError(f"the text has over {MAX_TEXT} characters", where=where)
        self.text, self.where = text, where
        self.tokens = self._tokenize()
        self.pos = 0
        self.depth = 0

    # -- tokens -----------------------------------------------------------------------------

    def _tokenize(self) -> list[Token]:
        tokens: list[Token] = []
        at, open_brackets = 0, 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                char = self.text[at]
                kind = "is not ASCII" if ord(char) > 127 else "means nothing here"
                raise self.error(f"the character {char!r} {kind}", at)
            kind, text = str(match.lastgroup), match.group()
            if kind == "name" and text not in ("and", "or", "not") and (wrong := fault(text)):
                raise self.error(wrong, at, "choose another name")
            if len(tokens) >= MAX_TOKENS:
                raise self.error(f"the text has over {MAX_TOKENS} words and signs", at)
            if kind == "number":
                self._check_number(text, at)
                if match.end() < len(self.text) and re.match("[A-Za-z_.]", self.text[match.end()]):
                    raise self.error("a number runs into a name", at, "write 2*x, not 2x")
            if text in "([":
                open_brackets += 1
                if open_brackets > MAX_NESTING:
                    raise self.error(f"nested more than {MAX_NESTING} deep", at)
            elif text in ")]":
                open_brackets -= 1
            if not (kind == "space" or (kind == "newline" and open_brackets > 0 and text == "\n")):
                tokens.append(Token(kind, text, at))
            at = match.end()
        tokens.append(Token("end", "", len(self.text)))
        return tokens

    def _check_number(self, text: str, at: int) -> None:
        mantissa, _, exponent = text.lower().partition("e")
        if len(mantissa) > MAX_DIGITS + 1:
            raise self.error(f"a number has over {MAX_DIGITS} digits", at)
        if exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT):
            raise self.error(f"an exponent is beyond {MAX_EXPONENT}", at)
        if exponent and Fraction(text) > 10**MAX_POWER:
            raise self.error(f"a number is beyond 10**{MAX_POWER}", at)

    def error(self, what: str, at: int, hint: str = "") -> ChalkgradError:
        line = self.text.count("\n", 0, at) + 1
        start = self.text.rfind("\n", 0, at) + 1
        stop = self.text.find("\n", at)
        shown = self.text[start : stop if stop >= 0 else len(self.text)]
        column = at - start
        if len(shown) > 100:
            cut = max(0, column - 50)
            shown, at_shown = shown[cut : cut + 100], column - cut
        else:
            at_shown = column
        shown = shown.encode("ascii", "backslashreplace").decode() if not shown.isascii() else shown
        what = f"{what}\n    {shown}\n    {' ' * at_shown}^"
        return ChalkgradError(
            what, where=f"{self.where} line {line}, column {column + 1}", hint=hint
        )

    @property
    def here(self) -> Token:
        return self.tokens[self.pos]

    def take(self, text: str) -> bool:
        if self.here.text == text and self.here.kind != "end":
            self.pos += 1
            return True
        return False

    def need(self, text: str, context: str) -> None:
        if not self.take(text):
            found = self.here.text.strip() or "the end of the line"
            raise self.error(f"expected '{text}' {context}, found '{found}'", self.here.at)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.error(f"nested more than {MAX_NESTING} deep", self.here.at)
