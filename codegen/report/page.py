"""The report as one HTML file that asks for nothing: no script, no font, no picture elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..documents.page.rich import rich
from ..templates import html
from .equations import in_words, numbers, update_lines
from .figures import Figure, svg
from .measured import Confusion, Facts

_FOLDER = Path(__file__).parent
_ROWS = 12  # epochs that the table shows
_LABELS = 30  # classes that the tables show
_COLUMNS = {
    "loss": "loss", "accuracy": "accuracy", "validation_loss": "validation loss",
    "validation_accuracy": "validation accuracy", "gradient_norm": "gradient norm",
    "rate": "learning rate",
}  # fmt: skip


def html_report(facts: Facts, figures: Sequence[Figure]) -> str:
    """The report of a run; the same facts and figures give the same bytes."""
    update, network = facts.update, facts.network
    return html(_FOLDER).get_template("report.html.j2").render(
        title=Markup(rich(facts.title)),
        window=f"{network.name}: training",
        name=network.name,
        style=Markup((_FOLDER / "report.css").read_text("utf-8")),
        head=_head(facts),
        sets=[[s.name, s.source, str(s.samples), figure(s.loss), percent(s.accuracy)]
              for s in facts.sets],
        judged=any(not math.isnan(s.accuracy) for s in facts.sets),
        saved=facts.saved,
        figures=[{"name": f.name, "title": f.title, "alt": f.alt, "svg": Markup(svg(f))}
                 for f in figures],
        confusion=_confusion(facts.confusion),
        history=_history(facts),
        summary=update.rule.summary,
        source=update.rule.source,
        equations=Markup(update_lines(network, update)),
        numbers=[(Markup(symbol), name, value)
                 for symbol, name, value in numbers(network, update, facts.settings.rate)],
        only=_only(facts),
        command=facts.command,
        data_hash=facts.data_hash,
    )  # fmt: skip


def figure(value: float) -> str:
    """A number as the report prints it."""
    return "–" if math.isnan(value) else f"{value:.6g}"


def percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2%}"


def _head(facts: Facts) -> list[tuple[str, str]]:
    """What a reader must know to say which run this is."""
    network, settings = facts.network, facts.settings
    count = sum(math.prod(int(s) for s in network.shape(p.name)) for p in network.parameters)
    given, wanted = (", ".join(_shaped(network, t.name) for t in some)
                     for some in (network.inputs, network.targets))  # fmt: skip
    answer = ", ".join(_shaped(network, n) for n in network.outputs or (network.output,))
    size = settings.batch
    batch = f"{size} samples" if 0 < size < facts.training.samples else "all samples"
    return [
        ("Network", f"{network.name}: {given} → {answer}; target {wanted}"),
        ("Parameters", f"{count} in {', '.join(p.name for p in network.parameters)}"),
        ("Data", "; ".join(f"{s.name}: {s.samples} ({s.source})" for s in facts.sets)),
        ("Update rule", facts.update.rule.name),
        ("Learning rate", in_words(facts.update, facts.history["rate"])),
        ("Run", f"{facts.epochs} epochs, {facts.updates} updates; mini-batch: {batch}"),
        ("Ended", facts.ended),
        ("Seed, numbers", f"{settings.seed}, {settings.dtype}"),
    ]


def _shaped(network: Any, name: str) -> str:
    """``x (3)``: a tensor with the shape of one sample."""
    sizes = [s for s in network.shape(name) if s != "N"]
    return f"{name} ({' × '.join(map(str, sizes))})" if sizes else name


def _confusion(found: Confusion | None) -> dict[str, Any] | None:
    """The matrix as a table with recall and precision; None where it would be too wide."""
    if found is None or len(found.labels) > _LABELS:
        return None
    rows = [
        (label, [str(n) for n in row], percent(recall))
        for label, row, recall in zip(found.labels, found.counts, found.recall, strict=True)
    ]
    return {"labels": found.labels, "rows": rows, "of": found.of,
            "precision": [percent(p) for p in found.precision],
            "accuracy": percent(found.accuracy)}  # fmt: skip


def _history(facts: Facts) -> dict[str, Any]:
    """Some epochs, the first and the last among them, with the names of their columns."""
    names = [n for n in _COLUMNS if n in facts.history]
    count = facts.epochs
    if count <= _ROWS:
        shown = list(range(1, count + 1))
    else:
        shown = sorted(
            {1, *(round(1 + k * (count - 1) / (_ROWS - 1)) for k in range(_ROWS)), count}
        )
    rows = [
        [
            str(k),
            *((percent if "accuracy" in n else figure)(facts.history[n][k - 1]) for n in names),
        ]
        for k in shown
    ]
    return {"head": ["epoch", *(_COLUMNS[n] for n in names)], "rows": rows}


def _only(facts: Facts) -> list[str]:
    """Which parameters the update leaves alone, in part or whole."""
    update = facts.update
    made = []
    if update.freeze:
        made.append(f"Not trained: {', '.join(update.freeze)}.")
    every = [p.name for p in facts.network.parameters]
    decays = update.l1 or update.l2 or update.weight_decay or "weight_decay" in update.options
    if decays and sorted(update.decay) != sorted(every):
        made.append(f"λ holds for {', '.join(update.decay)} alone.")
    if update.schedule.per == "epoch":
        made.append("The schedule counts epochs.")
    return made
