"""The code cells of a notebook: the module, the example step by step, and what proves it.

The cells run from top to bottom with NumPy alone. Every number that the pages print of a network
is asserted against what its module computes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from textwrap import dedent

from ....derive.chainrule.derivation import Derivation
from ....derive.language.equation import BATCH
from ....derive.network.network import Network
from ....derive.optimizers.settings import plain_step
from ....derive.pipeline import derive
from ...deck.model import Deck, Figure
from ...lowering.program import Program, build
from ...targets.numpy.bodies import statements
from ...targets.numpy.module import render

SMALL = 400  # parameters whose difference quotients are taken one by one
_ENTRY = re.compile(r"([A-Za-z]\w*)(?:\[([0-9,]+)\])?\Z")
_AGREES = '''
def agrees(value, printed, exact):
    """Does a number print as it stands on the page, and is it that number to nine digits?"""
    _, _, power = printed.lower().partition("e")
    decimals = len(printed.lower().partition("e")[0].partition(".")[2])
    unit = 10.0 ** (int(power or 0) - decimals)
    lost = 1e-13  # by doubles, where numbers cancel or saturate
    near = abs(float(value) - float(printed)) <= UNIT * unit + lost
    return near and abs(float(value) - exact) <= 1e-9 * max(1.0, abs(exact))
'''
_QUOTIENT = '''
def quotient(name, step=1e-6):
    """(L(w + h) - L(w - h)) / 2h for every entry w of a parameter."""
    w = np.asarray(getattr(params, name))
    slopes = np.zeros_like(w)
    for at in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[at] += step
        down[at] -= step
        above = forward(params._replace(**{name: up}), *data)[0]
        below = forward(params._replace(**{name: down}), *data)[0]
        slopes[at] = (above - below) / (2 * step)
    return slopes


for name, grad in zip(Params._fields, grads):
    gap = abs(quotient(name) - grad).max()
    print(f"d{name}: largest difference {gap:.1e}")
    assert gap <= 1e-6 * max(1.0, abs(grad).max())
'''
_SELF_CHECK = """
errors = self_check()
for name, error in errors.items():
    print(f"d{name}: error {error:.1e}")
    assert error < 1e-10
"""


class NetworkCells:
    """The cells of one network: (key of a heading in the words, source)."""

    def __init__(self, network: Network, figures: Sequence[Figure]) -> None:
        self.network, self.figures = network, figures
        self.d: Derivation = derive(network)
        self.program: Program = build(self.d)
        self.module = (
            render(self.program).partition('\n\nif __name__ == "__main__":')[0].strip("\n")
        )
        self.worked = "def worked_example(" in self.module

    def cells(self) -> Iterator[tuple[str, str]]:
        yield "notebook_module", self.module
        yield "notebook_steps", self.steps()
        asserts = self.printed()
        if asserts:
            yield "notebook_printed", asserts
        yield "notebook_check", (_QUOTIENT if self.small else _SELF_CHECK).strip("\n")
        stepped = self.update()
        if stepped:
            yield "notebook_update", stepped

    @property
    def small(self) -> bool:
        n = self.network
        smooth = not self.program.kinks and not any(t.integer for t in n.tensors.values())
        count = sum(math.prod(map(int, n.shape(t.name))) for t in n.parameters)
        return count <= SMALL and smooth

    # -- the example, statement by statement ---------------------------------------------------

    def steps(self) -> str:
        n, p = self.network, self.program
        inputs = [t.name for t in (*n.inputs, *n.targets)]
        lines = [f"params, data = {'worked_example' if self.worked else 'example'}()"]
        lines += _unpacked([t.name for t in n.parameters], "params")
        lines += _unpacked(inputs, "data")
        batched = next((x for x in inputs if n.tensors[x].batch), "")
        if batched:
            lines.append(f"N = {batched}.shape[0]")
        lines.append("dtype = np.float64")
        lines += ["", "# forward", *_body(statements(p.forward))]
        lines += ["", "# backward", *_body(statements(p.backward))]
        grads = ", ".join(self.d.adjoint(t.name) for t in n.parameters)
        lines += ["", "# the module does the same"]
        lines.append(f"{n.loss}_of_module, cache = forward(params, *data)")
        lines.append("grads, input_grads = backward(params, cache)")
        lines.append(f"assert np.isclose({n.loss}, {n.loss}_of_module)")
        if grads:
            lines.append(f"for mine, grad in zip(({grads},), grads):")
            lines.append("    assert np.allclose(mine, grad)")
        lines.append(f"print({n.loss})")
        return "\n".join(lines)

    # -- what the pages print ------------------------------------------------------------------

    @property
    def one_sample(self) -> bool:
        batch = [t.name for t in self.network.tensors.values() if t.batch]
        values = self.network.values
        return self.worked and all(len(values[b]) == 1 for b in batch if b in values)

    def printed(self) -> str:
        """One line per number of the pages that is an entry of a tensor."""
        if not self.one_sample:
            return ""
        rows = list(self._rows(""))
        if not rows:
            return ""
        unit = max((_unit(f) for f in self.figures), default=0.5)
        return "\n".join(
            [f"UNIT = {unit}  # of the last digit: how far rounding may move a number", "", "",
             _AGREES.strip("\n"), "", "",
             "PRINTED = [  # (name, value, as it is printed, to 17 digits)", *rows, "]",
             "for name, value, shown, exact in PRINTED:",
             "    assert agrees(value, shown, exact), (name, value, shown)",
             'print(len(PRINTED), "printed numbers agree")']
        )  # fmt: skip

    def _rows(self, prefix: str) -> Iterator[str]:
        for f in self.figures:
            name = f.id.partition(".")[2] if self.key_of(f) else ""
            if not name.startswith(prefix):
                continue
            place = self._place(name.removeprefix(prefix))
            if place and _finite(f):
                place += f" + {f.first}" if f.first else ""  # classes count from 0 in the code
                yield f'    ("{name}", {place}, "{f.printed}", {float(f.value)!r}),'

    def key_of(self, f: Figure) -> bool:
        return f.id.partition(".")[0] == self.network.spec.key

    def _place(self, name: str) -> str:
        """The NumPy index of an entry of a tensor that the steps compute; empty for others."""
        m = _ENTRY.match(name)
        known = self.named
        if m is None or m[1] not in known:
            return ""
        batch, rank = known[m[1]]
        at = (m[2] or "").split(",") if m[2] else []
        if len(at) != rank:
            return ""
        full = ["0", *at] if batch else at
        return f"{m[1]}[{', '.join(full)}]" if full else m[1]

    @cached_property
    def named(self) -> dict[str, tuple[bool, int]]:
        """Variables of the steps that hold a tensor or its adjoint: (batch axis?, rank)."""
        lines = [*self.program.forward.lines, *self.program.backward.lines]
        targets = {getattr(s, "target", "") for s in lines}
        held = dict(self.network.tensors)
        made = targets | {n for n, t in held.items() if t.kind not in ("variable", "constant")}
        held |= {self.d.adjoint(name): held[name] for name in self.d.by_tensor}
        return {
            name: (t.batch, len([a for a in t.axes if a != BATCH]))
            for name, t in held.items() if name in made
        }  # fmt: skip

    # -- the update ----------------------------------------------------------------------------

    def update(self) -> str:
        """One step of plain gradient descent, and what the pages print of it."""
        step = plain_step(self.network.spec.update)
        if step is None:
            return ""
        rate, frozen = step
        lines = [
            f"rate, frozen = {float(rate)!r}, {list(frozen)!r}",
            "new = Params(*(",
            "    w if name in frozen else w - rate * grad",
            "    for name, w, grad in zip(Params._fields, params, grads)",
            "))",
            "after = forward(new, *data)[0]",
            f"print({self.network.loss}, '->', after)",
        ]
        rows = self._updated() if self.printed() else []
        if rows:
            lines += ["UPDATED = [", *rows, "]", "for name, value, shown, exact in UPDATED:"]
            lines.append("    assert agrees(value, shown, exact), (name, value, shown)")
        return "\n".join(lines)

    def _updated(self) -> list[str]:
        """``new.W0[0,1]`` and ``after.L`` of the pages."""
        fields = "|".join(t.name for t in self.network.parameters)
        value = re.compile(rf", ({fields})(\[|,)")
        rows = [value.sub(r", new.\1\2", r, count=1) for r in self._rows("new.")]
        for f in self.figures:
            if (
                self.key_of(f)
                and _finite(f)
                and f.id.partition(".")[2] == f"after.{self.network.sample_loss}"
            ):
                rows.append(f'    ("{f.id}", after, "{f.printed}", {float(f.value)!r}),')
        return rows


def _finite(f: Figure) -> bool:
    return math.isfinite(float(f.value))


def _unit(f: Figure) -> float:
    return 1.0000001 if f.rounding == "truncate" else 0.5000001


def _unpacked(names: Sequence[str], whole: str) -> list[str]:
    return [f"{', '.join(names)}{',' if len(names) == 1 else ''} = {whole}"] if names else []


def _body(lines: Sequence[str]) -> list[str]:
    return dedent("\n".join(lines)).split("\n")


def figures_of(deck: Deck) -> list[Figure]:
    """Every number of the pages that show nothing wrong, once."""
    made: dict[tuple[str, str], Figure] = {}
    for page in deck.pages:
        if not page.mistake:
            made.update({(f.id, f.printed): f for f in page.figures})
    return list(made.values())
