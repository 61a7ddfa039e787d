"""A report for people: a table in a terminal, plain aligned lines anywhere else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .report import ForwardReport, Report, TensorReport

if TYPE_CHECKING:
    from rich.console import Console

COLUMNS = ("tensor", "shape", "method", "checked", "skipped", "worst error", "status")
COLOURS = {"ok": "green", "failed": "bold red", "skipped": "yellow"}


def render(report: Report, console: Console | None = None) -> None:
    """Prints the report. Where the console is no terminal: plain lines, no colours, no boxes."""
    from rich.console import Console

    console = console or Console()
    if console.is_terminal:
        _render_rich(report, console)
    else:
        console.out(to_text(report), highlight=False)


def _render_rich(report: Report, console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"gradients of {report.module}, loss {report.loss:.10g}"))
    for column in COLUMNS:
        right = column in ("checked", "skipped", "worst error")
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    for row in _rows(report):
        *cells, status = _cells(row)
        table.add_row(*map(Text, cells), Text(status, style=COLOURS[row.status]))
    if table.rows:
        console.print(table)
    for line in _remarks(report):
        console.print(Text(line))
    console.print(Text(_summary(report), style=COLOURS[report.status]))


def to_text(report: Report) -> str:
    """The report as plain text without a final newline: rows, remarks, one line of summary."""
    rows = [_cells(row) for row in _rows(report)]
    lines: list[str] = []
    if rows:
        rows.insert(0, COLUMNS)
        widths = [max(len(row[k]) for row in rows) for k in range(len(COLUMNS))]
        for row in rows:
            padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            lines.append("  ".join(padded).rstrip())
    return "\n".join([*lines, *_remarks(report), _summary(report)])


def _rows(report: Report) -> list[TensorReport | ForwardReport]:
    return [*report.tensors, *report.forward]


def _cells(row: TensorReport | ForwardReport) -> tuple[str, ...]:
    error = f"{row.error:.1e}" if row.checked and math.isfinite(row.error) else "-"
    status = row.message if row.status == "skipped" else row.status
    if isinstance(row, ForwardReport):
        name = f"{row.name} (forward)"
        return (name, str(row.shape), "as written", str(row.checked), "", error, status)
    name = row.name if row.kind == "parameter" else f"{row.name} (input)"
    seen = row.entries + row.skipped
    checked = str(row.checked) if seen >= row.size else f"{row.checked} of {row.size}"
    return (name, str(row.shape), row.method, checked, str(row.skipped), error, status)


def _remarks(report: Report) -> list[str]:
    """What failed and why, then what could not be judged."""
    lines = [f"FAILED {t.name}: {t.message}" for t in report.tensors if t.status == "failed"]
    lines += [f"FAILED forward: {_of(f)}" for f in report.forward if f.status == "failed"]
    lines += [f"FAILED {f.name}: {f.message}" for f in report.findings if f.status == "failed"]
    lines += [f"skipped {f.name}: {f.message}" for f in report.findings if f.status == "skipped"]
    notes = dict.fromkeys(f.note for f in report.forward if f.note and f.status != "failed")
    lines += [f"forward was compared {note}" for note in notes]
    return lines


def _of(row: ForwardReport) -> str:
    return f"{row.message} ({row.note})" if row.note else row.message


def _summary(report: Report) -> str:
    compared = sum(tensor.checked for tensor in report.tensors)
    skipped = f", {report.skipped} skipped at a kink" if report.skipped else ""
    return f"{report.module}: {report.status}, {compared} comparisons{skipped}"
