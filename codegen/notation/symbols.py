"""How names are written: a preset (data, in notations/) applied to the tensors of one network.

A preset says how each role is written; `Symbols` fills it in for every tensor and sees to it that
two tensors never get the same symbol. The derivation itself knows no notation.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from string import ascii_letters
from typing import Any

from ...derive.chainrule.derivation import Derivation
from ...derive.forms.letters import letters
from ...derive.forms.shrinkage import Shrinkage, shrinkage_of
from ...derive.language.equation import Equation
from ...derive.language.expr import ONE, Cmp, Expr, Fn, Idx, Iverson, Mul, Num, mul, transform, walk
from ...derive.network.given import edge_names
from ...derive.network.network import Network
from ..formula.tree import nodes
from ..formula.tree.reader import formula
from ..formula.tree.write import derivative, lowered, row, sign, spaced
from .alike import Known, Spelled, spelled
from .escape import escape
from .model import Notation, Role
from .names import letter_tex, split_name
from .plain import plain_text
from .presets import read_notation
from .roles import Place, Places
from .symbol import Parts, Symbol

_ENGINE = {"pre": "v", "hidden": "y", "output": "y", "weight": "W", "bias": "b", "input": "x",
           "target": "y", "loss": "L"}  # fmt: skip
_SAID = {"pre": "pre-activation", "hidden": "activation", "unit_loss": "loss of one output",
         "data_loss": "loss", "total": "loss of the batch", "cost": "loss with its penalties",
         "variable": "tensor", "scalar": "number"}  # fmt: skip
MAX_EDGES = 100_000


# -- symbols --------------------------------------------------------------------------------------


class Symbols:
    """The symbols of one network's tensors in one notation. ``clashes`` lists what was avoided."""

    def __init__(
        self, style: Notation, network: Network, derivation: Derivation | None = None
    ) -> None:
        self.style, self.network = style, network
        self.words: Mapping[str, str] = {}  # if, and, sin, … where a language has its own
        self.adjoints: dict[str, str] = {}
        if derivation is not None:
            self.adjoints = {s.equation.name: s.of for s in derivation.steps if s.of}
            self.of = derivation.of
        else:
            self.of = network.loss
        self.adjoints.setdefault(f"d{self.of}", self.of)
        found = Places(network)
        self.places, self.layers = found.all(), len(found.weighted)
        self.clashes: list[str] = []
        self.known: dict[str, Symbol] = {}
        self.taken: dict[str, str] = {}
        self.alike = Known()
        for name in network.tensors:
            if name not in self.adjoints:
                self.known[name] = self._unique(name)
        self.deltas = self._deltas()

    def __getitem__(self, name: str) -> Symbol:
        if name not in self.known:
            self.known[name] = self._own(name, self.place(name))
        return self.known[name]

    def place(self, name: str) -> Place:
        return self.places.get(name) or Place("variable", None, "", True, False, 1)

    def role(self, name: str) -> str:
        return self.place(name).role

    # -- no two alike -------------------------------------------------------------------------

    def _unique(self, name: str) -> Symbol:
        """The tensor's symbol; where another tensor has it, one of its own, and a report."""
        place = self.place(name)
        made = self._symbol(name, place)
        other = self._holder(made, name)
        if other is not None:
            first, made = made, self._instead(name, place)
            hint = "output_accent or names" if "output" in place.role else "names"
            self._report(first, other, self._said(name), self[other].plain, made.plain, hint)
        self.taken[made.whole] = self.taken[made.entry] = name
        for form in self._spelled(made, name):
            self.alike.add(form, name)
        return made

    def _holder(self, made: Symbol, name: str) -> str | None:
        """The tensor that a reader would take this symbol of a tensor for: as a whole or by an
        entry."""
        found = map(self.alike.holder, self._spelled(made, name))
        return next((other for other in found if other is not None), None)

    def _spelled(self, made: Symbol, name: str) -> Iterator[Spelled]:
        sizes = [self.network.size(a) for a in self.network.tensors[name].axes]
        shown = [n for n in sizes if n != 1 or not self.style.drop_single]
        return spelled(made, shown, self.style.index_base)

    def _instead(self, name: str, place: Place) -> Symbol:
        """An accent where an output has the target's letter, else the network's own name."""
        tries = [self._own(name, place), _literal(name)]
        if place.role == "output":
            tries.insert(0, self._symbol(name, place, accent=self.style.output_accent))
        return next((t for t in tries if self._holder(t, name) is None), tries[-1])

    def _report(
        self, made: Symbol, other: str, meaning: str, kept: str, instead: str, hint: str = "names"
    ) -> None:
        self.clashes.append(
            f"{made.plain} would be both {self._said(other)} and {meaning}: "
            f"written {kept} and {instead}; choose {hint}"
        )

    def _said(self, name: str) -> str:
        return f"the {_SAID.get(self.role(name), self.role(name))} {name}"

    def free(self, *letters: str) -> str:
        """The first of these letters that stands for nothing yet; else the last."""
        return next((x for x in letters if x not in self._letters), letters[-1])

    @cached_property
    def _letters(self) -> frozenset[str]:
        """The letters of tensors (without what stands below and above them), of the activation and
        of the functions that the equations name."""
        printed = map(formula, (*self.taken, self.style.activation))
        used = (e.name for eq in self.network.equations for e in walk(eq.rhs) if isinstance(e, Fn))
        return frozenset(used) | {
            n.text for row in printed for n in nodes.walk(nodes.rebuilt(row, _unscripted))
            if isinstance(n, nodes.Sign)
        }  # fmt: skip

    # -- one symbol ---------------------------------------------------------------------------

    def _symbol(self, name: str, place: Place, accent: str = "") -> Symbol:
        row = self.style.symbols.get(place.role)
        if name in self.style.names:
            return self._own(name, place)
        if row is None or row.letter is None or place.own:
            return self._own(name, place)
        if place.role == "total" and row.letter.startswith(r"\overline"):
            row = self._mean(row)
        stem, _, sub = split_name(name)
        low = " ".join(p for p in sub.split() if p != place.alias) if stem in "Wb" else ""
        number = self._number(place, row)
        if self.style.named_layers and not number and row.number != "never":
            return self._own(name, place)  # its layer has no short name to stand there
        shown = number is not None and (
            row.number == "always" or (row.number == "several" and self._several(place.role))
        )
        return self._made(row, place, number or "", shown, low, accent)

    def _mean(self, row: Role) -> Role:
        """The mean of a loss that a person named carries a bar over that name."""
        sample = self.network.sample_loss
        if not self.place(sample).own:
            return row
        named = self._symbol(sample, self.place(sample)).whole
        return row.model_copy(update={"letter": rf"\overline{{{named}}}"})

    def _made(
        self, row: Role, place: Place, number: str, shown: bool, low: str = "", accent: str = ""
    ) -> Symbol:
        style = self.style
        letter = row.letter or _ENGINE.get(place.role, place.role)
        small = row.entry_letter or style.entry_letters.get(letter, letter)
        mark = style.layer.replace("<n>", number) if shown else ""
        unit = number if style.named_layers else ""
        below = r"\mathrm{" + escape(low).replace(" ", ",") + "}" if low else ""
        if style.named_layers and place.layer is not None:
            number = str(place.layer + row.offset)
        parts = Parts(letter, small, mark, below, accent or row.accent or "", style.bold,
                      number, unit)  # fmt: skip
        made = parts.symbol(scalar=place.rank == 0, whole=row.whole, entry=row.entry)
        plain = row.plain + plain_text(mark) if row.plain else plain_text(made.whole)
        return replace(made, plain=plain)

    def _number(self, place: Place, row: Role) -> str | None:
        if self.style.named_layers:
            return self.layer_name(place)
        return None if place.layer is None else str(place.layer + row.offset)

    def layer_name(self, place: Place) -> str | None:
        """h and o, or what the spec calls them (``as: h``); a second hidden layer is h'."""
        if place.alias:
            return place.alias if re.fullmatch("[A-Za-z][0-9]*", place.alias) else None
        if place.layer is None:
            return "o" if place.role in ("target", "unit_loss") and self.layers else None
        if place.layer >= self.layers - 1:
            return "o"
        return "h" + "'" * place.layer

    def _several(self, role: str) -> bool:
        return sum(p.role == role and not p.own for p in self.places.values()) > 1

    def _own(self, name: str, place: Place) -> Symbol:
        """By the tensor's own name: letters, layer, subscript."""
        style = self.style
        row = style.symbols.get(place.role) or Role()
        named = name in style.names
        stem, number, sub = split_name(name)
        letter, plain = letter_tex(stem)
        letter = style.letters.get(stem, letter)
        small = letter
        if stem in style.entry_letters:
            small = letter_tex(style.entry_letters[stem])[0]
        if named:
            letter = small = style.names[name]
            plain, number, sub = style.plain_names.get(name, plain_text(letter)), "", ""
        accent = style.output_accent if self._accented(name, stem) and not named else ""
        plain += "\u0302" if accent else ""
        by_person = place.own and style.own_number == "subscript"
        shown = str(int(number) + (0 if place.own else row.offset)) if number else ""
        mark = ("_{<n>}" if by_person else style.layer).replace("<n>", shown) if shown else ""
        low = r"\mathrm{" + escape(sub).replace(" ", ",") + "}" if sub else ""
        if sub in self.known:  # R_W0 belongs to W0
            low, sub = self.known[sub].whole, self.known[sub].plain
        parts = Parts(letter, small, mark, low, accent, style.bold, shown)
        made = parts.symbol(scalar=place.rank == 0)
        plain += shown if by_person else plain_text(mark)
        plain += "_" + sub.replace(" ", "_") if sub else ""
        return replace(made, plain=unicodedata.normalize("NFC", plain))

    def _accented(self, name: str, stem: str) -> bool:
        if name != self.network.output or self.role(name) == "target":
            return False
        return any(split_name(t.name)[0] == stem for t in self.network.targets)

    # -- derivatives --------------------------------------------------------------------------

    def derivative(self, loss: nodes.Row, below: nodes.Row) -> nodes.Row:
        """The derivative of the loss by a whole tensor as the notation writes it: ∂L/∂W, dW,
        ∇_W L."""
        if self.style.derivative == "d":
            return row(sign("d"), below)
        if self.style.derivative == "nabla":
            return spaced(lowered(sign("∇"), below), loss)
        return row(derivative(loss, below))

    def _deltas(self) -> dict[str, Symbol]:
        """δ of every pre-activation, where the notation has a name for it."""
        if self.style.derivative != "delta":
            return {}
        row = self.style.symbols.get("delta") or Role(letter=r"\delta")
        found = {}
        for name, place in self.places.items():
            if place.pre and place.layer is not None:
                made = self._made(row, place, self._number(place, row) or "", shown=True)
                if (other := self._holder(made, name)) is None:
                    found[name] = made
                    continue
                instead = f"∂{self[self.of].plain}/∂{self[name].plain}"
                meaning = f"the derivative by {self._said(name)}"
                self._report(made, other, meaning, made.plain, instead)
        return found

    def turned(self) -> frozenset[str]:
        """Tensors whose written form is the transpose of the stored one: a column board's
        vectors, its batches (N samples are N columns), and weights written (to, from)."""
        if self.style.vectors != "column":
            return frozenset()
        made = set(self.swapped)
        for t in self.network.tensors.values():
            if len(t.axes) == 1 or (len(t.axes) == 2 and t.batch):
                made.add(t.name)
        return frozenset(made | {a for a, of in self.adjoints.items() if of in made})

    @cached_property
    def swapped(self) -> frozenset[str]:
        """Weights stored (in, out) whose entries the notation writes (to, from)."""
        if self.style.entry == "from_to":
            return frozenset()
        return frozenset(
            name for name, p in self.places.items() if p.role == "weight" and p.rank == 2
            and not p.own
        )  # fmt: skip

    @cached_property
    def shrinkage(self) -> Shrinkage | None:
        """What λ stands for; nothing where a tensor has that letter."""
        return None if r"\lambda" in self.taken else shrinkage_of(self.network)

    @cached_property
    def classes(self) -> frozenset[str]:
        """Tensors that hold numbers of places, which count as the notation's indices do."""
        known = self.network.tensors.values()
        return frozenset(t.name for t in known if t.integer not in (None, "*"))

    def first(self, name: str) -> int:
        """What the values of a tensor count from in print: the base of the indices where they are
        numbers of places. (In arrays and code they count from 0.)"""
        return self.style.index_base if name in self.classes else 0

    def written(self, name: str, places: Sequence[Expr]) -> tuple[Expr, ...]:
        """The places in a tensor as they are written: in the order of the notation, without
        those that can only be one."""
        shown = tuple(places)
        axes = self.network.tensors[name].axes if self.style.drop_single else ()
        if len(axes) == len(shown):
            sized = zip(shown, axes, strict=True)
            shown = tuple(i for i, a in sized if self.network.size(a) != 1)
        return shown[::-1] if name in self.swapped and len(places) == 2 else shown

    def letters(
        self, of: Equation | Expr | Iterable[Idx | Expr], fixed: Mapping[Idx, str] | None = None
    ) -> dict[Idx, str]:
        """The letters of indices printed together (`derive.forms.letters`), none of them the name
        of a single number of the network or the symbol of a tensor."""
        return letters(of, fixed, self._no_indices)

    @cached_property
    def _no_indices(self) -> frozenset[str]:
        """Letters that stand for something else: Σ_i i_i where the input is called i."""
        symbols = {x for x in ascii_letters if x in self.taken}
        return frozenset(symbols | self.network.scalars)

    def edge(self, name: str, places: Sequence[Expr]) -> str | None:
        """w_5 for one weight (its places counted as printed) where the weights are numbered."""
        at = [int(i.value) - self.style.index_base for i in places if isinstance(i, Num)]
        return self.edges.get((name, (at[0], at[1]))) if len(at) == len(places) == 2 else None

    def many(self, indices: Sequence[Expr]) -> tuple[Expr, ...]:
        """The bound indices that a sum shows: not those that can only be one."""
        if not self.style.drop_single:
            return tuple(indices)
        return tuple(
            i for i in indices if not (isinstance(i, Idx) and self.network.size(i.axis) == 1)
        )

    def only(self, e: Expr) -> Expr:
        """The expression without δ_ij of two indices that can only be one: they are not written,
        neither is their δ, which is 1."""
        if not self.style.drop_single:
            return e
        return transform(e, self._only)

    def _only(self, e: Expr) -> Expr:
        match e:
            case Iverson(Cmp("==", Idx() as a, Idx() as b)) if not self.many((a, b)):
                return ONE
            case Mul(factors):
                return mul(factors)
        return e

    @cached_property
    def edges(self) -> Mapping[tuple[str, tuple[int, ...]], str]:
        """(weight, entry) -> w_5, where the weights are numbered through all layers."""
        spec = getattr(getattr(self.network.spec, "style", None), "edges", None)
        wanted = spec if spec is not None else self.style.edges
        sizes = [self.network.shape(t.name) for t in self.network.parameters if len(t.axes) == 2]
        numbers = [s for shape in sizes for s in shape if isinstance(s, int)]
        if wanted is None or len(numbers) != 2 * len(sizes):
            return {}
        if sum(math.prod(int(s) for s in shape) for shape in sizes) > MAX_EDGES:
            return {}
        letter = letter_tex(wanted.name)[0]
        return {
            entry: rf"{letter}_{{{code.removeprefix(wanted.name)}}}"
            for code, entry in edge_names(self.network, wanted).items()
        }


def _unscripted(node: nodes.Node) -> nodes.Node:
    return node.base if isinstance(node, nodes.Scripts) else node


def _literal(name: str) -> Symbol:
    tex = rf"\text{{\ttfamily {escape(name)}}}"
    return Symbol(tex, f"{tex}_{{<i>}}", name, False, tex)


def symbols_of(
    d: Derivation,
    style: str | Notation | Mapping[str, Any] | None = None,
    *,
    decimal: str | None = None,
    words: Mapping[str, str] | None = None,
) -> Symbols:
    """The symbols of a derivation in the notation named, or in the one its spec asks for.

    ``decimal`` is the language's decimal sign where it differs (``{,}`` in Portuguese), ``words``
    what it says in formulas for a word of the equations' own: ``se`` for ``if``.
    """
    spec = d.network.spec
    if not isinstance(style, Notation):
        wanted = style or getattr(getattr(spec, "style", None), "notation", None) or "mari"
        where = getattr(spec, "where", "") or ""
        style = read_notation(wanted, Path(where).parent if where else None)
    if decimal is not None and decimal != style.decimal:
        style = style.model_copy(update={"decimal": decimal})
    made = Symbols(style, d.network, d)
    made.words = words or {}
    return made
