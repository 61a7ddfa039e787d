"""The network under construction: axes, tensors, names, and terms that know how large they get."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import grammar
from .oracle import tensors

LIMIT = 5.0  # terms that may grow beyond it are squashed, so that float32 can follow


class Term(NamedTuple):
    """A text that can stand as a factor, and a bound on its absolute value."""

    text: str
    bound: float


def plus(*terms: Term) -> Term:
    if len(terms) == 1:
        return terms[0]
    return Term("(" + " + ".join(t.text for t in terms) + ")", sum(t.bound for t in terms))


def times(a: Term, b: Term) -> Term:
    return Term(f"({a.text}*{b.text})", a.bound * b.bound)


def call(name: str, *args: Term | str, bound: float) -> Term:
    shown = ", ".join(a if isinstance(a, str) else a.text for a in args)
    return Term(f"{name}({shown})", bound)


@dataclass
class Tensor:
    """A tensor that can be read. ``data`` says how its numbers are drawn, or is "computed"."""

    name: str
    axes: tuple[str, ...]
    kind: str  # input, target, parameters, constants, variable
    data: str  # normal, grid, positive, nonneg, mask, distribution, integer, computed
    bound: float
    batch: bool = False
    below: str | int | None = None  # whole numbers below the size of this axis
    explicit: bool = False  # n stands among its axes already


# names that generated modules and derivations give to parts of their own
_SUFFIXES = ("_in", "_max", "_pad", "_win", "_sum", "_mean", "_ones", "_out", "_den", "_num", "_0")
_LETTERS = "a b c e f g h o p q r u v w z A B C D E F G H K M P Q R S T U V W X Y Z phi e1 x0"
_OWN = "x y top out low total index values z0 p1 h_t J I O eps grad width lam mu one"


@dataclass
class Net:
    """A network being drawn."""

    rng: random.Random
    wanted: list[str]  # the constructs that are still to be put in
    axes: dict[str, int | str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    readers: dict[str, set[str]] = field(default_factory=dict)
    initial: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    loss: str = "L"
    samples: bool = True  # may there be inputs and targets?
    taken: set[str] = field(default_factory=set)
    declared: dict[str, dict[str, Any]] = field(default_factory=dict)

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def pick(self, options: Iterable[Any]) -> Any:
        return self.rng.choice(list(options))

    def take(self, *names: str) -> bool:
        """Is one of these constructs wanted? Then it is taken off the list."""
        for name in names:
            if name in self.wanted:
                self.wanted.remove(name)
                return True
        return False

    # -- names and tensors ------------------------------------------------------------------------

    def fresh(self) -> str:
        """A name of its own, often one that collides with what a module calls its parts."""
        for _ in range(100):
            bases = sorted(self.tensors)
            if bases and self.chance(0.15):
                name = self.pick(bases) + self.pick(_SUFFIXES)
            else:
                name = self.pick((_OWN if self.chance(0.2) else _LETTERS).split())
            if self._free(name):
                self.taken.add(name)
                return name
        name = f"v{len(self.taken)}"
        self.taken.add(name)
        return name

    def _free(self, name: str) -> bool:
        twin = {f"d{name}", f"{name}_at"} | ({name[1:]} if name[0] == "d" else set())
        return name not in self.taken and name not in self.axes and not twin & self.taken

    def declare(
        self, kind: str, axes: tuple[str, ...], data: str, below: str | int | None = None
    ) -> Tensor:
        """A new input, target, parameter or constant."""
        name = self.fresh()
        shape: list[Any] = [self.sizes[a] if self.chance(0.1) else a for a in axes]
        form: Any = shape
        if below is not None:
            form = {"shape": shape, "integer": below}
        elif data == "distribution":
            form = {"shape": shape, "fact": "distribution"}
        batch = kind in ("input", "target")
        self.declared.setdefault(kind, {})[name] = form
        self.data[name] = data
        bound = 1.6 if below is None else float(max(1, self.size(below) - 1))
        made = Tensor(name, axes, kind, data, bound, batch, below)
        if kind == "constants":
            self._numbers(made, form)
        self.tensors[name] = made
        return made

    def _numbers(self, t: Tensor, form: Any) -> None:
        """A constant carries its values in the spec."""

        def value(axes: tuple[str, ...]) -> Any:
            if axes:
                return [value(axes[1:]) for _ in range(self.sizes[axes[0]])]
            if t.below is not None:
                return self.rng.randrange(self.size(t.below))
            if t.data == "mask":
                return self.rng.randrange(2)
            return self.pick((-1, -0.5, 0, 0.25, 0.5, 1.5))

        own = form if isinstance(form, dict) else {"shape": form}
        numbers = value(t.axes)
        if t.data == "mask" and t.axes:  # the first entry is open everywhere
            numbers = _opened(numbers)
        self.declared["constants"][t.name] = {**own, "value": numbers}

    def size(self, below: str | int) -> int:
        return below if isinstance(below, int) else self.sizes[below]

    def define(
        self, name: str, axes: tuple[str, ...], rhs: str, bound: float, batch: bool,
        *, explicit: bool = False, below: str | int | None = None, settled: bool = False,
    ) -> Tensor:  # fmt: skip
        """A new equation and the tensor it defines; ``explicit``: n is written on the left.

        Without ``settled``, ``batch`` holds only where the text reads a tensor with samples."""
        left = (("n",) if explicit else ()) + axes
        shown = f"[{','.join(left)}]" if left else ""
        self.lines.append(f"{name}{shown} = {rhs}")
        if not explicit and not settled:
            batch = batch and self.reads_samples(self.lines[-1])
        made = Tensor(name, axes, "variable", "computed", bound, batch, below)
        self.tensors[name] = made
        return made

    def reads_samples(self, line: str) -> bool:
        """Whether an equation, as it came out, reads a tensor with samples."""
        (eq,) = grammar.equations(line)
        return any(self.tensors[t].batch for t in tensors(eq) if t in self.tensors)

    def unread(self) -> list[Tensor]:
        """The tensors that no equation reads, nor a recurrence starts from."""
        read = {t for eq in grammar.equations("\n".join(self.lines)) for t in tensors(eq)}
        read |= set(self.initial.values())
        return [t for t in self.tensors.values() if t.name not in read]

    def ends(self) -> list[Tensor]:
        """Computed tensors that together read all the others, the last one first."""
        read = {eq.name: tensors(eq) for eq in grammar.equations("\n".join(self.lines))}
        reached: set[str] = set()
        found = []
        for name in reversed(read):
            if name not in reached:
                found.append(self.tensors[name])
            todo = [name]
            while todo:
                here = todo.pop()
                if here not in reached:
                    reached.add(here)
                    todo += read.get(here, ())
                    todo += [self.initial[here]] if here in self.initial else []
        return found

    def prune(self) -> None:
        """Forget the given tensors whose reads another term replaced."""
        for t in self.unread():
            if t.kind != "variable":
                del self.tensors[t.name]
                del self.declared[t.kind][t.name]

    def noted(self, tensor: Tensor, reader: str) -> None:
        """``reader`` reads a tensor."""
        readers = self.readers.setdefault(tensor.name, set())
        readers.add(reader)


def _opened(numbers: list[Any]) -> list[Any]:
    first = numbers[0]
    return [_opened(first) if isinstance(first, list) else 1, *numbers[1:]]
