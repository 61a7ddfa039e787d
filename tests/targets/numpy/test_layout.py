"""Long expressions are broken over lines without a change of meaning."""

from __future__ import annotations

import ast
import random

import pytest

from chalkgrad.codegen.lowering.arrays import Attr, Call, Cond, Item, Lit, Node, Op, Var
from chalkgrad.codegen.targets.numpy.layout import assignment
from chalkgrad.codegen.targets.numpy.printer import source

BINARY = ("+", "*", "/", "@", "**", "<", ">=", "&", "|", "and", "or", "//")


def tree(rng: random.Random, depth: int) -> Node:
    """A random array expression with names long enough to break it."""
    if depth == 0:
        return rng.choice([Var("a_long_name_of_a_tensor"), Var("x"), Lit("2"), Lit("0.5")])

    def kid() -> Node:
        return tree(rng, depth - rng.randint(1, 2) if depth > 1 else 0)

    kind = rng.randrange(8)
    if kind <= 2:
        op = rng.choice(BINARY)
        count = rng.randint(2, 3) if op in ("+", "*", "&", "|", "and", "or") else 2
        return Op(op, tuple(kid() for _ in range(count)))
    if kind == 3:
        return Op(rng.choice(["neg", "~", "not"]), (kid(),))
    if kind == 4:
        return Call("np.where", (kid(), kid(), kid()))
    if kind == 5:
        return Attr(kid(), rng.choice(["T", "real"]))
    if kind == 6:
        return Attr(kid(), "sum", (), (("axis", Lit("1")),))
    return rng.choice([Item(kid(), (Lit(":"), Lit("None"))), Cond(kid(), kid(), kid())])


class Flat(ast.NodeTransformer):
    """(a or b) or c is a or b or c."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.BoolOp:
        self.generic_visit(node)
        values: list[ast.expr] = []
        for v in node.values:
            same = isinstance(v, ast.BoolOp) and type(v.op) is type(node.op)
            values += v.values if same else [v]  # type: ignore[attr-defined]
        return ast.BoolOp(node.op, values)


def meaning(text: str) -> str:
    return ast.dump(Flat().visit(ast.parse(text)))


@pytest.mark.parametrize("first", range(0, 3000, 500))
def test_broken_lines_mean_what_one_line_means(first: int) -> None:
    for seed in range(first, first + 500):
        node = tree(random.Random(seed), 6)
        lines = assignment("y", node, "", "(N,)", 1).lines
        assert meaning("\n".join(lines)) == meaning(f"y = {source(node)}"), (seed, lines)
