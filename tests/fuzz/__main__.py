"""``python -m tests.fuzz N SEED``: N random networks, judged; what fails is shrunk and printed."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import yaml

from .draw import draw
from .judge import FAULTS, KINDS, Verdict
from .paper import judge_both
from .shrink import shrink, sort
from .table import table
from .workers import APART, LIMIT, judged


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    if options.one is not None:
        return _one(options.one)
    first = options.seed * APART
    verdicts: Counter[str] = Counter()
    sorts: dict[str, list[tuple[int, Verdict]]] = {}
    drawn: list[Counter[str]] = []
    start = time.monotonic()
    for seed, verdict, drew in judged(range(first, first + options.n), options.jobs, options.limit):
        verdicts[verdict.kind] += 1
        drawn.append(drew)
        if verdict.kind not in ("ok", "ill"):
            sorts.setdefault(sort(verdict), []).append((seed, verdict))
        if sys.stderr.isatty():
            print(f"\r{len(drawn)} of {options.n}", end="", file=sys.stderr)
    print(f"{options.n} networks from seed {options.seed} in {time.monotonic() - start:.0f} s: "
          + ", ".join(f"{verdicts[k]} {k}" for k in KINDS if verdicts[k]))  # fmt: skip
    if options.table:
        print(table(drawn))
    faults = _told(sorts)
    _shrunk(sorts, options.shrink)
    return 1 if faults else 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=300, help="how many networks")
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for one network")
    parser.add_argument("--shrink", type=int, default=20, help="how many faults to shrink")
    parser.add_argument("--table", action="store_true", help="what was drawn, and the rarest pairs")
    parser.add_argument("--seed-one", dest="one", type=int, help="judge one network, and show it")
    return parser.parse_args(argv)


def _told(sorts: dict[str, list[tuple[int, Verdict]]]) -> int:
    """Every sort of verdict but ok, with its seeds; the number of faults."""
    faults = 0
    for what, found in sorted(sorts.items(), key=lambda s: -len(s[1])):
        faults += len(found) * (found[0][1].kind in FAULTS)
        found.sort(key=lambda f: f[0])
        seeds = ", ".join(str(s) for s, _ in found[:12]) + (", …" if len(found) > 12 else "")
        print(f"\n{len(found)} × {what}\n    seeds {seeds}\n    {found[0][1].detail[:300]}")
    return faults


def _shrunk(sorts: dict[str, list[tuple[int, Verdict]]], most: int) -> None:
    """One shrunk spec of every sort of fault."""
    for what, found in list(sorts.items())[:most]:
        seed, verdict = found[0]
        if verdict.kind == "hangs":  # to shrink it would hang, too
            print(f"\n# {what}, from seed {seed}")
            print(shown(*_parts(seed)))
        elif verdict.kind in FAULTS:
            print(f"\n# {what}, from seed {seed}")
            print(shown(*shrink(*_parts(seed), judge_both)))


def _parts(seed: int) -> tuple[dict[str, object], dict[str, str]]:
    drawn = draw(seed)
    return drawn.spec, drawn.data


def shown(spec: dict[str, object], data: dict[str, str]) -> str:
    """A spec as YAML, with how its data are drawn where that matters."""
    rest = {k: v for k, v in spec.items() if k not in ("equations", "loss")}
    head = "".join(f"{key}: {_inline(value)}\n" for key, value in rest.items())
    odd = {k: v for k, v in data.items() if v not in ("normal", "integer", "distribution")}
    note = f"# data: {odd}\n" if odd else ""
    lines = str(spec["equations"]).strip().replace("\n", "\n  ")
    return f"{note}{head}equations: |\n  {lines}\nloss: {spec['loss']}"


def _inline(value: object) -> str:
    """A value as YAML on one line."""
    made = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return made.strip().removesuffix("...").strip()


def _one(seed: int) -> int:
    drawn = draw(seed)
    print(shown(drawn.spec, drawn.data))
    verdict = judge_both(drawn.spec, drawn.data)
    print(f"\n{verdict.kind}: {verdict.detail}")
    if verdict.kind in FAULTS:
        print("\n" + shown(*shrink(drawn.spec, drawn.data, judge_both)))
    return int(verdict.kind in FAULTS)


if __name__ == "__main__":
    sys.exit(main())
