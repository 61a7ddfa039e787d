"""A check that ends: what a budget of seconds leaves out, and that it still finds what is wrong."""

from __future__ import annotations

import time
from io import StringIO
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import chalkgrad
from chalkgrad.codegen.checking import check, check_module, load_module, to_text
from chalkgrad.codegen.console.progress import Making
from tests.paths import HANDWRITTEN

HERE = HANDWRITTEN
NOTHING = 1e-9  # seconds: only the first pass


def gru(p: str, x: str, h: str, t: str, more: str = "") -> str:
    """A gated recurrent unit as equations; ``more`` holds ``#`` for the letter of the gate."""
    gate = (
        f"sigmoid(sum[d]({x}[{t},d]*{p}U#[d,j]) + sum[m]({h}[{t}-1,m]*{p}V#[m,j]){more} + {p}b#[j])"
    )
    return "\n".join([
        f"{p}r[{t},j] = {gate.replace('#', 'r')}",
        f"{p}z[{t},j] = {gate.replace('#', 'z')}",
        f"{p}g[{t},j] = tanh(sum[d]({x}[{t},d]*{p}Ug[d,j]) + {p}r[{t},j]*sum[m]({h}[{t}-1,m]"
        f"*{p}Vg[m,j]){more.replace('#', 'g')} + {p}bg[j])",
        f"{h}[{t},j] = (1 - {p}z[{t},j])*{p}g[{t},j] + {p}z[{t},j]*{h}[{t}-1,j]\n",
    ])  # fmt: skip


def seq2seq(
    words: int = 1000, width: int = 128, units: int = 174, steps: int = 12
) -> dict[str, Any]:
    """A translator: the last state of the encoder goes into every step of the decoder."""
    parameters = {"E": ["v", "d"], "F": ["w", "d"], "O": ["j", "w"], "c": ["w"]}
    for q in "rzg":
        for p in "ab":
            parameters |= {f"{p}U{q}": ["d", "j"], f"{p}V{q}": ["m", "j"], f"{p}b{q}": ["j"]}
        parameters[f"bC{q}"] = ["m", "j"]
    equations = [
        "e[s,d] = E[source[s],d]", gru("a", "e", "h", "s"),
        "k[j] = h[size[s] - 1,j]", "u[t,d] = F[before[t],d]",
        gru("b", "u", "q", "t", " + sum[m](k[m]*bC#[m,j])"),
        "score[t,w] = sum[j](q[t,j]*O[j,w]) + c[w]",
        "p[t,w] = softmax[w](score[t,w])", "L = -mean[t](log(p[t,next[t]]))",
    ]  # fmt: skip
    axes = {"v": words, "w": words, "d": width, "j": units, "m": "j", "s": 12, "t": 12}
    return {
        "name": "seq2seq", "axes": axes, "parameters": parameters, "output": "p", "loss": "L",
        "input": {"source": {"shape": ["s"], "integer": "v"},
                  "before": {"shape": ["t"], "integer": "w"}},
        "target": {"next": {"shape": ["t"], "integer": "w"}}, "equations": "\n".join(equations),
    }  # fmt: skip


def test_the_check_of_a_large_network_ends() -> None:
    """0.84 million parameters: all of them would take hours, sampled as before several minutes."""
    network = chalkgrad.load(seq2seq())
    count = sum(np.prod([int(s) for s in network.shape(t.name)]) for t in network.parameters)
    assert 0.82e6 < count < 0.86e6
    said: list[str] = []
    start = time.process_time()
    report = check(network.derive(), tell=said.append)
    assert time.process_time() - start < 60  # about 7 where nothing else runs
    assert report.ok
    assert {row.status for row in report.tensors} == {"ok"}
    assert {row.method for row in report.tensors} == {"complex step"}
    assert all(1 <= row.checked < row.size for row in report.tensors if row.size > 2000)
    assert [row.status for row in report.forward] == ["ok", "ok"]
    assert " of 128000 " in to_text(report)
    assert "the gradient of E, 1 of 25" in said
    assert said[-1] == "forward"


def test_a_small_network_has_every_entry_checked_whatever_the_time() -> None:
    report = check_module(HERE / "mlp.py")
    assert all(row.entries == row.size == row.checked for row in report.tensors)
    assert report.to_json() == check_module(HERE / "mlp.py", budget=None).to_json()
    assert report.to_json()["tensors"][0]["of"] == 6


@pytest.mark.parametrize("name", ["mlp", "relu", "deep", "layernorm", "words"])
def test_right_modules_pass_the_first_pass_alone(name: str) -> None:
    """A gradient that cancels (layernorm) has its noise measured although that was put off."""
    report = check_module(HERE / f"{name}.py", budget=NOTHING)
    assert report.ok
    assert {(row.checked, row.entries) for row in report.tensors} == {(1, 0)}
    assert f"1 of {report.tensors[0].size} " in to_text(report)


@pytest.mark.parametrize("name", ["mlp", "relu", "deep", "layernorm", "words"])
def test_the_first_pass_finds_a_wrong_gradient(name: str) -> None:
    module = load_module(HERE / f"{name}.py")
    sound = check_module(module, budget=NOTHING)
    for field in module.Params._fields:
        if name == "layernorm" and field == "c":
            continue  # its gradient is zero
        wrong = SimpleNamespace(**{**vars(module), "backward": scaled(module, field)})
        report = check_module(wrong, budget=NOTHING)
        failed = [row.name for row in report.tensors if row.status == "failed"]
        assert failed == [field], sound


def scaled(module: Any, field: str) -> Any:
    def backward(params: Any, cache: Any) -> Any:
        grads, inputs = module.backward(params, cache)
        return grads._replace(**{field: 1.001 * getattr(grads, field)}), inputs

    return backward


def test_a_budget_buys_entries() -> None:
    """With half a second every entry of a tiny network is reached, each once."""
    report = check_module(HERE / "mlp.py", budget=NOTHING)
    more = check_module(slow(load_module(HERE / "mlp.py")), budget=0.15)
    assert all(a.entries < b.entries <= b.size for a, b in zip(
        report.tensors, more.tensors, strict=True))  # fmt: skip


def slow(module: Any) -> Any:
    """The same module, a few milliseconds a call."""

    def forward(*args: Any) -> Any:
        time.sleep(0.003)
        return module.forward(*args)

    return SimpleNamespace(**{**vars(module), "forward_unchecked": forward})


def test_a_module_that_refuses_complex_numbers_is_sampled_by_differences() -> None:
    module = load_module(HERE / "mlp.py")

    def forward(params: Any, *args: Any) -> Any:
        if any(np.iscomplexobj(w) for w in params):
            raise TypeError
        return module.forward(params, *args)

    real = SimpleNamespace(**{**vars(module), "forward": forward})
    report = check_module(real, budget=NOTHING)
    assert {row.method for row in report.tensors} == {"central differences"}
    assert report.ok


def test_a_terminal_shows_how_far_it_is_and_nothing_else_does() -> None:
    for terminal in (True, False):
        out = StringIO()
        console = Console(file=out, force_terminal=terminal, width=80)
        with Making(console) as making, making("the check") as tell:
            tell("W0, 1 of 9")
            if making._shown is not None:
                making._shown.refresh()
        assert ("W0, 1 of 9" in out.getvalue()) == terminal
