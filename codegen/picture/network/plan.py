"""Where everything of a stack stands: which units and layers are drawn, and their places in cm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..label.measure import measure
from ..label.place import MARGIN
from .model import SIZE, At, Dense, NetworkOptions, Stack

Slot = int | str | None
"""The unit drawn in a row of a column; None: dots that stand for several."""

_UNITS, _LAYERS = 5, 4  # that are drawn before dots replace some
RADIUS, GATE = 0.24, 0.46
HEADER = 0.5  # height of the header row
WIDEST, NARROWEST = 3.4, 0.75  # of a column of weights
DOTS = 0.9  # width of the dots that replace layers
_BELOW_LOSS = 0.94  # from the last output to the lower end of the target
_TALLEST, _LOWEST = 1.4, 0.58  # distance of two units


@dataclass(frozen=True)
class Column:
    """A drawn layer: its units with their heights and the x of its parts. ``start`` is where its
    edges begin, ``gate`` the centre of the activation, ``end`` the end of its wires; ``fresh``: the
    layers before it are not drawn."""

    layer: Dense
    slots: tuple[Slot, ...]
    ys: tuple[float, ...]
    start: float
    centre: float
    gate: float
    wide: float
    end: float
    fresh: bool

    def units(self) -> list[tuple[int | str, float]]:
        return [(s, y) for s, y in zip(self.slots, self.ys, strict=True) if s is not None]

    def gap(self) -> float | None:
        """The height of the dots, if some units are left out."""
        return next((y for s, y in zip(self.slots, self.ys, strict=True) if s is None), None)


@dataclass(frozen=True)
class Plan:
    inputs: tuple[Slot, ...]
    input_ys: tuple[float, ...]
    input_right: float
    columns: tuple[Column, ...]
    bias: str
    bias_high: float
    loss: tuple[float, float, float]  # left and right of the box, end of its wire
    top: float
    bottom: float


def slots(units: int | str) -> tuple[Slot, ...]:
    """The units that are drawn: all, or the first two, dots and the last."""
    if isinstance(units, str):
        return (0, 1, None, f"{units}-1")
    if units <= _UNITS:
        return tuple(range(units))
    return (0, 1, None, units - 1)


def plan(stack: Stack, options: NetworkOptions) -> Plan:
    return _Planner(stack, options).plan()


class _Planner:
    def __init__(self, stack: Stack, options: NetworkOptions) -> None:
        margin = 2 * MARGIN
        self.stack = stack
        self.options = replace(
            options, width=options.width - margin, height=options.height - margin
        )
        self.inputs = slots(stack.inputs)
        self.chosen = self._chosen()
        self.rows = [slots(one.units) for _, one in self.chosen]
        self.bias_high = self._bias_high()
        long = max(0.42, self.bias_high + 0.06)
        # how biases are drawn, the least pitch of units for it, how far it reaches over a circle
        self.modes = (
            ("full", 2 * RADIUS + long + 0.36, long + 0.34),
            ("short", 2 * RADIUS + self.bias_high + 0.04, self.bias_high + 0.06),
            ("first", 0.0, self.bias_high + 0.06),
        )
        self.pitch, self.bias = self._pitch()

    # -- heights --------------------------------------------------------------------------------

    def _pitch(self) -> tuple[float, str]:
        """The largest distance of units with which the drawing is as high as it may be."""
        free = self.options.height - HEADER - self.options.room
        step = 0.02
        count = round((_TALLEST - _LOWEST) / step)
        for k in range(count + 1):
            pitch = _TALLEST - k * step
            mode = next(name for name, least, _ in self.modes if pitch >= least)
            above, below = self._reach(pitch, mode)
            if above + below <= free:
                return pitch, mode
        return _LOWEST, self.modes[-1][0]

    def _bias_high(self) -> float:
        texts = [
            self.stack.entry(one.bias, () if one.shared else (s,))
            for (_, one), row in zip(self.chosen, self.rows, strict=True)
            for s in row
            if one.bias and s is not None
        ]
        return max((measure(t, SIZE)[1] for t in texts), default=0.36)

    def _reach(self, pitch: float, mode: str) -> tuple[float, float]:
        """How far the drawing reaches above and below its middle line."""
        has_bias = any(one.bias for _, one in self.chosen)
        rise = RADIUS + (next(r for n, _, r in self.modes if n == mode) if has_bias else 0.12)
        half = max(len(r) - 1 for r in self.rows) * pitch / 2
        outputs = (len(self.rows[-1]) - 1) * pitch / 2
        sides = (len(self.inputs) - 1) * self._input_pitch(pitch) / 2 + 0.2
        loss = outputs + _BELOW_LOSS if self.stack.target else 0.0
        return max(half + rise, sides), max(half + RADIUS + 0.04, sides, loss)

    def _input_pitch(self, pitch: float) -> float:
        return pitch * (1.15 if len(self.inputs) < max(map(len, self.rows)) else 1.0)

    # -- widths ---------------------------------------------------------------------------------

    def _chosen(self) -> list[tuple[bool, Dense]]:
        """The layers that are drawn, all while there is room, else the first ones and the last; and
        whether those before one are not."""
        every = [(False, one) for one in self.stack.layers]
        choices = [every] if len(every) <= _LAYERS else []
        keep = min(_LAYERS - 1, len(every))
        last = (True, self.stack.layers[-1])
        choices += [[*every[:k], last] for k in range(keep - 1, 0, -1) if k < len(every) - 1]
        for choice in choices:
            self.rows = [slots(one.units) for _, one in choice]
            edges, fixed = self._widths(choice)
            if fixed + edges * NARROWEST <= self.options.width:
                return choice
        return choices[-1] if choices else every

    def _widths(self, chosen: Sequence[tuple[bool, Dense]]) -> tuple[int, float]:
        """How many columns of weights there are, and what everything else takes."""
        fixed = self._input_width() + 0.1
        for (fresh, layer), row in zip(chosen, self.rows, strict=True):
            fixed += sum(self._parts(layer, row)) + 2 * RADIUS
            fixed += DOTS + 0.5 if fresh else 0.0
        edges = sum(not fresh for fresh, _ in chosen)
        return edges, fixed + (sum(self._loss_parts()) if self.stack.loss else 0.1)

    def _input_width(self) -> float:
        return max(self._wide(self.stack.source, (s,)) for s in self.inputs if s is not None)

    def _parts(self, layer: Dense, row: tuple[Slot, ...]) -> tuple[float, float, float]:
        """Lengths of the wire before the activation, of its box, and of the wire after it."""
        units = [s for s in row if s is not None]
        pre = max(self._wide(layer.pre, (s,)) for s in units)
        bias = 0.0
        if layer.bias:
            bias = max(self._wide(layer.bias, () if layer.shared else (s,)) for s in units)
        least = measure(self.options.reserve, SIZE)[0] + 0.12
        pre = max(pre, least - 0.1 if self.options.reserve else 0.0)
        before = max(0.5, pre + 0.22, 0.07 + bias + 0.16 - RADIUS + pre + 0.1 if bias else 0.0)
        if layer.out == layer.pre:
            return before + 0.15, 0.0, 0.0
        box = max(GATE, measure(layer.gate, SIZE)[0] + 0.18) if layer.gate else 0.0
        out = max(self._wide(layer.out, (s,)) for s in units)
        return before, box, max(out + 0.32, least + 0.1 if self.options.reserve else 0.0)

    def _loss_parts(self) -> tuple[float, float]:
        texts = (self.stack.whole(self.stack.loss), self.options.reserve)
        return 0.5, max(0.6, *(measure(t, "small")[0] + 0.3 for t in texts))

    def _wide(self, name: str, at: At) -> float:
        return measure(self.stack.entry(name, at), SIZE)[0]

    # -- all together ---------------------------------------------------------------------------

    def plan(self) -> Plan:
        edges, fixed = self._widths(self.chosen)
        weights = (self.options.width - fixed) / max(1, edges)
        weights = min(WIDEST, max(NARROWEST, weights))
        right = self._input_width()
        x, columns = right + 0.1, list[Column]()
        for k, (fresh, layer) in enumerate(self.chosen):
            columns.append(self._column(x, layer, k, DOTS + 0.5 if fresh else weights, fresh))
            x = columns[-1].end
        box, wire = self._loss_parts() if self.stack.loss else (0.0, 0.0)
        above, below = self._reach(self.pitch, self.bias)
        ys = self._ys(self.inputs, self._input_pitch(self.pitch))
        return Plan(
            self.inputs, ys, right, tuple(columns), self.bias, self.bias_high,
            (x, x + box, x + box + wire), above, -below,
        )  # fmt: skip

    def _column(self, x: float, layer: Dense, k: int, edge: float, fresh: bool) -> Column:
        before, box, after = self._parts(layer, self.rows[k])
        centre = x + edge + RADIUS
        gate = centre + RADIUS + before + box / 2
        return Column(
            layer, self.rows[k], self._ys(self.rows[k], self.pitch), x, centre, gate, box,
            gate + box / 2 + after, fresh,
        )  # fmt: skip

    @staticmethod
    def _ys(row: tuple[Slot, ...], pitch: float) -> tuple[float, ...]:
        return tuple(((len(row) - 1) / 2 - k) * pitch for k in range(len(row)))
