"""Faults planted into printers, chains, numbers, references, pictures: the reader must find each.

``python -m tests.readback.planted`` prints, fault by fault, the first line that gave it away.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree.nodes import Fraction, Node, Sign
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.formula.tree.symbols import SIGNS
from chalkgrad.derive.language.errors import ChalkgradError
from tests.grid.cells import CASES

from . import library
from .documents import Line
from .judge import Verdict
from .library import ARTICLE, PAGE, SLIDES, TYPST
from .report import Judged

SOFTMAX = str(CASES / "softmax_deck.yaml")
RELU = str(CASES / "penalty_d2l.yaml")
NUMBERS = str(CASES / "equals_for_approx.yaml")
PATHS = str(CASES / "branches_scalar.yaml")
PRINTER = "chalkgrad.codegen.formula.latex_printer:Printer"
MATRIX = "chalkgrad.codegen.formula.latex_matrix:MatrixPrinter"
ENTRY = "chalkgrad.codegen.formula.latex_entries:EntryPrinter"
FUNCTION = "chalkgrad.codegen.formula.latex_functions:FunctionPrinter"
FORM = "chalkgrad.codegen.lecture.board.formulas:FormPrinter"
CHAINS = "chalkgrad.codegen.lecture.board.chains"
NUMERALS = "chalkgrad.codegen.formula.numerals:Numerals"
MATHML = "chalkgrad.codegen.formula.mathml.atoms"
SET = "chalkgrad.codegen.formula.typst.printer:TypstPrinter"
BOARD = "chalkgrad.codegen.lecture.board.board:Board"

Change = Callable[..., Any]


@dataclass(frozen=True)
class Fault:
    """``place`` (module:class.method or module:function) is replaced by ``change`` of it."""

    name: str
    place: str
    change: Callable[[Change], Change]
    spec: str = "n232"
    document: str = SLIDES
    notation: str = "mari"

    def __str__(self) -> str:
        return self.name


def swapped(pattern: str, by: str | Callable[[re.Match[str]], str], count: int = 0) -> Any:
    """What is printed (text, a tree, or a piece with its tree) with every match of a pattern in
    its TeX replaced."""

    def spoilt(made: Any) -> Any:
        if isinstance(made, str):
            return re.sub(pattern, by, made, count=count)
        if isinstance(made, Node):
            return formula(spoilt(kept(made)))
        return dataclasses.replace(made, node=spoilt(made.node))

    def change(original: Change) -> Change:
        return lambda *args, **more: spoilt(original(*args, **more))

    return change


def _other_entry(m: re.Match[str]) -> str:
    return f"[{1 - int(m[1])}" if m[1] in "01" else m[0]


def _truncated(original: Change) -> Change:
    def faulty(self: Any, value: Any) -> Decimal:
        made: Decimal = original(self, value)
        if not made.is_finite():
            return made
        return Decimal(str(value if not hasattr(value, "numerator") else float(value))).quantize(
            made, ROUND_DOWN
        )

    return faulty


def _early(original: Change) -> Change:
    """Rounded to two places, and then again."""

    def faulty(self: Any, value: Any) -> Decimal:
        made: Decimal = original(self, value)
        return made if not made.is_finite() else made.quantize(Decimal("0.01")).quantize(made)

    return faulty


def _without_last(original: Change) -> Change:
    def faulty(*args: Any, **more: Any) -> Any:
        return original(*args, **more)[:-1]

    return faulty


def _reversed(original: Change) -> Change:
    def faulty(way: Sequence[Any], *args: Any, **more: Any) -> Any:
        return original(way[::-1], *args, **more)

    return faulty


def _other_colour(m: re.Match[str]) -> str:
    return rf"\cgf{{{3 - int(m[1])}}}"


def _turned(original: Change) -> Change:
    def faulty(*args: Any, **more: Any) -> Any:
        return original(*args, **{**more, "turned": not more.get("turned", False)})

    return faulty


def _shortened(original: Change) -> Change:
    def faulty(way: Sequence[Any], *args: Any, **more: Any) -> Any:
        return original(way[:-1] if len(way) > 1 else way, *args, **more)

    return faulty


def _one_way(original: Change) -> Change:
    def faulty(*args: Any, **more: Any) -> Any:
        made = original(*args, **more)
        return dataclasses.replace(made, ways=made.ways[:1])

    return faulty


def _said(said: Any) -> Any:
    def change(original: Change) -> Change:
        return lambda *args, **more: said

    return change


def _other_sign(original: Change) -> Change:
    """+ and − exchanged."""

    def faulty(sign: Sign, *rest: Any) -> Any:
        turned = {"+": "-", "-": "+"}.get(sign.source)
        return original(SIGNS[turned] if turned else sign, *rest)

    return faulty


def _other_digit(original: Change) -> Change:
    return lambda text, *rest: original("3" if text == "2" else text, *rest)


def _upside_down(original: Change) -> Change:
    def faulty(self: Any, n: Fraction) -> Any:
        return original(self, dataclasses.replace(n, over=n.under, under=n.over))

    return faulty


def _without_sign(original: Change) -> Change:
    def faulty(self: Any, items: Iterable[Node]) -> Any:
        return original(self, [x for x in items if not isinstance(x, Sign) or x.text != "⊙"])

    return faulty


_PAIR = r"(?<=[_{,])([a-z0-9]),([a-z0-9])(?=\})"

FAULTS = [
    Fault("a + turned ×", f"{PRINTER}._add", swapped(r" \+ ", r" \\times ")),
    Fault("a + turned −", f"{PRINTER}._add", swapped(r" \+ ", " - ")),
    Fault("a − turned +", f"{PRINTER}._add", swapped(" - ", " + ")),
    Fault("a + turned × in the article", f"{PRINTER}._add", swapped(r" \+ ", r" \\times "),
          document=ARTICLE),
    Fault("a factor's sign lost", f"{PRINTER}._neg", swapped("^-", ""), SOFTMAX),
    Fault("a fraction upside down", f"{PRINTER}._div",
          swapped(r"^\\frac\{(.*)\}\{(\d)\}$", r"\\frac{\2}{\1}")),
    Fault("a power lost", f"{PRINTER}._pow", swapped(r"\^\{2\}$", "")),
    Fault("a sum lost", f"{PRINTER}._reduce", swapped(r"^\\sum_\{\w\} ", "")),
    Fault("a sum over another letter", f"{PRINTER}._reduce",
          swapped(r"^\\sum_\{j\}", r"\\sum_{i}"), document=ARTICLE),
    Fault("the indices of a weight exchanged", f"{ENTRY}._entry", swapped(_PAIR, r"\2,\1")),
    Fault("the indices exchanged in the article", f"{ENTRY}._entry", swapped(_PAIR, r"\2,\1"),
          document=ARTICLE),
    Fault("an index dropped", f"{ENTRY}._entry", swapped(_PAIR, r"\1")),
    Fault("an index dropped in a column notation", f"{ENTRY}._entry", swapped(_PAIR, r"\1"),
          notation="nielsen"),
    Fault("a derivative upside down", f"{PRINTER}._local",
          swapped(r"\\frac\{(\\partial .*)\}\{(\\partial .*)\}", r"\\frac{\2}{\1}")),
    Fault("a transpose lost", f"{MATRIX}._transpose", swapped(r"\^\{\\top\}", "")),
    Fault("a transpose lost in the article", f"{MATRIX}._transpose", swapped(r"\^\{\\top\}", ""),
          document=ARTICLE),
    Fault("⊙ for a matrix product", f"{MATRIX}._matmul", swapped(r"\\;", r" \\odot ")),
    Fault("a matrix product for ⊙", f"{MATRIX}._hadamard", swapped(r" \\odot ", r"\\;")),
    Fault("a shape exchanged", f"{MATRIX}.shaped",
          swapped(r"(\d) \\times (\d)", r"\2 \\times \1")),
    Fault("digits cut off", f"{NUMERALS}.rounded", _truncated),
    Fault("a number rounded twice", f"{NUMERALS}.rounded", _early),
    Fault("the sign of a number lost", f"{NUMERALS}.formula", swapped("^-", "")),
    Fault("= for ≈", f"{BOARD}.relation", _said(SIGNS["="]), NUMBERS),
    Fault("a wrong reference", f"{BOARD}.at", swapped(r"(?<=\\cgr\{x)\[(\d)", _other_entry, 1)),
    Fault("a colour on the wrong factor", f"{CHAINS}:_mark",
          swapped(r"\\cgf\{([12])\}", _other_colour)),
    Fault("a chain in reverse", f"{CHAINS}:coloured", _reversed),
    Fault("a factor of a chain left out", f"{CHAINS}:coloured", _shortened),
    Fault("a path left out", f"{CHAINS}:chain_rule", _one_way, PATHS),
    Fault("an arc missing", "chalkgrad.codegen.picture.network.arcs:_factors", _without_last),
    Fault("MathML with another sign", f"{MATHML}:sign", _other_sign, document=PAGE),
    Fault("MathML with another digit", f"{MATHML}:number", _other_digit, document=PAGE),
    Fault("Typst with another sign", "chalkgrad.codegen.formula.typst.signs:sign", _other_sign,
          document=TYPST),
    Fault("a fraction upside down in Typst", f"{SET}._fraction", _upside_down, document=TYPST),
    Fault("⊙ lost in Typst", f"{SET}.row", _without_sign, document=TYPST),
    Fault("another function", f"{FUNCTION}.called", swapped(r"^g$|^\\sigma$", r"\\tanh")),
    Fault("another function in the article", f"{FUNCTION}.called",
          swapped(r"^\\sigma$", r"\\tanh"), document=ARTICLE),
    Fault("the prime of a derivative lost", f"{FORM}._slope_name", swapped("'", "")),
    Fault("the sign in an exponential lost", f"{FUNCTION}._fn_exp", swapped(r"\^\{-", "^{")),
    Fault("a condition turned round", f"{PRINTER}._cmp", swapped(" > ", " < "), RELU,
          document=ARTICLE),
    Fault("a matrix turned", "chalkgrad.codegen.lecture.board.board:bmatrix", _turned),
    Fault("a δ between other letters", f"{PRINTER}._delta",
          swapped(r"\\delta_\{(\w)\\,(\w)\}", r"\\delta_{\1\\,\1}"), document=ARTICLE),
]  # fmt: skip


def place(fault: Fault) -> tuple[Any, str]:
    """What holds the function that a fault replaces, and its name."""
    module, _, path = fault.place.partition(":")
    owner: Any = importlib.import_module(module)
    *inner, name = path.split(".")
    for part in inner:
        owner = getattr(owner, part)
    return owner, name


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """The fault is in the product for a while."""
    owner, name = place(fault)
    original = getattr(owner, name)
    library.forget()
    setattr(owner, name, fault.change(original))
    try:
        yield
    finally:
        setattr(owner, name, original)
        library.forget()


_STOPPED = re.compile(r"page (\d+) \((\S+)\)")  # where a build that refuses a line stopped


def caught(fault: Fault) -> list[Judged]:
    """The lines that give a fault away; the build may stop at one itself."""
    reader = library.reader(fault.spec, fault.notation, "en")  # knows the names before the fault
    with planted(fault):
        made: list[Judged] = []
        try:
            for text in library.texts(fault.spec, fault.notation, fault.document):
                made += library.faults(reader, fault.document, text)
        except ChalkgradError as err:
            found = _STOPPED.match(err.where or "")
            if found is None:
                raise
            made.append(Judged(Line(found[2], int(found[1]), err.what), Verdict("false", err.what)))
    return made


def main() -> int:
    """Exit code 1 where one is not found."""
    missed = 0
    for fault in FAULTS:
        found = caught(fault)
        missed += not found
        print(f"{fault}: {str(found[0])[:150] if found else 'NOT FOUND'}", flush=True)
    print(f"{len(FAULTS)} faults, {missed} not found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
