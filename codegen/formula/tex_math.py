"""The gate through which mathematics reaches TeX, and where a long line of it may be broken.

Our printers write a known subset of LaTeX; a lecturer's own slide may contain anything between
its dollars. A formula passes when every command of it is in ``math_commands.txt`` and its braces,
fences and environments are balanced; else it is printed as it is written, as text.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ..notation.escape import escape

TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|\s+|.", re.S)
_CONTROL = set(",;:! {}|\\&%#$_-/")
_ENVIRONMENTS = {
    "matrix", "bmatrix", "pmatrix", "vmatrix", "Vmatrix", "Bmatrix", "smallmatrix", "aligned",
    "alignedat", "array", "cases", "rcases", "gathered", "split",
}  # fmt: skip
_TEXTUAL = {"text", "textrm", "textbf", "textit", "textsf", "texttt", "textnormal"}
_PLAIN_TEXT = {"textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater",
               "textbar", "textquotedbl", "textasciigrave", "ldots", "textquotesingle", "ss", "o",
               "O", "l", "L", "ae", "AE", "oe", "OE", "i", "c", "u", "v", "H", "k", "r",
               "itshape", "bfseries", "ttfamily", "upshape"}  # fmt: skip
_ACCENTS = set("`'^\"=.~")
_ARGUMENTS = {
    "frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom", "sqrt", "overset", "underset",
    "stackrel", "overline", "underline", "overbrace", "underbrace", "operatorname", "mathrm",
    "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathbb", "boldsymbol", "bm", "hat", "bar",
    "tilde", "vec", "dot", "ddot", "widehat", "widetilde", "cgf", "cgc", "cgr", "cgn", "cghl",
    "cgat", "cgblank", "substack", "mathrel", "mathbin", "mathop", "phantom", "hphantom",
    "vphantom", "smash", "boxed", "^", "_", *_TEXTUAL,
}  # fmt: skip
_LETTERS = {
    "−": "-", "×": r"\times ", "·": r"\cdot ", "⊙": r"\odot ", "⊘": r"\oslash ",
    "∂": r"\partial ", "′": "'",
    "≈": r"\approx ", "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ", "→": r"\to ", "∞": r"\infty ",
    "∑": r"\sum ", "∇": r"\nabla ", "⊤": r"\top ", "…": r"\ldots ", "⋯": r"\cdots ",
    "ℓ": r"\ell ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ",
    "ε": r"\varepsilon ", "η": r"\eta ", "θ": r"\theta ", "λ": r"\lambda ", "μ": r"\mu ",
    "π": r"\pi ", "ρ": r"\rho ", "σ": r"\sigma ", "Σ": r"\Sigma ", "τ": r"\tau ",
    "φ": r"\varphi ", "ψ": r"\psi ", "ω": r"\omega ", "Δ": r"\Delta ", "∈": r"\in ",
}  # fmt: skip
RELATIONS = {"=", "<", ">", r"\approx", r"\equiv", r"\leq", r"\le", r"\geq", r"\ge", r"\neq",
             r"\ne", r"\to", r"\Rightarrow", r"\leftarrow", r"\gets", r"\rightarrow", r"\implies",
             r"\sim", r"\propto", r"\iff", r"\mapsto"}  # fmt: skip
BINARIES = {
    "+",
    "-",
    r"\times",
    r"\cdot",
    r"\odot",
    r"\oslash",
    r"\pm",
    r"\circ",
    r"\ast",
    r"\otimes",
}


@cache
def commands() -> frozenset[str]:
    """Names (without the backslash) that mathematics may use."""
    lines = Path(__file__).with_name("math_commands.txt").read_text("utf-8").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())


@cache
def math_tex(latex: str) -> str:
    """The formula, or its text in typewriter letters where it is not one (see the module)."""
    made = _passed(latex)
    return made if made is not None else literal(latex)


def literal(text: str) -> str:
    """A text inside mathematics, word by word, so that it may be broken between them."""
    return r"\enspace ".join(rf"\text{{\texttt{{{escape(w)}}}}}" for w in text.split())


def is_math(latex: str) -> bool:
    """Does the formula pass the gate?"""
    return _passed(latex) is not None


def _passed(latex: str) -> str | None:
    if "^^" in latex:
        return None
    try:
        return _Gate(latex).text()
    except _RefusedError:
        return None


class _RefusedError(Exception):
    pass


class _Gate:
    """One walk over the tokens; ``stack`` holds what is open: { text $ left or an environment."""

    def __init__(self, latex: str) -> None:
        self.tokens = TOKEN.findall(latex)
        self.at = 0
        self.stack: list[str] = []
        self.scripts: list[set[str]] = [set()]
        self.made: list[str] = []
        self.script = False

    def text(self) -> str:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            self.one(token)
        if self.stack:
            raise _RefusedError
        return "".join(self.made)

    def textual(self) -> bool:
        return next((s == "text" for s in reversed(self.stack) if s in ("text", "$")), False)

    def one(self, token: str) -> None:
        if token.isspace():
            self.made.append(" ")
        elif token == "{":
            self.open("{")
        elif token == "}":
            if not self.stack or self.stack[-1] not in ("{", "text", "substack"):
                raise _RefusedError
            self.close("}")
        elif token == "$":
            self.dollar()
        elif token in "%#" or token == "\\":
            raise _RefusedError
        elif token == "&":
            self.cell("&")
        elif token in "^_":
            self.raise_or_lower(token)
        elif token.startswith("\\"):
            self.command(token)
        else:
            self.letter(token)

    def letter(self, token: str) -> None:
        self.nucleus()
        if token.isascii():
            if not token.isprintable():
                raise _RefusedError
            self.made.append(token)
        elif self.textual():
            self.made.append(escape(token))
        else:
            self.made.append(_LETTERS.get(token) or rf"\text{{{escape(token)}}}")

    def nucleus(self) -> None:
        """What a script may stand at; the argument of a script is not one."""
        if self.script:
            self.script = False
        else:
            self.scripts[-1] = set()

    def open(self, kind: str) -> None:
        self.nucleus()
        self.stack.append(kind)
        self.scripts.append(set())
        self.made.append("{" if kind in ("{", "text") else "$")

    def close(self, text: str) -> None:
        self.stack.pop()
        self.scripts.pop()
        self.script = False
        self.made.append(text)

    def dollar(self) -> None:
        if self.stack and self.stack[-1] == "$":
            self.close("$")
        elif self.textual():
            self.open("$")
        else:
            raise _RefusedError

    def cell(self, token: str) -> None:
        stacked = token == "\\\\" and self.stack and self.stack[-1] == "substack"
        if not stacked and (not self.stack or self.stack[-1] not in _ENVIRONMENTS):
            raise _RefusedError
        self.scripts[-1] = set()
        self.made.append(token)

    def raise_or_lower(self, token: str) -> None:
        if self.textual() or token in self.scripts[-1] or self.script:
            raise _RefusedError
        self.scripts[-1].add(token)
        self.made.append(token)
        self.argument()
        self.script = True

    def coming(self) -> str:
        """The next token that is not space."""
        rest = map(self.tokens.__getitem__, range(self.at, len(self.tokens)))
        return next((t for t in rest if not t.isspace()), "")

    def argument(self) -> None:
        """Something must follow that can be an argument."""
        rest = self.coming() or "}"
        if rest in ("}", "&", "\\\\", "^", "_", "$", "\\end", "\\right", "\\left"):
            raise _RefusedError

    def command(self, token: str) -> None:
        name = token[1:]
        bare = name.rstrip("*")
        if name == "\\":
            self.cell("\\\\")
        elif name in ("begin", "end"):
            self.environment(name)
        elif self.textual() and (name in _PLAIN_TEXT or name in _ACCENTS):
            self.made.append(token)
        elif not name.isalpha() and not bare.isalpha():
            if name not in _CONTROL:
                raise _RefusedError
            self.made.append(token)
        elif bare in ("left", "right", "middle"):
            self.fence(bare)
        elif name == "chalkbreak":  # where the article's printer allows a break
            self.made.append(r"\allowbreak ")
        elif bare in commands():
            self.known(token, bare)
        else:
            raise _RefusedError

    def known(self, token: str, bare: str) -> None:
        self.nucleus()
        self.made.append(token)
        if bare in _ARGUMENTS:
            self.argument()
        if bare in _TEXTUAL:
            self.expect("{")
            self.open("text")
        elif bare == "substack":
            self.expect("{")
            self.stack.append("substack")
            self.scripts.append(set())
            self.made.append("{")
        elif bare in ("cgr", "cgn", "cgf", "cgc", "cgat"):
            self.key(number=bare in ("cgf", "cgc", "cgat"))

    def key(self, *, number: bool) -> None:
        """The first argument of our macros: a reference, or a number; TeX prints neither."""
        words = self.group()
        if number and not words.strip().isdigit():
            raise _RefusedError
        self.made.append("{" + re.sub(r"[^A-Za-z0-9_.,:+\[\]()|/ -]", "", words) + "}")
        self.argument()

    def group(self) -> str:
        self.expect("{")
        made = []
        while self.at < len(self.tokens) and self.tokens[self.at] != "}":
            made.append(self.tokens[self.at])
            self.at += 1
        self.expect("}")
        return "".join(made)

    def expect(self, token: str) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at >= len(self.tokens) or self.tokens[self.at] != token:
            raise _RefusedError
        self.at += 1

    def environment(self, name: str) -> None:
        which = self.group()
        bare = which.rstrip("*")
        if bare not in _ENVIRONMENTS:
            raise _RefusedError
        self.made.append(rf"\{name}{{{which}}}")
        if name == "begin":
            self.nucleus()
            self.stack.append(bare)
            self.scripts.append(set())
            if bare in ("array", "alignedat"):
                columns = self.group()
                if not re.fullmatch(r"[lcr| ]+|[0-9]+", columns):
                    raise _RefusedError
                self.made.append(f"{{{columns}}}")
        elif self.stack and self.stack[-1] == bare:
            self.close("")
        else:
            raise _RefusedError

    def fence(self, name: str) -> None:
        rest = self.coming()
        if not re.fullmatch(
            r"[()\[\]|./<>]|\\[{}|]|\\[lr]?(angle|vert|Vert|floor|ceil|brace)", rest
        ):
            raise _RefusedError
        self.made.append(f"\\{name}")
        if name == "left":
            self.nucleus()
            self.stack.append("left")
            self.scripts.append(set())
        elif not self.stack or self.stack[-1] != "left":
            raise _RefusedError
        elif name == "right":
            self.stack.pop()
            self.scripts.pop()
