"""``python -m tests.grid.stacks [N] [SEED]``: random stacks of layers with worked numbers.

Each goes through slides, page, notebook (its code cells are run) and article; what fails is printed
by kind, and so is what takes long. The layers are those of tests/development/random_stacks.py, the
numbers have two decimals, the deck is the default one with the update.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import time
from math import prod
from typing import Any

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.documents.lecture_files import lectures
from chalkgrad.derive.language.equation import BATCH
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.pipeline import load, load_all
from tests.development.random_stacks import Stack, stack
from tests.grid.cells import ends_within
from tests.grid.kinds import Kinds

OUTPUTS = ("slides", "html", "notebook")
SLOW = 10  # seconds
LIMIT = 60


def spec(seed: int) -> dict[str, Any]:
    """The stack of a seed with numbers for one sample and a step of gradient descent."""
    made = stack(seed)
    rng = random.Random(f"numbers {seed}")
    net = load(made.spec)
    given = {t.name: _numbers(made, net, t.name, rng)
             for t in (*net.parameters, *net.inputs, *net.targets)}  # fmt: skip
    return {**made.spec, "values": given, "update": {"sgd": {"rate": 0.1}}}


def build(seed: int) -> dict[str, str]:
    """Every output of a stack. Raises whatever is wrong, a failing cell of the notebook too."""
    networks = load_all(spec(seed))
    (make,) = lectures(networks, networks[0].name)
    lecture = make()
    made = {name: text for o in OUTPUTS for name, text in lecture.files(o).items()}
    for name, text in made.items():
        if name.endswith(".ipynb"):
            run(text)
    return {**made, "article.tex": article(networks[0].derive())}


def run(notebook: str) -> str:
    """What the code cells print, run in order."""
    cells = json.loads(notebook)["cells"]
    source = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "notebook", "exec"), {"__name__": "notebook"})
    return printed.getvalue()


def _numbers(made: Stack, net: Network, name: str, rng: random.Random) -> list[Any] | Any:
    """A flat list for a tensor of one sample, of the kind that the loss asks for."""
    t = net.tensors[name]
    shape = [int(net.size(a)) for a in t.axes if a != BATCH]
    count = prod(shape)
    if t.integer is not None:
        return _shaped([rng.randrange(int(net.size(t.integer))) for _ in range(count)], shape)
    kind = made.kinds.get(name, "normal")
    if kind == "simplex":
        hot = [rng.randrange(shape[-1]) for _ in range(count // shape[-1])]
        return _shaped([float(k == h) for h in hot for k in range(shape[-1])], shape)
    choices = {"binary": (0.0, 1.0), "unit": (0.0, 0.25, 0.9, 1.0), "sign": (-1.0, 1.0),
               "count": (0.0, 1.0, 2.0, 3.0)}.get(kind)  # fmt: skip
    drawn = [rng.choice(choices) if choices else round(rng.gauss(0, 1), 2) for _ in range(count)]
    return _shaped(drawn, shape)


def _shaped(flat: list[Any], shape: list[int]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0]
    return [_shaped(flat[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]


def main(count: int = 100, first: int = 0) -> int:
    """Exit code 1 where a stack fails or takes long."""
    kinds, slow = Kinds(), list[tuple[float, int]]()
    for seed in range(first, first + count):
        start = time.process_time()
        with kinds.catching(f"seed {seed}"), ends_within(LIMIT):
            build(seed)
        took = time.process_time() - start
        if took > SLOW:
            slow.append((took, seed))
    for took, seed in sorted(slow, reverse=True):
        print(f"slow: seed {seed} took {took:.0f} s")
    print(f"{count} stacks, {len(slow)} slow, {kinds.told()}")
    return 1 if kinds.count or slow else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
