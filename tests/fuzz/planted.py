"""``python -m tests.fuzz.planted [NAME…] [--n 1000] [--paper]``: are planted faults found?

Every fault that the engine once had is planted back, one at a time, and networks are judged until
one of them shows it: a verdict against the engine that the engine without the fault does not get.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.pipeline import load

from .draw import Drawn, draw
from .judge import FAULTS, Verdict, judge
from .paper import judge_paper
from .planted_paper import ON_PAPER
from .planted_table import TABLE
from .planting import Fault
from .workers import APART

SEEDS = Path(__file__).parent / "planted_seeds.json"
PAPER_SEEDS = SEEDS.with_name("planted_paper_seeds.json")
PART = 100  # networks between two plantings
# a network is drawn to be accepted, so a refusal that is new is a fault, too
FOUND = FAULTS | {"refused"}


class Networks:
    """Networks by seed, with what the engine as it is makes of them."""

    def __init__(self) -> None:
        self.drawn: dict[int, Drawn] = {}
        self.derived: dict[int, Derivation | str] = {}
        self.texts: dict[int, str] = {}

    def add(self, seed: int) -> None:
        if seed not in self.drawn:
            self.drawn[seed] = draw(seed)
            self.derived[seed] = derivation(self.drawn[seed])
            self.texts[seed] = text(self.derived[seed])

    def shows(self, fault: Fault, seeds: Iterable[int]) -> Iterator[tuple[int, Verdict]]:
        """The networks that find the fault. A module that is the same is not judged again."""
        part = list(seeds)
        for seed in part:
            self.add(seed)
        with fault.planted():
            other = [s for s in part if self._text(fault, s) != self.texts[s]]
            made = ((s, self.verdict(s)) for s in other)
            hits = [(s, v) for s, v in made if v.kind in FOUND]
        for seed, verdict in hits:
            if self.verdict(seed).kind != verdict.kind:
                yield seed, verdict

    def _text(self, fault: Fault, seed: int) -> str:
        """The module with the fault; one of the printer leaves the derivation as it is."""
        late = fault.in_printer
        return text(self.derived[seed] if late else derivation(self.drawn[seed]))

    def verdict(self, seed: int) -> Verdict:
        drawn = self.drawn[seed]
        return judge(drawn.spec, drawn.data)


class OnPaper(Networks):
    """The same, judged by what is printed, whatever the module says."""

    def shows(self, fault: Fault, seeds: Iterable[int]) -> Iterator[tuple[int, Verdict]]:
        part = list(seeds)
        with fault.planted():
            made = [(s, self.verdict(s)) for s in part]
        for seed, verdict in made:
            if verdict.kind in FOUND and self.verdict(seed).kind != verdict.kind:
                yield seed, verdict

    def verdict(self, seed: int) -> Verdict:
        drawn = self.drawn.setdefault(seed, draw(seed))
        return judge_paper(drawn.spec, drawn.data)


def derivation(drawn: Drawn) -> Derivation | str:
    """The derivation of a network, or how it is refused."""
    try:
        return load(dict(drawn.spec)).derive()
    except Exception as err:
        return f"{type(err).__name__}: {err}"


def text(made: Derivation | str) -> str:
    """The module of a derivation, or how it is refused."""
    if isinstance(made, str):
        return made
    try:
        return numpy_module(made)
    except Exception as err:
        return f"{type(err).__name__}: {err}"


def search(networks: Networks, fault: Fault, first: int, n: int) -> tuple[int, int, Verdict] | None:
    """(after how many networks, which seed, its verdict), or None after n of them."""
    sizes = [1, 4, 15, 30, *[PART] * n]  # most are found at once
    start = 0
    while start < n:
        stop = min(n, start + sizes.pop(0))
        for seed, verdict in networks.shows(fault, range(first + start, first + stop)):
            return seed - first + 1, seed, verdict
        start = stop
    return None


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    table, kept, networks = (
        (ON_PAPER, PAPER_SEEDS, OnPaper()) if options.paper else (TABLE, SEEDS, Networks())
    )
    names = options.names or list(table)
    unknown = [n for n in names if n not in table]
    if unknown:
        print(f"no fault is called {unknown[0]!r}; there are: {', '.join(table)}", file=sys.stderr)
        return 2
    first, missed = options.seed * APART, []
    seeds = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    start = time.monotonic()
    for name in names:
        found = search(networks, table[name], first, options.n)
        if found is None:
            missed.append(name)
            shown = f"not found in {options.n}"
        else:
            k, seed, verdict = found
            seeds[name] = seed
            shown = f"{k:>6}  {verdict.kind:<20} {verdict.detail.splitlines()[0][:60]}"
        print(f"{name:<32} {shown}", flush=True)
    took = f"{time.monotonic() - start:.0f} s"
    print(f"{len(names) - len(missed)} of {len(names)} faults found within {options.n} networks "
          f"from seed {options.seed}, in {took}")  # fmt: skip
    if options.write:
        known = {name: seeds[name] for name in table if name in seeds}
        kept.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return 1 if missed else 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.planted", description=__doc__)
    parser.add_argument("names", nargs="*", help="which faults (all)")
    parser.add_argument("--n", type=int, default=1000, help="how many networks at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"keep the seeds in {SEEDS.name}")
    parser.add_argument("--paper", action="store_true", help="faults of what is printed")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
