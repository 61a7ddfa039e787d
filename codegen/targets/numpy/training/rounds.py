"""A training run as a lecture shows it: round by round, with a stopping rule. The generated module
makes its numbers.

Round k updates the parameters once; its row shows the new parameters and what the network makes of
them, and the stopping rule is tested on that row (lecture 003, LECTURES.md §3 B).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .....derive.chainrule.sweep import derive
from .....derive.language.errors import ChalkgradError, suggest
from .....derive.language.expr import Expr, Name, Num, Read, replace
from .....derive.network.network import Network
from .....derive.optimizers.settings import is_plain
from .....derive.values.numbers import Evaluator, evaluator
from ....lowering.program import build
from ...loading import module_from
from ..module import render
from .stopping import leaves

Array = np.ndarray[Any, Any]
# parameters -> (loss, gradients by parameter, forward tensors by name)
Step = Callable[[Mapping[str, Array]], tuple[float, Mapping[str, Array], Mapping[str, Array]]]
MAX_ROUNDS = 1_000_000
ALL_KEPT = 2_000


@dataclass(frozen=True)
class Round:
    """After the k-th update: the new parameters and the tensors computed with them.

    ``gradients`` belong to the parameters before this update, ``loss`` and ``tensors`` to those
    after it. Round 0 is the start: no update yet, no gradients.
    """

    number: int
    parameters: Mapping[str, Array]
    tensors: Mapping[str, Array]
    loss: float
    gradients: Mapping[str, Array]


@dataclass(frozen=True)
class Trace:
    """``losses[k]`` after k rounds (0: the start); ``rounds`` are those kept, the last among them.

    ``stopped`` says that the stopping rule was met in the last round.
    """

    start: Round
    rounds: tuple[Round, ...]
    losses: Array
    stopped: bool
    rate: float

    @property
    def count(self) -> int:
        return len(self.losses) - 1

    @property
    def last(self) -> Round:
        return self.rounds[-1] if self.rounds else self.start

    def __getitem__(self, k: int | str) -> Round:
        """Round k, 0 for the start, ``"last"``. Raises ChalkgradError when it was not kept."""
        if k == "last":
            return self.last
        for r in (self.start, *self.rounds):
            if r.number == k:
                return r
        what = f"round {k} is not there, the run has {self.count} rounds"
        raise ChalkgradError(what, where="train.show", hint="show: [1, 2, 3, last]")


def train(
    network: Network,
    *,
    stop: Expr | None = None,
    max: int = 1000,
    rounds: int | None = None,
    keep: Sequence[int | str] | None = None,
) -> Trace:
    """Gradient descent with the numbers of the spec (``values`` or ``samples``), in float64.

    Parameters
    ----------
    stop : a condition over tensors of one number (`derive.language.parser.condition`); entries as
    y1[0]. max : the most rounds; ``rounds`` instead asks for exactly so many (a stop still ends
    them). keep : the rounds to keep; by default all, of a run over 2000 rounds only 1, 2, 3, 10,
    100, …

    Raises
    ------
    ChalkgradError
        without numbers or a rate, for a stopping rule that cannot be read, and when the loss is
        not finite.
    """
    speed, frozen = _rule(network)
    limit = rounds if rounds is not None else max
    if not 1 <= limit <= MAX_ROUNDS:
        raise ChalkgradError(f"1 to {MAX_ROUNDS} rounds; got {limit}", where="train.max")
    evaluate = module_step(network)
    values = evaluator(network, _values(network)).values
    parameters = {t.name: values[t.name] for t in network.parameters}
    loss, gradients, seen = evaluate(parameters)
    _finite(loss, 0)
    ended = _stopping(stop, network)
    start = Round(0, dict(parameters), dict(seen), loss, {})
    losses, kept = [loss], list[Round]()
    wanted = _wanted(keep, limit)
    stopped = False
    for k in range(1, limit + 1):
        used = gradients
        with np.errstate(all="ignore"):  # a run that diverges is refused by its loss
            parameters = {
                name: value if name in frozen else value - speed * used[name]
                for name, value in parameters.items()
            }
        loss, gradients, seen = evaluate(parameters)
        _finite(loss, k)
        losses.append(loss)
        stopped = ended(parameters, seen)
        if stopped or k == limit or k in wanted:
            shown = {name: np.array(value) for name, value in seen.items()}
            kept.append(Round(k, dict(parameters), shown, loss, dict(used)))
        if stopped:
            break
    return Trace(start, tuple(kept), np.array(losses), stopped, speed)


def infer(network: Network, parameters: Mapping[str, Array], inputs: Sequence[Any]) -> Array:
    """The network's output for several samples of its first input, batch first."""
    if len(network.inputs) != 1:
        raise ChalkgradError("inference is for a network with one input", where="train.infer")
    (x,) = network.inputs
    known, module = {**network.values, **parameters}, _module(network)
    given = module.Params(*(np.asarray(known[t.name], dtype=float) for t in network.parameters))
    with np.errstate(all="ignore"):
        made = module.predict(given, np.asarray(inputs, dtype=int if x.integer else float))
    several = isinstance(made, tuple)
    return np.asarray(made[network.outputs.index(network.output)] if several else made)


def module_step(network: Network) -> Step:
    """One forward and backward pass of the generated module at the spec's data.

    Its cache holds every tensor of the forward pass, so that a round can show them.
    """
    run = evaluator(network, _values(network))
    names = [eq.name for eq in network.equations if eq.name != network.loss]
    module = _module(network, names)
    given = (*network.inputs, *network.targets)
    data = [run.values[t.name].astype(int if t.integer else float) for t in given]

    def step(parameters: Mapping[str, Array]) -> tuple[float, dict[str, Array], dict[str, Array]]:
        params = module.Params(**parameters)
        with np.errstate(all="ignore"):
            loss, cache = module.forward_unchecked(params, *data)
            gradients = module.backward(params, cache, inputs=False)[0]
        made = {name: np.asarray(getattr(cache, name)) for name in names}
        return float(loss), gradients._asdict(), {**made, network.loss: np.asarray(loss)}

    return step


def _module(network: Network, keep: Sequence[str] = ()) -> Any:
    """The generated module, in memory; its cache holds ``keep`` as well."""
    return module_from(render(build(derive(network), keep)), network.name)


# -- the pieces of a run ---------------------------------------------------------------------------


def _values(network: Network) -> Mapping[str, Any]:
    if not network.values:
        raise ChalkgradError("the network has no numbers", where="values", hint="give `values:`")
    return network.values


def _rule(network: Network) -> tuple[float, tuple[str, ...]]:
    """The rate, and the parameters that stay."""
    update = network.spec.update if network.spec is not None else None
    if not is_plain(update):
        what = "a lecture's rounds are plain gradient descent, the spec asks for more"
        hint = "update: {sgd: {rate: 0.1}}; a training program knows every rule"
        raise ChalkgradError(what, where="update", hint=hint)
    options = update.options if update is not None else {}
    if options.get("rate") is None:
        hint = "update: {sgd: {rate: 0.1}}"
        raise ChalkgradError("there is no learning rate", where="update", hint=hint)
    frozen = options.get("freeze") or ()
    return float(options["rate"]), (frozen,) if isinstance(frozen, str) else tuple(frozen)


def _finite(loss: float, k: int) -> None:
    if not np.isfinite(loss):
        where = "at the start" if k == 0 else f"in round {k}"
        raise ChalkgradError(f"the loss is not finite {where}", where="train",
                             hint="a smaller rate: update: {sgd: {rate: 0.01}}")  # fmt: skip


def _wanted(keep: Sequence[int | str] | None, limit: int) -> frozenset[int] | range:
    if keep is not None:
        return frozenset(k for k in keep if isinstance(k, int))
    if limit <= ALL_KEPT:
        return range(1, limit + 1)
    return frozenset([1, 2, 3, *(10**k for k in range(1, 7))])


def _stopping(
    stop: Expr | None, network: Network
) -> Callable[[Mapping[str, Array], Mapping[str, Array]], bool]:
    """The stopping rule as a function of parameters and tensors."""
    if stop is None:
        return lambda parameters, seen: False
    read: dict[Expr, Expr] = {e: Name(f"s{k}") for k, e in enumerate(leaves(stop))}
    shape = replace(stop, read)
    given = {n: np.asarray(v, dtype=float) for n, v in network.values.items()}
    run = Evaluator(network)

    def met(parameters: Mapping[str, Array], seen: Mapping[str, Array]) -> bool:
        known = {**given, **seen, **parameters}
        env: dict[Expr, Any] = {name: _one(e, known) for e, name in read.items()}
        return bool(run.value(shape, env, 0))

    return met


def _one(e: Expr, known: Mapping[str, Array]) -> float:
    """The number a name of the stopping rule stands for."""
    name = e.tensor if isinstance(e, Read) else e.name if isinstance(e, Name) else ""
    if name not in known:
        raise ChalkgradError(f"the stopping rule reads '{name}', which is not there",
                             where="train.stop", hint=suggest(name, known))  # fmt: skip
    value = known[name]
    if isinstance(e, Read):
        at = [int(i.value) for i in e.indices if isinstance(i, Num)]
        if value.ndim == len(at) + 1 and value.shape[0] == 1:
            value = value[0]
        try:
            return float(value[tuple(at)])
        except (IndexError, TypeError):
            raise ChalkgradError(f"there is no such entry of '{name}'", where="train.stop",
                                 hint=f"its shape is {value.shape}") from None  # fmt: skip
    if value.size != 1:
        raise ChalkgradError(f"'{name}' is not one number but has the shape {value.shape}",
                             where="train.stop", hint=f"compare one entry: {name}[0]")  # fmt: skip
    return float(value.reshape(()))
