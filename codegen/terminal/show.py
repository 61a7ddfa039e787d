"""``chalkgrad show`` and ``explain``: the derivation and the paths of one weight as plain lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console

from ...derive.chainrule.derivation import Derivation, Step
from ...derive.chainrule.sample import combined, per_sample
from ...derive.forms.chain import chain_form
from ...derive.forms.views import GradientView
from ...derive.language.equation import Equation
from ...derive.language.errors import ChalkgradError, suggest
from ...derive.language.expr import Expr, Idx, Normal, Read, num
from ...derive.language.refs import ref
from ...derive.network.network import Network
from ...derive.optimizers.settings import plain_step
from ...derive.relations.claim import Printed
from ...derive.relations.claims import Claims
from ...derive.relations.numbers import Numbers
from ...derive.relations.relation import CHAIN, WHOLE
from ...derive.relations.verdict import TOLERANCE
from ...derive.rewrite.simplify import declared
from ...derive.steps.inserted import as_equation, inserted_steps
from ...derive.steps.step_nodes import Steps
from ...derive.values.entries import Entry
from ...derive.values.numbers import numbers_of
from ...derive.values.paths import Path, Paths, first_sample, no_example, parse_entry, paths
from ..notation.symbols import symbols_of
from ..targets.diagram import diagram_text
from .numbers import LARGEST, Digits
from .printable import printable
from .reads import outside
from .steps import step_lines
from .text import Lines

FIRST = "numbers of the first of {} samples; a step of training uses all of them"
LEVELS = ("chain", "index", "matrix", "numbers")


def diagram(network: Network, console: Console) -> None:
    """The network on one line."""
    say(console, diagram_text(network))


def show(d: Derivation, wrt: Sequence[str] | None, levels: Sequence[str], console: Console) -> None:
    """The forward equations and every gradient (or those of ``wrt``, in that order).

    ``levels``: chain, index, matrix, numbers; empty means what the spec's style asks, or all for
    which there is something to print. Raises ChalkgradError for an unknown name or level, and for
    numbers without a worked example.
    """
    for level in levels:
        if level not in LEVELS:
            raise ChalkgradError(f"there is no level '{level}'", hint=suggest(level, LEVELS))
    for name in wrt or ():
        d.step(name)
    _Show(d, wrt or (), levels, console).run()


def explain(d: Derivation, entry: str, console: Console) -> None:
    """Every path from one entry (``W1[1,0]``, ``w5``) to the loss, the sum, and the update.

    Raises ChalkgradError for an entry that does not exist and a spec without a worked example.
    """
    found = parse_entry(d.network, entry)
    if found[0] not in d.by_tensor:
        d.step(found[0])
    values, samples = first_sample(d.network)
    if not values:
        raise no_example(d.network)
    made = paths(d, found, values)
    if samples > 1:
        say(console, FIRST.format(samples))
    told = _Explain(d, made, samples)
    for line in told.lines():
        say(console, line)
    told.claims(values).prove("the explanation")


def say(console: Console, line: str = "", style: str | None = None) -> None:
    plain: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False}
    console.print(printable(line), style=style, soft_wrap=True, **plain)


class _Show:
    def __init__(
        self, d: Derivation, wrt: Sequence[str], levels: Sequence[str], console: Console
    ) -> None:
        self.batch, self.d, self.console, self.wrt = d, per_sample(d), console, wrt
        self.lines = Lines(self.d)
        self.claims = Claims(d, self.d, quick=True)
        style = getattr(d.network.spec, "style", None)
        self.levels = list(levels) or list(getattr(style, "level", None) or LEVELS)
        self.mode = getattr(style, "chain", "reuse")
        self.digits = Digits(style)
        self.values: dict[str, Any] = {}
        values, self.samples = first_sample(d.network)
        if values and "numbers" in self.levels:
            self.values = numbers_of(self.d, values)
            self.given = Numbers(d.network, self.d, values, quick=True)
        elif "numbers" in levels:
            raise no_example(d.network)
        self.rate, self.frozen = update_of(d.network)
        final = {d.network.loss} if self.lines.of != self.d.of else set()
        self.over_batch = final  # on the board loss = L says nothing; the batch's line does
        self.indicator_said = False
        self.hidden = {d.of, d.network.sample_loss} if final else set()

    def combined(self, number: int, eq: Equation) -> None:
        """A line about all samples, as the code computes it."""
        self.claims.batch(number, eq)
        line = Lines(self.batch).equation(eq) + "  (all samples)"
        self.equation(number, line, eq.name, self.batch)

    def run(self) -> None:
        if self.d.network.title:
            self.say(str(self.d.network.title))
        self.names()
        if self.values and self.samples > 1:
            self.say(FIRST.format(self.samples))
        single = not any(t.batch for t in self.d.network.tensors.values())
        self.say("\nforward (one sample)" if single else "\nforward", "bold")
        for number, eq in self.d.numbered():
            if eq.name in self.over_batch:
                self.combined(number, self.batch.forward[number - 1])
                self.samples_said()
                continue
            note = "  (softmax)" if isinstance(eq.rhs, Normal) else ""
            self.index(number, eq, note)
            if "matrix" in self.levels and (form := self.lines.whole(eq)) is not None:
                self.matrix(number, eq.name, form)
            if eq.name in self.values:
                self.told(number, eq.name)
        for note in outside(self.d):
            self.more(note)
        self.say("\nbackward", "bold")
        for step in self.asked():
            self.step(step)
        self.claims.prove("the derivation")

    def asked(self) -> Iterable[Step]:
        """All steps; for ``wrt`` these and what they read, so that every name is defined above."""
        if not self.wrt:
            return self.d.steps
        made = (s for name in self.wrt for s in self.d.steps_to(name))
        return [s for s in dict.fromkeys(made) if (s.of or self.d.of) not in self.hidden]

    def say(self, line: str = "", style: str | None = None) -> None:
        say(self.console, line, style)

    def more(self, line: str) -> None:
        self.say(f"       {line}")

    def equation(self, number: int, line: str, name: str, d: Derivation | None = None) -> None:
        sizes = (d or self.d).network.shape(name)
        shape, comma = ", ".join(map(str, sizes)), "," if len(sizes) == 1 else ""
        self.say(f"{f'({number})':>6} {line:<58} ({shape}{comma})")

    def index(self, number: int, eq: Equation, note: str = "") -> None:
        """An equation for each entry."""
        self.claims.equation(number, eq)
        self.equation(number, self.lines.equation(eq) + note, eq.name)
        self.indicator(eq.rhs, self.lines.letters(eq))

    def matrix(self, number: int, name: str, form: Expr) -> None:
        self.claims.line(number, Read(name), form, kind=WHOLE)
        self.more(self.lines.matrix(name, form))

    def names(self) -> None:
        """The translation of the code's names into the notation."""
        symbols = symbols_of(self.d)
        pairs = [
            f"{t.name} → {symbols[t.name].plain}" for t in self.d.network.tensors.values()
            if t.name not in symbols.adjoints and symbols[t.name].plain != t.name
        ]  # fmt: skip
        if pairs:
            self.say(f"in the notation {symbols.style.name}: " + ", ".join(pairs))
        for clash in symbols.clashes:
            self.say(clash, "yellow")
        for t in self.d.network.tensors.values():
            if (fact := declared(t, self.d.forward)) is not None:
                statement = self.lines.expression(fact, self.lines.letters(fact))
                self.say(f"{t.name} is declared a distribution: {statement}")

    def indicator(self, e: Expr, found: Mapping[Idx, str]) -> None:
        """What 1[k = m] means, below the first line that has one."""
        if not self.indicator_said and (meant := self.lines.indicator(e, found)):
            self.indicator_said = True
            self.more(meant)

    def samples_said(self) -> None:
        """What the loss of the batch has to do with that of a sample, which the lines derive."""
        kind = combined(self.batch.network)
        if kind:
            one, every = self.lines.of, self.batch.network.loss
            self.more(f"{one} is the loss of one sample, {every} the {kind} of all N;")
            self.more(f"a parameter's ∂{every}/∂… is the {kind} of the samples' ∂{one}/∂… below")

    # -- one gradient ---------------------------------------------------------------------------

    def step(self, s: Step) -> None:
        if (s.of or self.d.of) in self.hidden and s.inlined:
            whole = next(b for b in self.batch.steps if b.number == s.number)
            self.combined(s.number, whole.equation)
            return
        if not s.of:
            self.claims.equation(s.number, s.equation)
            self.equation(s.number, self.lines.equation(s.equation), s.equation.name)
            return
        self.say(f"\n∂{self.lines.of}/∂{s.of}", "bold")
        if "chain" in self.levels and s.contributions:
            self.chain(s)
        note = "  (written where it is used)" if s.inlined else ""
        if "index" in self.levels:
            self.index(s.number, s.equation, note)
        self.form(s, s.equation)
        if (inserted := inserted_steps(self.d, s.of)) is not None:
            if "index" in self.levels:
                self.inserted(s.number, inserted)
            self.form(s, as_equation(inserted.lines[-1]))
        if self.values:
            self.number(s)

    def chain(self, s: Step) -> None:
        """The chain rule over whole tensors; nothing where the loss alone reads this one."""
        left, right = chain_form(self.d, s.of, self.mode)
        if left != right:
            self.claims.line(s.number, left, right, kind=CHAIN)
            self.more(self.lines.chain(left, right))
            self.direct(s)

    def inserted(self, number: int, steps: Steps) -> None:
        """The lines to the short form; what a sign in them means below the first that has it."""
        for line, made in step_lines(self.lines, steps):
            self.claims.line(number, line.left, line.right)
            self.more(made)
            self.indicator(line.right, self.lines.letters([line.left, line.right]))

    def form(self, s: Step, equation: Equation) -> None:
        """An equation of the gradient over whole tensors, then with its numbers where they fit."""
        form = self.lines.whole(equation)
        if form is None:
            return
        if "matrix" in self.levels:
            self.matrix(s.number, equation.name, form)
        line = self.lines.matrix(equation.name, form, self.leaf) if self.values else ""
        if line and line != self.result(s.equation.name) and len(line) <= 160:
            self.more(line)

    def direct(self, s: Step) -> None:
        """What the direct part of a chain, ∂⁺L/∂x, stands for."""
        made = GradientView(self.d, s, self.batch).direct_equation()
        if made is not None:
            self.claims.line(s.number, *made)
            found = self.lines.letters(made)
            left, right = (self.lines.expression(e, found) for e in made)
            self.more(f"{left} = {right}")

    def told(self, number: int, name: str) -> None:
        """The numbers of a tensor, or of a gradient."""
        self.claims.value(number, self.given, name, self.values[name])
        self.more(self.result(name))

    def result(self, name: str) -> str:
        return f"{self.lines.name(name)} = {self.digits.tensor(self.values[name])}"

    def number(self, s: Step) -> None:
        """The value of a gradient, and the update of a parameter by it."""
        self.told(s.number, s.equation.name)
        tensor = self.d.network.tensors[s.of]
        if self.rate is not None and self.samples == 1 and tensor.kind == "parameter":
            if s.of in self.frozen:
                self.more(f"{s.of} stays as it is (freeze)")
                return
            new = self.values[s.of] - self.rate * self.values[s.equation.name]
            step = f"{s.of} − {self.rate:g}·∂{self.lines.of}/∂{s.of}"
            self.more(f"{s.of} ← {step} = {self.digits.tensor(new)}")

    def leaf(self, tensor: str) -> str:
        value = self.values[tensor]
        return self.digits.tensor(value) if value.size <= LARGEST else self.lines.name(tensor)


class _Explain:
    def __init__(self, d: Derivation, made: Paths, samples: int) -> None:
        self.d, self.made, self.samples = d, made, samples
        self.digits = Digits(getattr(d.network.spec, "style", None))
        self.of = Lines(per_sample(d)).of

    def lines(self) -> list[str]:
        name = ref(*self.made.entry)
        value = self.digits.show(self.value(self.made.entry))
        count = self.made.count
        many = count > len(self.made.largest)
        some = f", the {len(self.made.largest)} largest" if many else ""
        out = [f"{name} = {value}", f"{count} path{'s' if count != 1 else ''} to {self.of}{some}:"]
        for k, path in enumerate(self.made.largest, start=1):
            out += self.path(k, path)
        if many:
            rest = count - len(self.made.largest)
            out.append(f"  the other {rest} together: {self.digits.show(self.made.rest)}")
        parts = [p.product for p in self.made.largest] + ([self.made.rest] if many else [])
        gradient = f"∂{self.of}/∂{name}"
        total = self.digits.show(self.made.total)
        if len(parts) > 1:
            exact = sum((self.digits.printed(p) for p in parts), Decimal(0))
            sign = self.digits.sign(exact, self.made.total)
            terms = " + ".join(self.bracketed(p) for p in parts)
            out.append(f"{gradient} = {terms} {sign} {total}")
        else:
            out.append(f"{gradient} = {total}")
        return out + self.update(name)

    def claims(self, values: Mapping[str, Any]) -> Claims:
        """That the sum of the paths is the derivative of the loss."""
        one = per_sample(self.d)
        name, at = self.unlifted(self.made.entry)
        made, numbers = Claims(self.d, one, quick=True), Numbers(self.d.network, one, values)
        means, total = Read(one.adjoint(name), tuple(map(num, at))), float(self.made.total)
        made.claim(one.step(name).number, Printed(numbers, means, total, TOLERANCE * abs(total)))
        return made

    def path(self, number: int, path: Path) -> list[str]:
        names = [ref(*self.unlifted(e)) for e in path.entries]
        pairs = list(itertools.pairwise(names))[::-1]
        symbols = " × ".join(f"∂{above}/∂{below}" for below, above in pairs)
        numbers = " × ".join(self.bracketed(f) for f in reversed(path.factors))
        sign = self.digits.sign(self.digits.product(path.factors), path.product)
        return [
            f"  {number}. {' → '.join(names)}",
            f"     {symbols}",
            f"     = {numbers} {sign} {self.digits.show(path.product)}",
        ]

    def update(self, name: str) -> list[str]:
        tensor = self.made.entry[0]
        rate, frozen = update_of(self.d.network)
        if rate is None or self.samples > 1 or self.d.network.tensors[tensor].kind != "parameter":
            return []
        if tensor in frozen:
            return [f"{name} stays as it is (freeze)"]
        old = self.value(self.made.entry)
        new, total = old - rate * self.made.total, self.made.total
        exact = self.digits.printed(old) - Decimal(repr(rate)) * self.digits.printed(total)
        step = f"{self.digits.show(old)} − {rate:g}·{self.bracketed(total)}"
        return [f"{name} ← {step} {self.digits.sign(exact, new)} {self.digits.show(new)}"]

    def value(self, entry: Entry) -> float:
        tensor, at = entry
        batch = self.made.values[tensor].ndim > len(at)
        return float(self.made.values[tensor][(0, *at) if batch else at])

    def unlifted(self, entry: Entry) -> Entry:
        """Without the number of the only sample."""
        tensor, at = entry
        t = self.d.network.tensors[tensor]
        return (tensor, at[1:]) if t.batch and len(at) == len(t.axes) else entry

    def bracketed(self, value: float) -> str:
        made = self.digits.show(value)
        return f"({made})" if made.startswith("−") else made


def update_of(network: Network) -> tuple[float | None, tuple[str, ...]]:
    """The rate and the frozen parameters of ``update: {sgd: …}``; no rate for any other step."""
    step = plain_step(getattr(network.spec, "update", None))
    return (None, ()) if step is None else (float(step[0]), step[1])
