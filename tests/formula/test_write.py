"""What printers write is the tree that its own TeX reads as, so every printer sees one formula."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalkgrad.codegen.formula import ends
from chalkgrad.codegen.formula.latex_functions import Tex, beside
from chalkgrad.codegen.formula.latex_matrix import matrix_lines
from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree import write
from chalkgrad.codegen.formula.tree.nodes import Node
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.derive import examples
from chalkgrad.derive.forms.letters import letters
from chalkgrad.derive.language.expr import Read
from chalkgrad.derive.pipeline import load

X, Y = write.sign("x"), write.number(2)


@pytest.mark.parametrize(
    ("made", "latex"),
    [
        (write.spaced(write.sign("le"), write.row(X, Y)), r"\le x2"),
        (write.number(-3), "-3"),
        (write.listed([X, Y]), "x,2"),
        (write.raised(write.lowered(X, Y), write.sign("∂")), r"x_{2}^{\partial}"),
        (write.raised(write.fenced(X, 1), Y), r"\bigl(x\bigr)^{2}"),
        (write.primed(write.sign("g"), 2), "g''"),
        (write.derivative(X, Y), r"\frac{\partial x}{\partial 2}"),
        (write.root(X), r"\sqrt{x}"),
        (write.bold(Y), r"\mathbf{2}"),
        (write.operator(write.lettered("arg_2"), limits=True), r"\operatorname*{arg\_2}"),
        (write.underset(X, Y), r"\underset{\scriptscriptstyle x}{2}"),
        (write.underbrace(X, Y), r"\underbrace{x}_{2}"),
        (write.marked("cgc", 1, X), r"\cgc{1}{x}"),
        (write.between("lVert", X, "rVert"), r"\lVert x \rVert"),
        (write.stacked([X, Y, X]), r"\substack{x \\ 2 \\ x}"),
        (write.enumerated([X, Y]), r"x,\; 2"),
        (write.chained([X, Y, X]), "x = 2 = x"),
        (write.fraction(X, Y, tall=True), r"\dfrac{x}{2}"),
        (write.displayed(write.fraction(X, Y)), r"\displaystyle \frac{x}{2}"),
        (write.accented("hat", X), r"\hat{x}"),
        (write.accented(r"\tilde", X), r"\tilde{x}"),
        (write.boxed(X), r"\boxed{x}"),
        (write.applied(write.sign("g"), X), "g(x)"),
        (write.enclosed("[", write.fraction(X, Y), "]"), r"\left[\frac{x}{2}\right]"),
        (
            write.airy(write.row(write.matrix([[X, Y], [Y, X]])), "big"),
            r"\begin{bmatrix} \bigl. x & 2 \\ \bigl. 2 & x \end{bmatrix}",
        ),
        (
            write.cases([(X, write.text("if ")), (Y, X)]),
            r"\begin{cases} x & \text{if } \\ 2 & x \end{cases}",
        ),
    ],
)
def test_what_is_written_is_what_the_reader_makes_of_its_tex(made: Node, latex: str) -> None:
    assert kept(made) == latex
    assert write.row(made) == formula(latex)


def test_no_character_of_a_persons_name_acts() -> None:
    assert kept(write.lettered(r"\x{%")) == r"\text{\textbackslash{}}x\{\%"


@pytest.mark.parametrize("style", notations())
@pytest.mark.parametrize("name", ["n232", "xor", "transformer"])
def test_every_line_of_a_derivation_is_the_tree_that_its_tex_reads_as(
    name: str, style: str
) -> None:
    for made in _sides(name, style):
        assert write.row(made.node) == formula(made.text), made.text


def _sides(name: str, style: str) -> Iterator[Tex]:
    """The right sides of a network's equations, in entries and over whole tensors."""
    d = load(examples.path(name)).derive()
    printer = Printer(symbols_of(d, style), breaks=True)
    for eq in (*d.forward, *(s.equation for s in d.steps)):
        yield printer.piece(eq.rhs, letters([Read(eq.name, eq.indices), eq.rhs]))
        yield from (line.right for line in matrix_lines(printer, eq, d))


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        ("x", "y", r"\, "),
        ("2", "y", " "),
        ("x", "2", r" \cdot "),
        ("2", r"\frac{1}{2}", r" \cdot "),
        (r"\frac{-1}{2}", r"\mathbf{1}[x]", r" \cdot "),
        (r"\frac{x}{2}", r"\frac{1}{2}", r"\, "),
        ("(x + 2)", r"(-\frac{1}{2})", r" \cdot "),
        (r"\bigl(x + 2\bigr)", r"\frac{1}{2}", r"\, "),
    ],
)
def test_a_dot_stands_between_numerals_and_before_one(
    before: str, after: str, between: str
) -> None:
    assert kept(beside(Tex(formula(before)), Tex(formula(after)))) == between


@pytest.mark.parametrize(
    ("latex", "letter"),
    [("x", True), (r"\bigl(e^{2}", True), (r"\cgn{a}{2}", False), ("-x", False), ("(2)", False)],
)
def test_a_letter_at_the_beginning_is_seen_behind_marks_and_parentheses(
    latex: str, letter: bool
) -> None:
    assert ends.begins_with_letter(formula(latex)) is letter
