"""The figures of a report, drawn by matplotlib: each as SVG for the page, all on one sheet as PNG.

The same facts give the same bytes: no date, no random names, no setting of the user's.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..formula.style import style
from .measured import Confusion, Facts
from .regions import Regions

INK = "#1f1f1f"  # on the page it becomes the colour of the text, light or dark
NAMED = 12  # classes whose numbers stand in the confusion matrix
_MARKS = "os^Dv*PX<>"  # of the classes, so that colours are not needed to tell them apart
_CURVE = (0.15, 0.15, 0.98, 0.97)  # left, bottom, right, top: curves below each other agree
_DOTS = 40  # epochs that are drawn as points, too
_SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "chalkgrad", "svg.fonttype": "path",
    "font.size": 9, "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": INK, "grid.alpha": 0.14, "grid.linewidth": 0.6,
    "axes.axisbelow": True, "legend.frameon": False, "axes.titlesize": 10, "lines.linewidth": 1.5,
    "axes.titleweight": "bold",
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One figure: its name in the file, its title, what it shows in words, how it is drawn."""

    name: str
    title: str
    alt: str
    size: tuple[float, float]  # inches
    draw: Callable[[Any], None]
    margins: tuple[float, float, float, float] | None = None  # else they are worked out


def figures(facts: Facts) -> list[Figure]:
    """The figures that the run has something to show in."""
    made = [_curve(facts, "loss", "Loss", ("loss", "validation_loss"), log=True)]
    if "accuracy" in facts.history or "validation_accuracy" in facts.history:
        names = ("accuracy", "validation_accuracy")
        made.append(_curve(facts, "accuracy", "Accuracy", names, share=True))
    made.append(_curve(facts, "gradient", "Gradient norm", ("gradient_norm",), log=True))
    rates = facts.history["rate"]
    if min(rates) != max(rates):
        made.append(_curve(facts, "rate", "Learning rate", ("rate",)))
    if facts.confusion is not None:
        made.append(_matrix(facts.confusion))
    if facts.regions is not None:
        made.append(_plane(facts.regions))
    return made


def svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` element for a page; its ids begin with the figure's name."""
    with _plain() as new:
        sheet = new(figure.size)
        if figure.margins is not None:
            sheet.set_layout_engine(None)
            left, bottom, right, top = figure.margins
            sheet.subplots_adjust(left, bottom, right, top)
        figure.draw(sheet.add_subplot())
        stream = io.StringIO()
        meta = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        sheet.savefig(stream, format="svg", metadata=meta, transparent=True)
    return _inline(stream.getvalue(), figure)


def png(made: Sequence[Figure], title: str) -> bytes:
    """All figures on one white sheet."""
    across = 1 if len(made) == 1 else 2
    down = math.ceil(len(made) / across)
    with _plain() as new:
        sheet = new((6.2 * across, 0.5 + 3.9 * down))
        sheet.suptitle(title, fontsize=12)
        for k, figure in enumerate(made, start=1):
            axes = sheet.add_subplot(down, across, k)
            figure.draw(axes)
            axes.set_title(figure.title)
        stream = io.BytesIO()
        sheet.savefig(stream, format="png", dpi=110, metadata={"Software": None}, facecolor="white")
    return stream.getvalue()


@contextmanager
def _plain() -> Iterator[Callable[[tuple[float, float]], Any]]:
    """Matplotlib without the user's settings and without a window; afterwards as it was."""
    import matplotlib
    from matplotlib.figure import Figure as Sheet

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield lambda size: Sheet(figsize=size, layout="constrained")


def _inline(text: str, figure: Figure) -> str:
    """SVG as a part of a page: without its head, with ids of its own, in the page's text colour."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.S)
    body = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", body).replace("xlink:href", "href")
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{figure.name}-", body)
    body = body.replace(INK, "currentColor")
    _, _, rest = body.partition(">")
    width, height = (f"{72 * n:g}" for n in figure.size)
    head = f'<svg class="{figure.name}" viewBox="0 0 {width} {height}" aria-hidden="true">'
    return re.sub(r"\n\s*", "\n", head + rest).strip()


# -- curves ----------------------------------------------------------------------------------------


def _curve(
    facts: Facts, name: str, title: str, names: Sequence[str], *, log: bool = False,
    share: bool = False,
) -> Figure:  # fmt: skip
    shown = {n: np.asarray(facts.history[n]) for n in names if n in facts.history}
    scaled = log and all((a[np.isfinite(a)] > 0).any() and (a >= 0).all() for a in shown.values())
    scaled = scaled and _spread(shown.values()) > 3

    def draw(axes: Any) -> None:
        for k, (which, values) in enumerate(shown.items()):
            look = style().look(f"series{k + 1}")
            line = (0, tuple(1.2 * d for d in look.dash)) if look.dash else "-"
            label = "validation" if which.startswith("validation") else "training"
            dots = {"marker": "o", "markersize": 3} if len(values) <= _DOTS else {}
            axes.plot(np.arange(1, len(values) + 1), values, color=look.stroke, linestyle=line,
                      label=label, **dots)  # fmt: skip
        axes.set(xlabel="epoch", ylabel=title.lower())
        if scaled:
            _powers(axes)
        if share:
            _percent(axes)
        if len(shown) > 1:
            axes.legend()
        _whole_epochs(axes, facts.epochs)

    return Figure(name, title, _said(title, shown, share), (5.0, 2.9), draw, _CURVE)


def _spread(arrays: Any) -> float:
    """Largest over smallest positive value: a short stretch needs no powers of ten."""
    found = np.concatenate([a[a > 0] for a in arrays])
    return float(found.max() / found.min())


def _powers(axes: Any) -> None:
    """A scale of powers of ten; its numbers as 0.02, not as powers, and more of them where the
    curve stays within a few."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(Plain())
    axes.yaxis.set_minor_formatter(Plain(minor_thresholds=(1.5, 0.4)))


def _percent(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    low = axes.get_ylim()[0]
    axes.set_ylim(min(max(low, 0.0), 0.95), 1.02)
    axes.set_yticks([t for t in axes.get_yticks() if axes.get_ylim()[0] <= t < 1.001])


def _whole_epochs(axes: Any, epochs: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if epochs == 1:
        axes.set_xlim(0, 2)


def _said(title: str, shown: dict[str, Any], share: bool) -> str:
    """A curve in words: where it begins and ends."""
    parts = []
    for name, values in shown.items():
        first, last = (f"{v:.1%}" if share else f"{v:.4g}" for v in (values[0], values[-1]))
        which = "validation: " if name.startswith("validation") else ""
        parts.append(f"{which}{first} in epoch 1, {last} in epoch {len(values)}")
    return f"{title} over the epochs; {'; '.join(parts)}."


# -- the confusion matrix --------------------------------------------------------------------------


def _matrix(found: Confusion) -> Figure:
    count = len(found.labels)
    counts = found.counts
    whole = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, whole, out=np.zeros(counts.shape), where=whole > 0)

    def draw(axes: Any) -> None:
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        if count <= NAMED:
            axes.set_xticks(range(count), found.labels)
            axes.set_yticks(range(count), found.labels)
            for (i, j), n in np.ndenumerate(counts):
                colour = "white" if shares[i, j] > 0.55 else "black"
                axes.text(j, i, f"{n}", ha="center", va="center", color=colour,
                          fontsize=11 if count < 5 else 8)  # fmt: skip
        axes.set(xlabel="answer", ylabel="target")

    side = 3.0 if count < 5 else 4.2
    alt = (f"Confusion matrix of {count} classes over the {found.of} samples: "
           f"{np.trace(counts)} of {counts.sum()} answers are right.")  # fmt: skip
    return Figure("confusion", f"Confusion matrix ({found.of})", alt, (side, side), draw)


# -- the plane -------------------------------------------------------------------------------------


def _plane(found: Regions) -> Figure:
    def draw(axes: Any) -> None:
        box = (found.x[0], found.x[-1], found.y[0], found.y[-1])
        look = {"extent": box, "origin": "lower", "aspect": "auto"}
        if found.kind == "classes":
            _class_fields(axes, found, look)
        else:
            _shades(axes, found, look)
        axes.grid(visible=False)
        axes.set(xlabel=found.names[0], ylabel=found.names[1], xlim=box[:2], ylim=box[2:])

    what = {"classes": "The class the network answers", "yes": "The probability of yes",
            "number": "The output of the network"}[found.kind]  # fmt: skip
    line = "; the line is where it is one half" if found.kind == "yes" else ""
    held = "".join(f"; {n} = {v:g} everywhere" for n, v in found.held.items())
    every = f", every {found.every}th of them" if found.every > 1 else ""
    alt = f"{what} over {found.names[0]} and {found.names[1]}{line}{held}. Marks: samples{every}."
    title = "Decision regions" if found.kind != "number" else "Output over the plane"
    return Figure("regions", title, alt, (5.0, 4.0), draw)


def _class_fields(axes: Any, found: Regions, look: dict[str, Any]) -> None:
    from matplotlib.colors import ListedColormap

    colours = class_colours(found.classes)
    tints = ListedColormap([_lighter(c) for c in colours])
    axes.imshow(found.values, cmap=tints, vmin=-0.5, vmax=found.classes - 0.5,
                interpolation="nearest", **look)  # fmt: skip
    for k in range(found.classes):
        here = found.points[found.targets == k]
        if len(here):
            axes.scatter(*here.T, s=22, marker=_MARKS[k % len(_MARKS)], color=colours[k],
                         edgecolors="white", linewidths=0.5, label=f"class {k}")  # fmt: skip
    if found.classes <= NAMED:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _shades(axes: Any, found: Regions, look: dict[str, Any]) -> None:
    yes = found.kind == "yes"
    limits: dict[str, float] = {"vmin": 0, "vmax": 1} if yes else {}
    colours = _yes_colours() if yes else "viridis"
    drawn = axes.imshow(found.values, cmap=colours, interpolation="bilinear", **limits, **look)
    axes.figure.colorbar(drawn, ax=axes, label="probability of yes" if yes else "output")
    if not yes:
        axes.scatter(*found.points.T, s=26, c=found.targets, cmap="viridis", edgecolors="white",
                     norm=drawn.norm)  # fmt: skip
        return
    if found.values.min() < 0.5 < found.values.max():
        axes.contour(found.x, found.y, found.values, levels=[0.5], colors="black", linewidths=1.4)
    for k, (mark, fill) in enumerate((("o", "white"), ("s", "black"))):
        here = found.points[found.targets == k]
        if len(here):
            axes.scatter(*here.T, s=34, marker=mark, color=fill, edgecolors="black",
                         linewidths=0.9, label=("target no", "target yes")[k])  # fmt: skip
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)


def _yes_colours() -> Any:
    """Orange to purple without the darkest ends, on which black is hard to see."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["PuOr"](np.linspace(0.18, 0.82, 256)))


def class_colours(count: int) -> list[str]:
    """A colour per class: those of the lectures' factors first, after ten again the first."""
    known = [f.stroke for f in style().factors] + ["#8f3a68", "#9a8f00", "#5e3c99"]
    return [known[k % len(known)] for k in range(count)]


def _lighter(colour: str) -> str:
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - p) * 0.3):02x}" for p in parts)
