"""Random stacks of catalogue layers, each legal by its definitions, one per seed.

The entry number ``seed % len(ENTRIES)`` occurs for certain, at an input that suits it; what stands
around it is drawn: sizes, strides, pads, groups, activations, skips, shared weights, names or none,
a loss with its target, penalties. Nothing here knows a value: tests/catalogue/test_random_stacks.py
lets the modules check themselves, test_random_stacks_torch.py compares them with PyTorch.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from chalkgrad.derive import catalogue
from tests.development.stack_entries import (
    BOUNDED,
    DRAWN,
    ENTRIES,
    GROWING,
    JOINED,
    Options,
    Shape,
    carried,
    norm,
)

MOST = 72  # entries of a tensor of one sample


@dataclass(frozen=True)
class Item:
    """One item of ``layers:``; ``sources`` are names, none for the tensor before."""

    kind: str
    options: Options = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    alias: str | None = None
    share: str | None = None

    @property
    def text(self) -> Any:
        given = dict(self.options)
        given.update({"from": list(self.sources)} if self.sources else {})
        given.update({"as": self.alias} if self.alias else {})
        given.update({"share": self.share} if self.share else {})
        return {self.kind: given}


@dataclass(frozen=True)
class Stack:
    """``inputs`` and ``target`` are declarations; ``kinds`` say what numbers a tensor holds."""

    seed: int
    inputs: Mapping[str, Any]
    items: tuple[Item, ...]
    loss: Item
    target: Any
    kinds: Mapping[str, str]
    penalties: tuple[Item, ...] = ()
    batch: str = "mean"

    @property
    def spec(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": f"stack{self.seed}", "input": dict(self.inputs), "target": {"y": self.target},
            "layers": [i.text for i in self.items], "loss": self.loss.text, "batch": self.batch,
        }  # fmt: skip
        if self.penalties:
            made["penalty"] = [p.text for p in self.penalties]
        return made

    def entries(self) -> list[str]:
        """Every catalogue entry in it, as often as it stands there."""
        items = [*self.items, self.loss, *self.penalties]
        carried = [i.options.get("activation") for i in items]
        named = [next(iter(a)) if isinstance(a, dict) else a for a in carried if a]
        return [*(i.kind for i in items), *(n for n in named if n != "none")]


# -- one stack ------------------------------------------------------------------------------------


class Drawing:
    """A stack on its way: the shape at its end, and what has a name."""

    def __init__(self, seed: int, attempt: int) -> None:
        self.rng = random.Random(f"{seed}.{attempt}")
        self.wanted = ENTRIES[seed % len(ENTRIES)]
        self.items: list[Item] = []
        self.inputs: dict[str, Any] = {}
        self.kinds: dict[str, str] = {}
        self.named: dict[str, Shape] = {}
        self.shared: list[tuple[Item, Shape]] = []  # what may be used once more
        self.shape: Shape = ()

    def start(self) -> None:
        rng = self.rng
        if self.wanted == "embedding" or rng.random() < 0.05:
            shape, vocab = rng.choice(((), (3,), (4,), (2, 2))), rng.randint(1, 5)
            self.inputs["x"] = {"shape": list(shape), "integer": vocab}
            units = rng.randint(1, 3)
            self.add("embedding", {"vocab": vocab, "units": units}, (*shape, units))
            return
        rank = 3 if "2d" in self.wanted else rng.choice((1, 2, 2, 3))
        by_rank = {1: 7, 2: 5, 3: 4}
        self.shape = tuple(rng.randint(1, by_rank[rank]) for _ in range(rank))
        self.inputs["x"] = list(self.shape)
        self.named["x"] = self.shape

    def layers(self, count: int) -> None:
        for _ in range(count):
            if self.wanted not in self.entries() and self.rng.random() < 0.5:
                self.place(self.wanted)
            else:
                self.place(self.rng.choice((*DRAWN, *JOINED, *JOINED, *["share"] * 8)))

    def entries(self) -> list[str]:
        return [i.kind for i in self.items]

    def place(self, entry: str) -> None:
        if entry in GROWING and sum(i.kind in GROWING for i in self.items):
            return
        if entry == "exp" and (not self.items or self.items[-1].kind not in BOUNDED):
            return
        if entry == "share":
            self.share()
        elif entry in JOINED:
            self.join(entry)
        elif entry in DRAWN:
            made = DRAWN[entry](self.rng, self.shape)
            if made is not None and prod(made[1]) <= MOST:
                self.add(entry, made[0], made[1])

    def add(self, kind: str, options: Options, shape: Shape, sources: tuple[str, ...] = ()) -> None:
        alias = f"q{len(self.items)}" if self.rng.random() < 0.35 else None
        item = Item(kind, options, sources, alias)
        if alias and not sources and catalogue.definition(kind).parameters:
            self.shared.append((item, self.shape))
        self.items.append(item)
        self.shape = shape
        if alias:
            self.named[alias] = shape

    def share(self) -> None:
        """A layer once more with the weights of the first time, one made for it where none fits."""
        fitting = [i for i, before in self.shared if before == self.named[str(i.alias)]
                   and before == self.shape]  # fmt: skip
        first = self.rng.choice(fitting) if fitting else self.keeping()
        if first is None:
            return
        if self.rng.random() < 0.4:
            self.place(self.rng.choice(("relu", "tanh", "layer_norm", "add")))
        alias = f"q{len(self.items)}" if self.rng.random() < 0.3 else None
        self.items.append(replace(first, alias=alias, share=first.alias))
        if alias:
            self.named[alias] = self.shape

    def keeping(self) -> Item | None:
        """A layer with weights whose output has the shape of its input."""
        rng, shape = self.rng, self.shape
        same: list[tuple[str, Options]] = [("prelu", {})]
        if shape:
            same += [("dense", {"units": shape[-1], **carried(rng)}), ("layer_norm", {})]
        if len(shape) == 1:
            same.append(("batch_norm", norm(rng)))
        if len(shape) == 2:
            same += [(kind, {"units": shape[1]}) for kind in ("rnn", "lstm", "gru")]
            same += [("multi_head_attention", {"heads": 1}), ("batch_norm1d", {})]
        if len(shape) in (2, 3):
            kind = f"conv{len(shape) - 1}d"
            same.append((kind, {"out": shape[0], "k": 3, "pad": 1, **carried(rng)}))
        kind, options = rng.choice(same)
        if not catalogue.definition(kind).parameters or options.get("affine") is False:
            return None
        item = Item(kind, options, (), f"q{len(self.items)}")
        self.items.append(item)
        self.shared.append((item, shape))
        self.named[str(item.alias)] = shape
        return item

    def join(self, entry: str) -> None:
        rng, here = self.rng, self.last()
        if entry == "dropout":
            name = f"m{len(self.items)}"
            self.inputs[name], self.kinds[name] = list(self.shape), "binary"
            rate = {} if rng.random() < 0.5 else {"rate": rng.choice((0.2, 0.75))}
            self.add(entry, rate, self.shape, (here, name))
        elif entry == "attention" and len(self.shape) == 2:
            other = rng.choice([n for n, s in self.named.items() if s == self.shape])
            causal = {} if rng.random() < 0.5 else {"causal": True}
            self.add(entry, causal, self.shape, (here, rng.choice((here, other)), other))
        elif entry in ("add", "multiply"):
            other = rng.choice([n for n, s in self.named.items() if s == self.shape])
            self.add(entry, {}, self.shape, (here, other))
        elif entry == "concatenate" and self.shape:
            fit = [n for n, s in self.named.items() if s and s[:-1] == self.shape[:-1]]
            other = rng.choice(fit)
            shape = (*self.shape[:-1], self.shape[-1] + self.named[other][-1])
            if prod(shape) <= MOST:
                self.add(entry, {}, shape, (here, other))

    def last(self) -> str:
        """A name for the tensor at the end of the stack."""
        if not self.items:
            return "x"
        if self.items[-1].alias is None:
            name = f"q{len(self.items) - 1}"
            self.items[-1] = replace(self.items[-1], alias=name)
            self.named[name] = self.shape
        return str(self.items[-1].alias)


ENDS = {
    "binary_cross_entropy": "sigmoid", "cross_entropy": "softmax", "kl_divergence": "softmax",
    "cross_entropy_integer": "softmax", "nll": "log_softmax", "poisson": "softplus",
    "poisson_log": "softsign",
}  # fmt: skip
TARGETS = {
    "hinge": "sign", "poisson": "count", "poisson_log": "count", "binary_cross_entropy": "unit",
    "binary_cross_entropy_logits": "unit", "cross_entropy": "simplex", "kl_divergence": "simplex",
    "cross_entropy_logits": "simplex",
}  # fmt: skip
LOSSES = [n for n in ENTRIES if catalogue.definition(n).kind == "loss"]
PENALTIES = [n for n in ENTRIES if catalogue.definition(n).kind == "penalty"]


def _loss(d: Drawing) -> tuple[Item, Any]:
    """A loss that fits the end of the stack, and its target's declaration."""
    rng = d.rng
    classes = [n for n in LOSSES if catalogue.definition(n).input.keys() & {"z", "p", "q"}
               and any("k" in t.shape for t in catalogue.definition(n).input.values())]  # fmt: skip
    kind = d.wanted if d.wanted in LOSSES else rng.choice(LOSSES)
    if kind in classes and not d.shape:
        kind = "squared_error"
    if kind in ENDS:
        d.add(ENDS[kind], {}, d.shape)
    of: Options = {}
    if kind == "huber" and rng.random() < 0.5:
        of["delta"] = rng.choice((0.4, 2))
    if kind == "smooth_l1" and rng.random() < 0.5:
        of["beta"] = rng.choice((0.4, 2))
    if kind == "gaussian_nll" and rng.random() < 0.5:
        of["eps"] = 0.3
    whole = kind not in classes
    if rng.random() < 0.5:
        of["factor"] = rng.choice(("1/2", 2, 0.5, *(("1/outputs",) if whole else ())))
    sources: tuple[str, ...] = ()
    if kind == "gaussian_nll":
        m = d.last()
        d.items.append(Item("softplus", {}, (m,), "spread"))
        sources = (m, "spread")
    integer = kind in ("nll", "cross_entropy_integer", "cross_entropy_logits_integer")
    target: Any = {"shape": list(d.shape[:-1]), "integer": d.shape[-1]} if integer else [*d.shape]
    return Item(kind, of, sources), target


def stack(seed: int) -> Stack:
    """The stack of a seed; the same for ever, as long as this file and the catalogue's names."""
    for attempt in range(1000):
        d = Drawing(seed, attempt)
        d.start()
        d.layers(d.rng.randint(1, 7))
        loss, target = _loss(d)
        weights = any(catalogue.definition(i.kind).parameters for i in d.items)
        penalties = []
        if weights and (d.wanted in PENALTIES or d.rng.random() < 0.2):
            kind = d.wanted if d.wanted in PENALTIES else d.rng.choice(PENALTIES)
            penalties.append(Item(kind, {"rate": d.rng.choice((0.1, 0.03))}))
        made = Stack(
            seed, d.inputs, tuple(d.items), loss, target,
            {**d.kinds, "y": TARGETS.get(loss.kind, "normal")}, tuple(penalties),
            d.rng.choice(("mean", "mean", "sum")),
        )  # fmt: skip
        if d.wanted in made.entries() and d.items:
            return made
    raise AssertionError(f"no stack with {ENTRIES[seed % len(ENTRIES)]}")
