"""Formulas in LaTeX as trees of MathML: tokens, recursive descent, TeX's classes of atoms.

The subset is what the project's printers emit and what a lecturer types between dollars. Nesting
is bounded (`DEPTH`), so no formula reaches Python's own limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ....derive.language.errors import ChalkgradError, suggest
from . import symbols as known
from .atoms import fence, fenced, finish, named, number, scripted, sign, spaced
from .tokens import Token, plain, runs, tokens
from .tree import Element, row, token

DEPTH = 60
_FONTS = {
    "mathrm": "normal", "mathbf": "bold", "mathit": "italic", "mathcal": "script",
    "mathscr": "script", "mathfrak": "fraktur", "mathbb": "double-struck", "mathsf": "sans-serif",
    "mathtt": "monospace", "bm": "bold-italic", "boldsymbol": "bold-italic", "mathnormal": "",
    "mathup": "normal", "bold": "bold",
}  # fmt: skip
_SWITCHES = {"rm": "normal", "bf": "bold", "it": "italic", "cal": "script", "tt": "monospace",
             "sf": "sans-serif"}  # fmt: skip

Command = Callable[[], Element | None]
Commands = Callable[["Parser"], Mapping[str, Command]]


class Parser:
    """Parses one formula. ``strict``: an unknown command is a fault; else its name is shown.

    ``commands`` makes the table of the commands that a parser knows (`mathml_commands`)."""

    def __init__(self, source: str, strict: bool, commands: Commands) -> None:
        self.source, self.strict, self.commands = source, strict, commands
        self.tokens = tokens(source)
        self.at = 0
        self.depth = 0
        self.font = ""  # the alphabet of letters
        self.table = commands(self)

    # -- tokens --------------------------------------------------------------------------------

    def peek(self) -> Token | None:
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "space":
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> Token:
        found = self.peek()
        if found is None:
            raise self.fault("the formula ends where more is expected")
        self.at += 1
        return found

    def fault(self, what: str, hint: str = "") -> ChalkgradError:
        shown = self.source if len(self.source) < 200 else self.source[:197] + "…"
        return ChalkgradError(what, where=f"the formula '{shown}'", hint=hint)

    def is_command(self, *names: str) -> bool:
        found = self.peek()
        return found is not None and found.kind == "cmd" and found.text in names

    def raw(self) -> str:
        """The source of the next argument, unread."""
        first = self.take()
        if first.kind != "{":
            return self.source[first.start : first.end]
        level, start = 1, first.end
        while self.at < len(self.tokens):
            here = self.tokens[self.at]
            self.at += 1
            level += {"{": 1, "}": -1}.get(here.kind, 0)
            if level == 0:
                return self.source[start : here.start]
        raise self.fault("a brace { is never closed")

    def option(self) -> str | None:
        """The source of an optional argument ``[…]``, or None."""
        found = self.peek()
        if found is None or (found.kind, found.text) != ("char", "["):
            return None
        self.at += 1
        while self.at < len(self.tokens):
            here = self.tokens[self.at]
            self.at += 1
            if (here.kind, here.text) == ("char", "]"):
                return self.source[found.end : here.start]
        raise self.fault("a bracket [ is never closed")

    # -- rows and arguments ----------------------------------------------------------------------

    def formula(self) -> Element:
        """The whole formula."""
        made = self.items(lambda t: False)
        return Element("mrow", finish(made))

    def items(self, stop: Callable[[Token], bool]) -> list[Element]:
        """Atoms up to a token where ``stop`` holds, which is not taken."""
        made: list[Element] = []
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fault(f"the formula is nested deeper than {DEPTH} groups")
        font = self.font
        while True:
            here = self.peek()
            if here is None or stop(here):
                break
            if here.kind == "cmd" and here.text in known.STYLES:
                self.at += 1
                shown, level = known.STYLES[here.text]
                inner = finish(self.items(stop))
                made.append(Element("mstyle", inner, attributes={"displaystyle": shown,
                                                                "scriptlevel": level}))  # fmt: skip
                break
            if here.kind == "cmd" and here.text == "color":
                self.at += 1
                made.append(self.coloured(self.raw(), finish(self.items(stop))))
                break
            made.extend(self.atom(made))
        self.font = font
        self.depth -= 1
        return made

    def argument(self) -> Element:
        """The next argument: a group, or one token."""
        found = self.peek()
        if found is not None and found.kind == "{":
            return row(finish(self.group()))
        if found is not None and found.kind == "number":  # \frac12 is a half
            return self.digit(found)
        return row(finish(self.nucleus(self.take())))

    def digit(self, found: Token) -> Element:
        self.tokens[self.at : self.at + 1] = [
            Token("number", c, found.start + k, found.start + k + 1)
            for k, c in enumerate(found.text)
        ]
        return number(self.take().text, self.font)

    def group(self) -> list[Element]:
        opened = self.take()
        assert opened.kind == "{"
        made = self.items(lambda t: t.kind == "}")
        if self.peek() is None:
            raise self.fault("a brace { is never closed")
        self.at += 1
        return made

    # -- atoms ---------------------------------------------------------------------------------

    def atom(self, before: list[Element]) -> list[Element]:
        """One atom with its scripts; ``before`` may lose what the scripts reach back to."""
        first = self.take()
        if first.kind in ("^", "_", "'"):
            self.at -= 1
            base = [Element("mrow")]
        else:
            base = self.nucleus(first)
        if base and base[-1].kind == "op" and self.is_command("limits", "nolimits"):
            base[-1].limits = self.take().text == "limits"
        below, above = self.scripts()
        if below is None and above is None:
            return base
        if not base:  # a space cannot carry scripts
            base = [Element("mrow")]
        return [*base[:-1], scripted(base[-1], below, above, before)]

    def scripts(self) -> tuple[Element | None, Element | None]:
        below: Element | None = None
        raised: list[Element] = []
        while (here := self.peek()) is not None and here.kind in ("^", "_", "'"):
            self.at += 1
            if here.kind == "'":
                raised.append(token("mo", "′"))
            elif here.kind == "^":
                raised.append(self.argument())
            elif below is not None:
                raise self.fault("two subscripts at one symbol", "put the first in braces")
            else:
                below = self.argument()
        return below, row(raised) if raised else None

    def nucleus(self, t: Token) -> list[Element]:
        """What one token begins, without scripts."""
        if t.kind == "{":
            self.at -= 1
            return [row(finish(self.group()))]
        if t.kind == "number":
            return [number(t.text, self.font)]
        if t.kind == "char":
            return [sign(t.text, self.font)]
        if t.kind == "cmd":
            return self.command(t)
        raise self.fault(f"'{t.text}' stands where a symbol is expected")

    def command(self, t: Token) -> list[Element]:
        name = t.text
        special: Callable[[], Element | None] | None = self.table.get(name)
        if special is not None:
            made = special()
            return [] if made is None else [made]
        if name in _FONTS:
            return self.in_font(_FONTS[name])
        if name in _SWITCHES:
            self.font = _SWITCHES[name]
            return []
        if name in known.SILENT:
            return []
        found = named(name, self.font)
        if found is not None:
            return [found]
        for size in known.BIG:
            if name.startswith(size) and name[len(size) :] in ("", "l", "r", "m"):
                return [self.big(size, name[len(size) :])]
        if self.strict:
            raise self.fault(f"the page does not know \\{name}", suggest(name, self.all_names()))
        return [token("mtext", f"\\{name}", class_="cg-unknown")]

    def all_names(self) -> set[str]:
        return {*self.table, *_FONTS, *known.LETTERS, *known.RELATION, *known.BINARY,
                *known.LARGE, *known.FUNCTIONS, *known.FENCES}  # fmt: skip

    def in_font(self, font: str) -> list[Element]:
        before, self.font = self.font, font
        made = self.argument()
        self.font = before
        return [made]

    def fresh(self, source: str) -> Element:
        """Another piece of LaTeX in this formula, such as an optional argument."""
        inner = Parser(source, self.strict, self.commands)
        inner.depth, inner.font = self.depth, self.font
        return row(finish(inner.items(lambda t: False)))

    def coloured(self, colour: str, inside: Sequence[Element]) -> Element:
        plain_name = colour.strip()
        if not plain_name.isalpha():
            raise self.fault(f"'{plain_name}' is no colour's name")
        return Element("mstyle", list(inside), attributes={"mathcolor": plain_name})

    # -- fences ------------------------------------------------------------------------------------

    def delimiter(self) -> str:
        """The character of a fence after \\left, \\right, \\big; '' for a full stop."""
        t = self.take()
        if t.kind == "cmd" and t.text in known.FENCES:
            return known.FENCES[t.text]
        if t.kind == "char" and t.text in "()[]|/.<>":
            return {".": "", "<": "⟨", ">": "⟩"}.get(t.text, t.text)
        raise self.fault(f"'{t.text}' is no fence")

    def big(self, size: str, side: str) -> Element:
        shown = self.delimiter()
        kind = {"l": "open", "r": "close", "m": "rel"}.get(side, "ord")
        height = f"{known.BIG[size]}em"
        return fence(shown, kind, minsize=height, maxsize=height)

    def left(self) -> Element:
        opening = self.delimiter()
        made: list[Element] = []
        while True:
            made.extend(finish(self.items(lambda t: t.kind == "cmd" and t.text in _CLOSE)))
            if self.peek() is None:
                raise self.fault("\\left without \\right")
            if self.take().text == "right":
                return fenced(opening, made, self.delimiter())
            made.append(fence(self.delimiter(), "rel"))

    def text(self, font: str) -> Element:
        """Text between formulas, with formulas in it."""
        source = self.raw()
        try:
            found = runs(source)
        except ChalkgradError as e:
            if self.strict:
                raise self.fault(e.what) from None
            return token("mtext", source, class_="cg-unknown")
        made = []
        for r in found:
            if r.math:
                made.append(self.fresh(r.text))
                continue
            shown = r.font or font
            leaf = token("mtext", spaced(r.text))
            if shown:
                leaf.attributes["class"] = f"cg-{shown}"
            made.append(leaf)
        return row(made)

    def words(self) -> str:
        """An argument that is only a name."""
        try:
            return plain(self.raw())
        except ChalkgradError as e:
            raise self.fault(e.what) from None


_CLOSE = ("right", "middle")
