"""LaTeX between dollars as a tree: what our printers write and what a lecturer types.

The one way from text to a formula, and strict: its commands are those of `codegen.formula.symbols`,
which only print. What could act (``\\input``, ``^^5c``) is refused, and what does not end as it
begins. Nesting is bounded, so that no text reaches Python's limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ....derive.language.errors import ChalkgradError, suggest
from . import nodes as t
from . import symbols as known
from .nodes import BLANK, kind
from .text_reader import runs

DEPTH = 60
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|\d+(?:(?:\.|\{,\})\d+)?|\.\d+|.", re.S)
_ENDS = {"", "}", "&", r"\\", r"\end", r"\right", r"\middle"}  # what ends a row
_SCRIPTS = {"_", "^", "'"}
_SKIP = re.compile(r"-?\d*\.?\d+(?:pt|em|ex|mm|cm)")  # the space of \\[2pt]
_ESCAPED = re.compile(r"\\([_#%])")


@lru_cache(maxsize=20000)
def formula(latex: str) -> t.Row:
    """The tree of a formula. Raises ChalkgradError for what is none, with the nearest command."""
    return _Reader(latex).formula()


@lru_cache(maxsize=20000)
def shown(latex: str) -> t.Row:
    """The tree of a formula; of what is none its text, word by word, in typewriter letters."""
    try:
        return formula(latex)
    except ChalkgradError:
        words = [t.Text("text", (t.Words(w, "texttt"),)) for w in latex.split()]
        between = t.Space(r"\enspace", known.SPACES[r"\enspace"])
        return t.Row(tuple(n for w in words for n in (between, BLANK, w))[2:])


def is_formula(latex: str) -> bool:
    """Can it be read?"""
    try:
        return bool(formula(latex)) or True
    except ChalkgradError:
        return False


class _Reader:
    def __init__(self, source: str, depth: int = 0) -> None:
        self.source, self.depth = source, depth
        self.tokens = _TOKEN.findall(source.replace("′", "'"))
        self.at = 0

    # -- tokens --------------------------------------------------------------------------------

    def here(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def peek(self) -> str:
        """The next token that is not space, which is not taken; '' at the end."""
        while self.here().isspace():
            self.at += 1
        return self.here()

    def take(self) -> str:
        found = self.peek()
        if not found:
            raise self.fault("the formula ends where more is expected")
        self.at += 1
        return found

    def fault(self, what: str, hint: str = "") -> ChalkgradError:
        said = self.source if len(self.source) < 200 else self.source[:197] + "…"
        return ChalkgradError(what, where=f"the formula '{said}'", hint=hint)

    def raw(self) -> str:
        """The text of an argument in braces, unread."""
        if self.take() != "{":
            raise self.fault("braces { } are expected")
        start, level = self.at, 1
        while self.at < len(self.tokens):
            token = self.here()
            self.at += 1
            level += (token == "{") - (token == "}")
            if level == 0:
                return "".join(self.tokens[start : self.at - 1])
        raise self.fault("a brace { is never closed")

    def option(self) -> str | None:
        """The text of an optional argument ``[…]``, or None."""
        if self.peek() != "[":
            return None
        start = self.at + 1
        try:
            end = self.tokens.index("]", start)
        except ValueError:
            raise self.fault("a bracket [ is never closed") from None
        self.at = end + 1
        return "".join(self.tokens[start:end])

    # -- rows and arguments ----------------------------------------------------------------------

    def formula(self) -> t.Row:
        made = self.items()
        if self.here():
            raise self.stray(self.here())
        return t.Row(made)

    def stray(self, token: str) -> ChalkgradError:
        hint = {
            "&": "& needs a matrix or aligned", r"\\": "a line end needs a matrix or aligned",
            "%": r"write \%", "#": r"write \#",
        }.get(token, "braces, \\left and \\right, \\begin and \\end come in pairs")  # fmt: skip
        return self.fault(f"'{token}' stands where a symbol is expected", hint)

    def items(self) -> tuple[t.Node, ...]:
        """The nodes up to what ends a row, which is not taken."""
        self.deepen()
        made: list[t.Node] = []
        while (token := self.here()) not in _ENDS:
            if token.isspace():
                self.at += 1
                made.append(BLANK)
            else:
                made.append(self.atom())
        self.depth -= 1
        return tuple(made)

    def deepen(self) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fault(f"the formula is nested deeper than {DEPTH} groups")

    def group(self) -> t.Group:
        self.take()
        made = self.items()
        self.close()
        return t.Group(made)

    def close(self) -> None:
        if not self.here():
            raise self.fault("a brace { is never closed")
        if self.here() != "}":
            raise self.stray(self.here())
        self.at += 1

    def argument(self) -> t.Node:
        """The next argument: a group, or one token."""
        token = self.peek()
        if token == "{":
            return self.group()
        if token in _ENDS or token in _SCRIPTS:
            raise self.fault("the formula ends where more is expected")
        if token[0].isdigit() and len(token) > 1:  # \frac12 is a half
            self.tokens[self.at : self.at + 1] = [token[0], *_TOKEN.findall(token[1:])]
        self.deepen()  # \hat\hat\hat …
        made = self.nucleus(self.take())
        self.depth -= 1
        if isinstance(made, t.Switch):
            raise self.fault(f"'{token}' stands where a symbol is expected")
        return made

    def optional(self) -> t.Row | None:
        """An optional argument, read."""
        text = self.option()
        return None if text is None else self.inner(text)

    def inner(self, text: str) -> t.Row:
        """Another piece of LaTeX in this formula."""
        return _Reader(text, self.depth).formula()

    # -- atoms ---------------------------------------------------------------------------------

    def atom(self) -> t.Node:
        """One atom with its scripts."""
        base = t.Row(()) if self.here() in _SCRIPTS else self.nucleus(self.take())
        start, placed = self.at, ""
        if kind(base) == "space":  # it cannot carry scripts
            return base
        if self.peek() in (r"\limits", r"\nolimits") and kind(base) == "op":
            placed = self.take()[1:]
            start = self.at
        if self.peek() in _SCRIPTS:
            return self.scripts(base, placed)
        self.at = start
        return t.Scripts(base, (), placed) if placed else base

    def scripts(self, base: t.Node, placed: str) -> t.Scripts:
        marks: list[tuple[str, t.Node]] = []
        raised = lowered = False
        end = self.at
        while (mark := self.peek()) in _SCRIPTS:
            self.at += 1
            if (mark == "_" and lowered) or (mark != "_" and raised):
                name = "subscripts" if mark == "_" else "superscripts"
                raise self.fault(f"two {name} at one symbol", "put the first in braces")
            marks.append((mark, known.SIGNS["'"] if mark == "'" else self.argument()))
            lowered, raised = lowered or mark == "_", raised or mark == "^"
            end = self.at
        self.at = end
        return t.Scripts(base, tuple(marks), placed)

    def nucleus(self, token: str) -> t.Node:
        """What one token begins, without scripts."""
        if token in known.SIGNS:
            return known.SIGNS[token]
        if token == "{":
            self.at -= 1
            return self.group()
        if token[0].isdigit() or (token[0] == "." and len(token) > 1):
            return t.Number(token)
        if token in known.SPACES:
            return t.Space(token, known.SPACES[token])
        if token[0] == "\\":
            return self.known(token)
        if token in "%#$&" or not token.isprintable():
            raise self.stray(token)
        if not token.isascii():
            source = known.TYPED.get(token)  # the sign that it shows, else a word of text
            return known.SIGNS[source] if source else t.Text("text", (t.Words(token),))
        return known.letter(token)

    def known(self, token: str) -> t.Node:
        name = token[1:]
        made = _MAKERS.get(name)
        if made is None:
            raise self.unknown(token)
        return made(self, name)

    def unknown(self, token: str) -> ChalkgradError:
        if token == "\\":
            return self.fault("the formula ends where more is expected")
        if token in _ENDS:
            return self.stray(token)
        names = {*_MAKERS, *(s[1:] for s in known.SIGNS if s[0] == "\\")}
        return self.fault(
            f"a formula does not know {token[:40]}",
            suggest(token[1:], names) or "the commands of amsmath and amssymb that only print",
        )

    # -- commands with arguments -----------------------------------------------------------------

    def command(self, name: str) -> t.Node:
        return known.COMMANDS[name](name, self.argument())

    def switch(self, name: str) -> t.Switch:
        return t.Switch(name)

    def fraction(self, name: str) -> t.Fraction:
        return t.Fraction(name, self.argument(), self.argument())

    def stacked(self, name: str) -> t.Stacked:
        return t.Stacked(name, self.argument(), self.argument())

    def arrow(self, name: str) -> t.Arrow:
        below = self.optional()
        return t.Arrow(name, self.argument(), below)

    def root(self, _: str) -> t.Root:
        index = self.optional()
        return t.Root(self.argument(), index)

    def operator(self, name: str) -> t.Operator:
        star = self.here() == "*"
        self.at += star
        return t.Operator(name + "*" * star, self.argument())

    def text(self, name: str) -> t.Text:
        start = self.at
        try:
            return t.Text(name, runs(self.raw(), self.inner))
        except ChalkgradError as e:
            if e.where:
                raise
            self.at = start
            raise self.fault(e.what, e.hint) from None

    def substack(self, _: str) -> t.Lines:
        if self.take() != "{":
            raise self.fault("\\substack needs braces")
        lines = [t.Row(self.items())]
        while self.here() == r"\\":
            self.at += 1
            lines.append(t.Row(self.items()))
        self.close()
        return t.Lines(tuple(lines))

    def marked(self, name: str) -> t.Marked:
        key = ""
        if name in known.KEYED:
            key = _ESCAPED.sub(r"\1", self.raw()).strip()
            if name in known.COUNTED and not re.fullmatch(r"0*[1-9][0-9]{0,2}", key, re.ASCII):
                raise self.fault(f"'{key}' is no number of a mark", "a number from 1 on")
        return t.Marked(name, key, self.argument())

    # -- fences and grids ------------------------------------------------------------------------

    def delimiter(self) -> t.Sign:
        token = self.take()
        found = known.fence(token)
        if found is None:
            raise self.fault(f"'{token}' is no fence")
        return found

    def big(self, name: str) -> t.Big:
        return t.Big(name, self.delimiter())

    def fenced(self, _: str) -> t.Fenced:
        fences, parts = [self.delimiter()], []
        while True:
            parts.append(t.Row(self.items()))
            token = self.here()
            if token not in (r"\middle", r"\right"):
                raise self.stray(token) if token else self.fault("\\left without \\right")
            self.at += 1
            fences.append(self.delimiter())
            if token == r"\right":
                return t.Fenced(tuple(fences), tuple(parts))

    def grid(self, _: str) -> t.Grid:
        name = self.raw()
        if name not in known.ENVIRONMENTS:
            raise self.fault(f"a formula does not know the environment '{name}'",
                             suggest(name, known.ENVIRONMENTS))  # fmt: skip
        columns = self.raw() if name in ("array", "alignedat") else ""
        if not re.fullmatch(r"[lcr| ]*|[0-9]+", columns):
            raise self.fault(f"'{columns}' is no list of columns", "letters l, c, r and |")
        lines = [self.line()]
        while self.here() == r"\\":
            self.at += 1
            lines[-1] = t.Line(lines[-1].cells, lines[-1].rules, self.skip())
            lines.append(self.line())
        self.end(name)
        return t.Grid(name, tuple(lines), columns)

    def line(self) -> t.Line:
        rules = 0
        start = self.at
        while self.peek() == r"\hline":
            rules, self.at = rules + 1, self.at + 1
        if not rules:
            self.at = start
        cells = [t.Row(self.items())]
        while self.here() == "&":
            self.at += 1
            cells.append(t.Row(self.items()))
        return t.Line(tuple(cells), rules)

    def skip(self) -> str:
        """The ``2pt`` of ``\\\\[2pt]``; a matrix's line may begin with a bracket of its own."""
        start = self.at
        text = self.option() if self.here() == "[" else None
        if text is not None and _SKIP.fullmatch(text):
            return text
        self.at = start
        return ""

    def end(self, name: str) -> None:
        token = self.here()
        if token != r"\end":
            missing = self.fault(f"\\begin{{{name}}} without its \\end")
            raise self.stray(token) if token else missing
        self.at += 1
        ended = self.raw()
        if ended != name:
            raise self.fault(f"\\begin{{{name}}} is closed by \\end{{{ended}}}")


_MAKERS: dict[str, Callable[[_Reader, str], t.Node]] = {
    **dict.fromkeys(known.COMMANDS, _Reader.command),
    **dict.fromkeys(known.FRACTIONS, _Reader.fraction),
    **dict.fromkeys(known.STACKED, _Reader.stacked), **dict.fromkeys(known.SIZES, _Reader.big),
    **dict.fromkeys(known.TEXTS, _Reader.text), **dict.fromkeys(known.MARKS, _Reader.marked),
    **dict.fromkeys(known.SWITCHES, _Reader.switch),
    **dict.fromkeys(("xrightarrow", "xleftarrow"), _Reader.arrow),
    "sqrt": _Reader.root, "operatorname": _Reader.operator, "substack": _Reader.substack,
    "left": _Reader.fenced, "begin": _Reader.grid,
}  # fmt: skip
