"""Recurrences: forwards and backwards, one tensor or two, with start values given or computed."""

from __future__ import annotations

from dataclasses import dataclass

from .draw_equations import body, left_axes
from .draw_net import Net
from .draw_terms import Writer


@dataclass
class Loop:
    """One recurrence: its tensors, the index that counts the steps, the other indices."""

    net: Net
    names: list[str]
    step: str
    rest: tuple[str, ...]
    backwards: bool
    started: bool  # has it start values?

    def before(self, steps: int = 1) -> str:
        return f"{self.step} {'+' if self.backwards else '-'} {steps}"

    def first(self) -> str:
        """A condition for the step that the recurrence starts with."""
        return f"{self.step} == size[{self.step}] - 1" if self.backwards else f"{self.step} == 0"


def recurrence(net: Net) -> None:
    """One tensor, or two that read each other, along one axis."""
    backwards, mutual = net.take("backwards"), net.take("mutual")
    wants = net.take("computed_start"), net.take("start")
    step = net.pick([a for a, s in net.sizes.items() if s > 1] or net.sizes)
    rest = tuple(a for a in left_axes(net, 1) if a != step)
    loop = Loop(net, [net.fresh() for _ in range(2 if mutual else 1)], step, rest, backwards,
                any(wants))  # fmt: skip
    if not any(wants) and rest and net.chance(0.2):
        return _greedy(loop) if mutual else _in_logs(loop)
    texts = {name: _step(loop, name) for name in loop.names}
    _define(loop, texts, _starts(loop, wants, texts))


def _define(loop: Loop, texts: dict[str, str], starts: dict[str, str]) -> None:
    net, shape = loop.net, (loop.step, *loop.rest)
    lines = [f"{name}[{','.join(shape)}] = {text}" for name, text in texts.items()]
    batch = any(map(net.reads_samples, lines)) or any(net.tensors[s].batch for s in starts.values())
    for name, text in texts.items():  # one that reads samples makes the other read them, too
        net.define(name, shape, text, 3.0, batch, settled=True)
    net.initial.update(starts)


def _step(loop: Loop, name: str) -> str:
    """The right side of one tensor: news, a gate, and what the step before left."""
    net, here = loop.net, (loop.step, *loop.rest)
    w = Writer(net, name)
    news, gate = w.squashed(body(w, here, 1)).text, w.leaf(here).text
    if loop.rest and net.chance(0.15):  # a diagonal of each step
        r = loop.rest[0]
        gate = w.read(w.given((loop.step, r, r), "normal"), here, [loop.step, r, r]).text
    state = _state(loop, w, name)
    p = w.leaf(here, ("positive",)).text if net.chance(0.3) else "2"
    low = w.leaf(here, ("nonneg",)).text
    forms = (
        f"tanh({news} + {gate}*{state})",
        f"sin({news}) + {state}/2*{gate}",
        f"sin({news}) + {state}/({p} + 1)*tanh({gate})",
        f"{state}/{p}/4 + {news}/5*{gate}",
        f"max({state}*tanh({gate}), {news}/2)",
        f"where(not ({loop.first()}), tanh({state})*{gate}, {news})",
        f"sigmoid({gate})*{state}/2 + (1 - sigmoid({gate}))*tanh({news})",
        f"where({state} > 0.1, {news}/2, {state}/2 + tanh({gate}))",
        f"where({low} > 0.1, log({low})/9*{state}, {news}/2)",
        f"({low} > 0.1)*sin(1/{low} + {state}) + {news}/3*{gate}",
        f"({loop.first()})*{gate} + (not ({loop.first()}))*sin({state} - {news})",
    )
    return str(net.pick(forms))


def _state(loop: Loop, w: Writer, name: str) -> str:
    """A read of an earlier step: its own, or the other tensor's."""
    net = loop.net
    others = [n for n in loop.names if n != name]
    read = others[0] if others else name
    places = [loop.before(2 if net.chance(0.12) else 1), *loop.rest]
    if others and name == loop.names[1] and net.chance(0.4):
        places[0] = loop.step  # of this very step, as h reads c in an LSTM
    if not loop.rest or net.chance(0.5):
        return f"{read}[{','.join(places)}]"
    r = loop.rest[0]
    # with start values, one way only: they stand before the first step of one axis
    one_way = loop.started and places[0] == loop.step
    if net.chance(0.3) and not one_way:
        return f"{read}[{places[0]},{r} {net.pick('+-')} 1]"
    again = [a for a in net.sizes if net.sizes[a] == net.sizes[r] and a not in (r, loop.step)]
    if not again:
        return f"{read}[{','.join(places)}]"
    q = again[0]
    M = w.read(w.given((q, r), "normal"), (q, r), [q, r]).text
    inner = f"{read}[{places[0]},{q}]"
    forms = (f"tanh(sum[{q}]({inner}*{M}))", f"logsumexp[{q}]({inner} + {M})/2",
             f"max[{q}]({inner}*tanh({M}))", f"sum[{q}]({inner}*softmax[{r}]({M}))/2",
             f"mean[{q} | {q} <= {r}]({inner})")  # fmt: skip
    return str(net.pick(forms[:3] + forms[4:]))


def _starts(loop: Loop, wants: tuple[bool, bool], texts: dict[str, str]) -> dict[str, str]:
    """Start values: computed by an equation, or given."""
    net, (computed, given) = loop.net, wants
    made = {}
    for k, name in enumerate(loop.names):
        axes = () if net.chance(0.3) else loop.rest  # one number for all of a step
        if computed and k == 0:
            start = net.fresh()
            w = Writer(net, start)
            net.define(start, axes, f"tanh({body(w, axes, 1).text})", 1.0, w.batch)
        elif computed or given:
            kinds = ["parameters", "parameters", "input", "constants"]
            kind = net.pick(kinds if net.samples else kinds[::3])
            start = net.declare(kind, axes, net.pick(("normal", "grid"))).name
        else:
            continue
        made[name] = start
    return made


def _in_logs(loop: Loop) -> None:
    """Sums over paths, in logarithms: most paths are forbidden at the start."""
    net, (name,), r = loop.net, loop.names, loop.rest[0]
    w = Writer(net, name)
    news = w.tamed(w.term((loop.step, r)), 1.0).text
    again = next((a for a in net.sizes if a not in (r, loop.step)
                  and net.sizes[a] == net.sizes[r]), "")  # fmt: skip
    inner = f"{name}[{loop.before()},{r}]"
    state = (
        f"logsumexp[{again} | {again} <= {r}]({name}[{loop.before()},{again}])" if again else inner
    )
    start = f"where({r} < {net.pick((1, 1, 2))}, 0, -inf)"
    _define(loop, {name: f"{news} + where({loop.first()}, {start}, {state})"}, {})
    net.tensors[name].data = "logarithms"  # -inf among them: only the loss reads it, guarded


def _greedy(loop: Loop) -> None:
    """The winner of each step chooses what the next one reads."""
    net, (z, b), k = loop.net, loop.names, loop.rest[0]
    w = Writer(net, z)
    news = w.squashed(w.term((loop.step, k))).text
    E = w.read(w.given((k, k), "normal"), (k,), [f"{b}[{loop.before()}]", k]).text
    if net.chance(0.4):  # one number, which may lie outside
        E = w.read(w.given((k,), "normal"), (k,), [f"{b}[{loop.before()}] - 1"]).text
    lines = [
        f"{z}[{loop.step},{k}] = {news} + {E}",
        f"{b}[{loop.step}] = argmax[{k}]({z}[{loop.step},{k}])",
    ]
    batch = any(map(net.reads_samples, lines))
    net.define(z, (loop.step, k), f"{news} + {E}", 6.6, batch, settled=True)
    text = f"argmax[{k}]({z}[{loop.step},{k}])"
    net.define(b, (loop.step,), text, net.sizes[k] - 1.0, batch, settled=True, below=k)
