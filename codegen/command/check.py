"""``chalkgrad check``: the gradient report of specs and of modules, hand-written ones too."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..console.progress import Making
from ..console.specs import load_networks

if TYPE_CHECKING:
    from rich.console import Console

    from ...derive.network.network import Network
    from ..checking import Report


EFFORTS = ("full", "quick", "none")


def effort(how: str, allowed: Sequence[str] = EFFORTS) -> str:
    """``how`` much to check. Raises ChalkgradError where it is not among the allowed words."""
    from ...derive.language.errors import ChalkgradError, suggest

    if how not in allowed:
        said = f"'{how}' is not one of {', '.join(allowed)}"
        raise ChalkgradError(said, where="--check", hint=suggest(how, allowed))
    return how


def check_targets(
    targets: Sequence[str], sets: Sequence[str], console: Console, *, as_json: bool,
    how: str = "quick",
) -> bool:  # fmt: skip
    """Check every module and every network of every spec; whether none failed.

    The report is printed as a table or, with ``as_json``, as one JSON document on standard output;
    ``how`` is full or quick.
    """
    effort(how, EFFORTS[:2])
    with Making(console) as making:
        shown = None if as_json else making
        reports = [r for target in targets for r in _check_target(target, sets, shown, how)]
    if as_json:
        print(report_json(reports), end="")
    return not any(report.failed for report in reports)


def check_path(
    path: Path,
    console: Console | None,
    network: Network | None = None,
    *,
    how: str = "quick",
    tell: Callable[[str], None] = lambda said: None,
) -> Report:
    """Check the module in that file and print the report. Runs the module.

    ``network`` is what the module was made from, so that forward is checked, too; ``how`` is full
    or quick; ``tell`` is called with what is being done.
    """
    from ..checking import check_module, render

    options: dict[str, Any] = {"budget": None} if how == "full" else {}
    report = check_module(path, network=network, tell=tell, **options)
    if console is not None:
        render(report, console)
    return report


def check_program(path: Path, console: Console) -> bool:
    """Run the check of the training program in that file in a process of its own; did it pass?

    Every line that it prints is printed, a warning or a fault in it is a failure.
    """
    # -E, -s: no variable or folder of the user changes what runs; -B: no __pycache__ is left
    command = [sys.executable, "-E", "-s", "-B", "-W", "error", str(path), "--self-check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    console.print(f"{path.name}", highlight=False)
    for line in (done.stdout + done.stderr).splitlines():
        style = None if line.startswith("ok") else "red"
        console.print(f"  {line}", style=style, markup=False, highlight=False, soft_wrap=True)
    return done.returncode == 0


def report_json(reports: Sequence[Report]) -> str:
    """The reports as one JSON document: ``{"status": …, "reports": […]}``, the worst status first.

    The status is failed, skipped (nothing failed, but a report has nothing to compare) or ok.
    """
    found = {report.status for report in reports}
    status = next(s for s in ("failed", "skipped", "ok") if s in found)
    document = {"status": status, "reports": [report.to_json() for report in reports]}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _check_target(
    target: str, sets: Sequence[str], making: Making | None, how: str
) -> list[Report]:
    """The report of one module, or one for each network of a spec; quiet without ``making``."""
    if target.endswith(".py"):
        return [_checked(_module_file(target, sets), None, making, how)]
    from ..targets.numpy.module import numpy_module

    reports = []
    networks = load_networks(target, sets)
    with tempfile.TemporaryDirectory(prefix="chalkgrad-") as scratch:
        for network in networks:
            path = Path(scratch, f"{network.name}.py")
            path.write_text(numpy_module(network.derive()), encoding="utf-8", newline="\n")
            reports.append(_checked(path, network, making, how))
    return reports


def _checked(path: Path, network: Network | None, making: Making | None, how: str) -> Report:
    if making is None:
        return check_path(path, None, network, how=how)
    with making(f"{path.stem}: the check") as tell:
        return check_path(path, making.console, network, how=how, tell=tell)


def _module_file(target: str, sets: Sequence[str]) -> Path:
    """The module's file. Raises ChalkgradError where it is missing or ``--set`` makes no sense."""
    from ...derive.language.errors import ChalkgradError

    if sets:
        raise ChalkgradError(
            "a module has no keys to set", where="--set", hint="check the spec instead"
        )
    path = Path(target)
    if not path.is_file():
        raise ChalkgradError("no such module", where=target)
    return path
