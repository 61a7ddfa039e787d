"""Whole equations: plain ones, statistics over the samples, winners, the loss."""

from __future__ import annotations

from .draw_net import Net, Tensor, Term, call, plus, times
from .draw_reads import SPECIAL
from .draw_terms import Writer


def left_axes(net: Net, most: int = 2) -> tuple[str, ...]:
    count = min(len(net.sizes), net.rng.choice([0, 1, 1, 1, 2, 2][: 2 * most + 2]))
    return tuple(net.rng.sample(list(net.sizes), count))


def plain(net: Net) -> None:
    """An equation of one sample: a sum, a product or a function of constructs."""
    name, axes = net.fresh(), left_axes(net)
    w = Writer(net, name)
    made = body(w, axes)
    net.define(name, axes, made.text, made.bound, w.batch)


def body(w: Writer, axes: tuple[str, ...], parts: int = 0) -> Term:
    """A few constructs joined."""
    net = w.net
    terms = [w.term(axes) for _ in range(parts or net.pick((1, 2, 2)))]
    made = terms[0]
    for other in terms[1:]:
        made = w.squashed(plus(made, other) if net.chance(0.6) else times(made, other))
    return made


# -- over the samples ------------------------------------------------------------------------------


def statistic(net: Net) -> None:
    """An equation that mixes samples: a reduction over n, or a sample against all others."""
    name = net.fresh()
    w = Writer(net, name, mixes=True)
    axes = left_axes(net, 1)
    if net.take("twin"):
        return _pairs(net, w, axes)
    own = net.chance(0.4)  # n stands on the left too
    w.samples = ["n"]
    x = _sampled(w, axes)
    e = w.squashed(times(x, w.term(axes)) if net.chance(0.6) else x)
    op = net.pick(("mean", "mean", "mean", "sum", "max", "min", "prod", "logsumexp"))
    if op == "prod":
        e = w.tamed(e, 1.0)
    made = Term(f"{op}[n]({e.text})", 5 * e.bound if op == "sum" else e.bound + 2)
    if own:
        y = _sampled(w, axes)
        forms = [plus(y, Term(f"(-{made.text})", made.bound)), times(y, made), made]
        if not net.chance(0.7):
            forms = [Term(f"softmax[n]({e.text})", 1), Term(f"exp(log_softmax[n]({e.text}))", 1)]
        made = net.pick(forms)
    made = w.squashed(made)
    net.define(name, axes, made.text, made.bound, own, explicit=own, settled=True)


def _sampled(w: Writer, axes: tuple[str, ...]) -> Term:
    """A read of a tensor with samples."""
    net = w.net
    t = w.tensor(
        axes,
        lambda t: t.batch and t.below is None and t.data not in SPECIAL and w.fits(t, axes),
        lambda: net.declare("input", w.subset(axes, 1), net.pick(("normal", "grid"))),
    )
    assert t is not None
    return w.read(t, axes)


def _pairs(net: Net, w: Writer, axes: tuple[str, ...]) -> None:
    """Each sample against every sample, through a twin of n."""
    twin = "m" if "m" not in net.taken else "m2"
    net.axes[twin] = "n"
    net.taken.add(twin)
    w.samples = ["n"]
    mine = _sampled(w, axes)
    w.samples = [twin]
    theirs = _sampled(w, axes)
    w.samples = ["n", twin]
    e = w.squashed(times(theirs, w.term(axes)) if net.chance(0.5) else theirs)
    forms = (
        f"sum[{twin} | {twin} != n]({mine.text}*{e.text})",
        f"sum[{twin}](({mine.text} - {theirs.text})**2*{e.text})",
        f"logsumexp[{twin}]({mine.text}*{e.text})",
        f"mean[{twin} | {twin} != n or {twin} == 0](tanh({mine.text} + {e.text}))",
        f"sum[{twin}](softmax[{twin}]({mine.text}*{theirs.text})*{e.text})",
        f"sum[{twin}](({twin} == n)*{e.text}) + {mine.text}",
        f"max[{twin}]({mine.text}*{e.text})",
    )
    k = net.rng.randrange(len(forms))
    if k == 4:
        forms = (*forms[:4], f"exp(log_softmax[n]({mine.text}))*{e.text}".replace(f"[{twin}", "[n"),
                 *forms[5:])  # fmt: skip
    made = f"tanh(({forms[k]})/3)" if net.chance(0.5) else f"({forms[k]})/4"
    net.define(w.name, axes, made, 5.0, True, explicit=True)


# -- winners, the loss ---------------------------------------------------------------------------


def winner(net: Net) -> None:
    """b = argmax[k](…): whole numbers that others use as indices and as values."""
    name, axes = net.fresh(), left_axes(net, 1)
    w = Writer(net, name)
    free = [a for a in net.sizes if a not in axes] or list(net.sizes)
    op, k = net.pick(("argmax", "argmin")), net.pick(free)
    if len(free) > 1 and net.chance(0.12):  # a place in rows: a value, or an index of a long axis
        return _place(net, w, axes, op, tuple(net.rng.sample(free, 2)))
    e = w.squashed(times(w.leaf((*axes, k)), w.term((*axes, k))))
    inside = (*(a for a in axes if a != k), k)
    cond = f" | {w.one_of((k,), inside, op)}" if net.chance(0.2) else ""
    bound = float(max(1, net.sizes[k] - 1))
    net.define(name, axes, f"{op}[{k}{cond}]({e.text})", bound, w.batch, below=k)


def _place(net: Net, w: Writer, axes: tuple[str, ...], op: str, bound: tuple[str, ...]) -> None:
    e = w.squashed(times(w.leaf(bound), w.term((*axes, *bound))))
    text = f"{op}[{','.join(bound)}]({e.text})"
    count = net.sizes[bound[0]] * net.sizes[bound[1]]
    net.define(w.name, axes, text, count - 1.0, w.batch, below=count)


def loss(net: Net) -> None:
    """What nobody reads yet is summed; targets come in; what is still wanted is put in.

    The loss is one of each sample, with or without n on its left, or one of all samples.
    """
    inputs = net.declared.get("input")
    form = net.pick(("", "", "", "", "", "own", "all")) if inputs else ""
    w = Writer(net, net.loss, loss=True, mixes=bool(form))
    w.samples = ["n"] if form else []
    terms = [_head(w, t) for t in net.ends()]
    for kind in ("distribution", "class_number"):
        if net.take(kind):
            terms.append(_target(w, kind))
    if not net.samples:
        terms.append(_alone(w))
    elif net.chance(0.4):
        terms.append(_squares(w))
    left = len(net.wanted) + 1
    while net.wanted and len(net.wanted) < left and len(terms) < 14:
        left = len(net.wanted)
        terms.append(w.term(()))
    if not terms:
        terms.append(w.term(()))
    made = " + ".join(t.text for t in terms)
    if net.extra.get("batch") == "sum":  # every term has to have samples
        x = _sampled(w, ())
        made = f"({made})*{x.text}"
    left = {"": net.loss, "own": f"{net.loss}[n]", "all": net.loss}[form]
    net.lines.append(
        f"{left} = {net.pick(('mean', 'sum'))}[n]({made})" if form == "all" else f"{left} = {made}"
    )


def _head(w: Writer, t: Tensor) -> Term:
    net = w.net
    e = w.read(t, t.axes, list(t.axes))
    if t.data == "logarithms":
        return Term(f"sum[{','.join(t.axes)}](exp({e.text}))/9", 9)
    if t.below is not None:
        e = times(e, w.leaf(t.axes))
    shape = net.rng.randrange(5)
    if shape == 0:
        e = times(e, w.leaf(t.axes))
    elif shape == 1:
        e = Term(f"{e.text}**2/2", e.bound**2)
    elif shape == 2:
        e = call("tanh", e, bound=1)
    op = net.pick(("sum", "sum", "sum", "mean", "logsumexp"))
    return Term(f"{op}[{','.join(t.axes)}]({e.text})", 1) if t.axes else Term(f"({e.text})", 1)


def _target(w: Writer, kind: str) -> Term:
    """Cross-entropy against a distribution, or against the number of a class."""
    net = w.net
    k = net.pick(net.sizes)
    p, inner = net.fresh(), None
    inner = Writer(net, p)
    z = inner.term((k,))
    named = net.chance(0.7)
    op = "softmax" if named else "log_softmax"
    made = net.define(p, (k,), f"{op}[{k}]({z.text})", 1.0, inner.batch)
    if kind == "distribution":
        y = net.declare("target", (k,), "distribution")
        a, b = w.read(y, (k,), [k]), w.read(made, (k,), [k])
        body = f"{a.text}*{f'log({b.text})' if named else b.text}"
        return Term(f"(-sum[{k}]({body}))", 3)
    y = net.declare("target", (), "integer", k)
    chosen = w.read(made, (k,), [w.read(y, ()).text])
    return Term(f"(-{f'log({chosen.text})' if named else chosen.text})", 3)


def _alone(w: Writer) -> Term:
    """A slope that is 0 or 1, added back onto the axis that it was read from."""
    net = w.net
    a = net.pick(net.sizes)
    x = w.given((a,), "normal")
    place = net.pick((f"2*{a}", f"{a} + 1", f"{a} - 1", f"3*{a} - 2"))
    return Term(f"sum[{a}](relu({w.read(x, (a,), [place]).text}))", 6)


def _squares(w: Writer) -> Term:
    net = w.net
    t = w.tensor(
        (), lambda t: t.kind == "variable" and len(t.axes) < 3 and t.data not in SPECIAL, None
    )
    if t is None:
        return w.term(())
    y = net.declare("target", t.axes, net.pick(("normal", "grid")))
    a, b = w.read(t, t.axes, list(t.axes)), w.read(y, t.axes, list(t.axes))
    e = f"({a.text} - {b.text})**2"
    return Term(f"sum[{','.join(t.axes)}]({e})/2", 9) if t.axes else Term(f"({e})/2", 9)
