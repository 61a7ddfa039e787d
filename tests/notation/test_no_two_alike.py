"""Two different things of a deck are never printed alike: tensors, their entries, indices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalkgrad.codegen.formula.latex_printer import Printer
from chalkgrad.codegen.formula.tree.nodes import Node
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.notation.names import index_tex
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.codegen.notation.symbols import Symbols, symbols_of
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.pipeline import derive, load, load_all
from tests.grid.cells import specs

FEW = 10  # entries of a vector that are compared


def alike(d: Derivation, symbols: Symbols) -> list[str]:
    """What is printed as something else is."""
    found: dict[Node, str] = {}
    made = itertools.chain(tensors(symbols), indices(d, symbols))
    return [f"{what}, {found[tree]}" for tree, what in made
            if found.setdefault(tree, what) != what]  # fmt: skip


def tensors(symbols: Symbols) -> Iterator[tuple[Node, str]]:
    """Every tensor and its first entries as trees, with what they are."""
    network, printer = symbols.network, Printer(symbols)
    for name, tensor in network.tensors.items():
        if name in symbols.adjoints:
            continue
        yield printer.named(name), name
        sizes = [network.size(a) for a in tensor.axes]
        single = symbols.style.drop_single and set(sizes) == {1}  # its entry is the whole of it
        few = FEW if len(sizes) == 1 else 3
        places = itertools.product(
            *(range(min(n, few) if isinstance(n, int) else few) for n in sizes)
        )
        for at in places if sizes and not single else ():
            yield printer.entry_at(name, at), f"{name}{list(at)}"


def indices(d: Derivation, symbols: Symbols) -> Iterator[tuple[Node, str]]:
    for eq in (*d.forward, *(s.equation for s in d.steps)):
        for letter in symbols.letters(eq).values():
            yield formula(index_tex(letter)), f"the index {letter}"


@pytest.mark.parametrize("spec", specs(), ids=lambda s: Path(s).stem)
def test_no_two_things_of_a_deck_are_printed_alike(spec: str) -> None:
    told = []
    for network in load_all(spec):
        d = per_sample(derive(network))
        told += [f"{n}: {x}" for n in notations() for x in alike(d, symbols_of(d, n))]
    assert not told


def derived(tensors: dict[str, Any], equation: str) -> Derivation:
    spec = {"name": "t", "parameters": tensors, "equations": equation, "loss": "L"}
    return per_sample(derive(load(spec)))


@pytest.mark.parametrize(
    ("tensors", "equation"),
    [
        ({"b": [3], "b_2": []}, "L = sum[i](b[i])*b_2"),
        ({"b_2": [], "b": [3]}, "L = sum[i](b[i])*b_2"),
        ({"b": [3], "b_2": [4]}, "L = sum[i](b[i]) + sum[j](b_2[j])"),
        ({"w": [2, 3], "w_1": [3]}, "L = sum[i,j](w[i,j]*w_1[j])"),
    ],
)
@pytest.mark.parametrize("notation", notations())
def test_a_name_with_a_number_is_no_entry_of_another_tensor(
    tensors: dict[str, Any], equation: str, notation: str
) -> None:
    d = derived(tensors, equation)
    assert not alike(d, symbols_of(d, notation))


def test_an_entry_that_does_not_exist_takes_no_name() -> None:
    d = derived({"b": [3], "b_4": []}, "L = sum[i](b[i])*b_4")
    assert symbols_of(d, "ng")["b_4"].whole == "b_{4}"


def test_an_index_is_not_called_as_a_tensor_is_printed() -> None:
    d = derived({"x": [3], "i": [3]}, "L = sum[i](x[i]) + sum[k](i[k])")
    symbols = symbols_of(d, "ng")
    assert not alike(d, symbols)
    assert symbols["i"].whole == "i"


@pytest.mark.parametrize("notation", ["mazur", "huertas_net"])
@pytest.mark.parametrize("spec", ["transformer", "sorting"])
def test_a_layer_without_a_short_name_leaves_no_empty_subscript(spec: str, notation: str) -> None:
    (network,) = load_all(spec)
    symbols = symbols_of(per_sample(derive(network)), notation)
    assert symbols["b_up"].whole == r"b_{\mathrm{up}}"
    assert not [name for name, made in symbols.known.items() if "{}" in made.whole]
