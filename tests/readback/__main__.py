"""``python -m tests.readback [SPEC…] [--notation N…] [--document D…] [--language L…]``.

Reads every document of every spec back (all shipped examples and the cases of printing by default)
and prints what is true, false, not readable; at the end for each kind of document. Exit code 1
where a line is false, or a document is not made.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from chalkgrad.codegen.notation.presets import notations
from tests.grid.cells import CASES, specs
from tests.grid.kinds import Kinds

from .library import DOCUMENTS, reports, terminal_report
from .points import NoPointError
from .report import Report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.readback", description=__doc__)
    parser.add_argument("spec", nargs="*")
    parser.add_argument("--notation", nargs="*", default=["mari", "ng"])
    parser.add_argument("--document", nargs="*", default=list(DOCUMENTS), choices=DOCUMENTS)
    parser.add_argument("--language", nargs="*", default=["en"])
    parser.add_argument("--unreadable", action="store_true", help="print these lines, too")
    asked = parser.parse_args()
    total: dict[str, Counter[str]] = {}
    kinds = Kinds()
    every = notations() if "all" in asked.notation else asked.notation
    for spec in map(_path, asked.spec or specs()):
        for notation in every:
            for language in asked.language:
                with kinds.catching(f"{spec} · {notation} · {language}"):
                    for report in _read(spec, notation, asked.document, language):
                        _tell(report, asked.unreadable)
                        kind = report.document.rpartition(" · ")[2]
                        verdicts = Counter(j.verdict.kind for j in report.lines)
                        total[kind] = total.get(kind, Counter()) + verdicts
    for kind, counts in sorted(total.items()):
        shown = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
        print(f"{kind}: {counts.total()} lines, {shown}")
    print(kinds.told())
    return 1 if kinds.count or any(counts["false"] for counts in total.values()) else 0


def _path(spec: str) -> str:
    """A shipped example, a file, or a case of printing by its stem."""
    case = CASES / f"{spec}.yaml"
    return str(case) if case.exists() and not Path(spec).exists() else spec


def _read(spec: str, notation: str, wanted: list[str], language: str) -> list[Report]:
    try:
        made = reports(spec, notation, wanted, language)
        if language == "en" and notation == "mari":  # the terminal has one notation
            made.append(terminal_report(spec))
    except NoPointError as err:
        return [Report(f"{spec} · {notation} · {language}, which has no point ({err}) · nothing")]
    return made


def _tell(report: Report, more: bool) -> None:
    print(report.summary(), flush=True)
    for kind in ("false", "unreadable") if more else ("false",):
        for judged in report.of(kind):
            print(f"    {judged}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
