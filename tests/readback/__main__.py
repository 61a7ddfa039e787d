"""``python -m tests.readback [SPEC…] [--notation N…] [--document D…] [--language L…]``.

Reads every document of every spec back (all shipped examples and the cases of printing by default)
and prints what is true, false, not readable. Exit code 1 where a line is false.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from chalkgrad.codegen.notation.presets import notations
from tests.grid.cells import CASES, specs

from .library import DOCUMENTS, reports, terminal_report
from .points import NoPointError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.readback", description=__doc__)
    parser.add_argument("spec", nargs="*")
    parser.add_argument("--notation", nargs="*", default=["mari", "ng"])
    parser.add_argument("--document", nargs="*", default=list(DOCUMENTS), choices=DOCUMENTS)
    parser.add_argument("--language", nargs="*", default=["en"])
    parser.add_argument("--unreadable", action="store_true", help="print these lines, too")
    asked = parser.parse_args()
    total: Counter[str] = Counter()
    every = notations() if "all" in asked.notation else asked.notation
    for spec in map(_path, asked.spec or specs()):
        for notation in every:
            for language in asked.language:
                total += _read(spec, notation, asked.document, language, asked.unreadable)
    print(", ".join(f"{count} {kind}" for kind, count in total.most_common()))
    return 1 if total["false"] else 0


def _path(spec: str) -> str:
    """A shipped example, a file, or a case of printing by its stem."""
    case = CASES / f"{spec}.yaml"
    return str(case) if case.exists() and not Path(spec).exists() else spec


def _read(
    spec: str, notation: str, wanted: list[str], language: str, more: bool
) -> Counter[str]:  # fmt: skip
    total: Counter[str] = Counter()
    try:
        made = reports(spec, notation, wanted, language)
        if language == "en" and notation == "mari":  # the terminal has one notation
            made.append(terminal_report(spec))
    except NoPointError as err:
        print(f"{spec}: {err}", flush=True)
        return total
    for report in made:
        print(report.summary(), flush=True)
        for kind in ("false", "unreadable") if more else ("false",):
            for judged in report.of(kind):
                print(f"    {judged}", flush=True)
        total.update(j.verdict.kind for j in report.lines)
    return total


if __name__ == "__main__":
    sys.exit(main())
