"""A scene as TikZ. Colours and lines are named once in the preamble; a picture only uses them.

Labels are printed as the documents print text (`codegen.formula.tex_text`): escaped, and
mathematics only through its gate. With ``reveal`` the shapes of a step stand in beamer's
``\\only`` inside a fixed bounding box: nothing moves, and what is not yet shown is not in the
page's text either.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ...formula.style import Look, style
from ...formula.tex_text import rich_tex
from ..label.measure import PLATE, baseline, labelled
from ..scene.curve import controls
from ..scene.rect import Point, grown
from ..scene.scene import Arc, Box, Circle, Label, Line, Mark, Scene, Shape

SIZE_COMMANDS = {
    "tiny": r"\fontsize{9}{11}\selectfont",
    "small": r"\fontsize{10}{12}\selectfont",
    "normal": r"\fontsize{10.95}{13.6}\selectfont",
}
LIBRARIES = r"\usetikzlibrary{arrows.meta}"


def tikz_preamble() -> str:
    """What a document says once: colours (``cgf1``, ``cgf1tint``, ``cgf1text``, …) and the styles
    of roles. Needs the packages xcolor and tikz loaded before."""
    made = [LIBRARIES]
    for k, factor in enumerate(style().factors, 1):
        parts = {"": factor.stroke, "tint": factor.tint, "text": factor.text}
        made += [_colour(f"cgf{k}{part}", value) for part, value in parts.items()]
    made += [_colour("cgink", style().ink), _colour("cgpaper", style().paper)]
    tip = "{Stealth[length=4.2pt,width=3.6pt]}"
    small = "{Stealth[length=3.2pt,width=2.8pt]}"
    styles = [
        f"cg/small arrow/.style={{-{small}}}",
        f"cg/arrow/.style={{-{tip}}}",
        "cg/label/.style={inner sep=0pt, outer sep=0pt}",
    ]
    for role, look in style().roles.items():
        name = role or "plain"
        made += [_colour(f"cg{name}", look.stroke), _colour(f"cg{name}text", look.text)]
        if look.fill:
            made.append(_colour(f"cg{name}fill", look.fill))
        styles.append(f"cg/{name}/.style={{{_line(name, look)}}}")
    for k in range(1, len(style().factors) + 1):
        styles.append(f"cg/factor{k}/.style={{draw=cgf{k}, line width={style().factor_width}pt}}")
    for name, command in SIZE_COMMANDS.items():
        styles.append(f"cg/{name}/.style={{font={command}}}")
    return "\n".join([*made, "\\tikzset{%", *(f"  {s}," for s in styles), "}"]) + "\n"


def _colour(name: str, value: str) -> str:
    return f"\\definecolor{{{name}}}{{HTML}}{{{value[1:].upper()}}}"


def _line(name: str, look: Look) -> str:
    dash = ""
    if look.dash:
        on, off = look.dash
        dash = f", dash pattern=on {on:g}pt off {off:g}pt"
    return f"draw=cg{name}, line width={look.width:g}pt, line join=round{dash}"


def tikz(scene: Scene, *, reveal: bool, scale: float = 1.0) -> str:
    """A ``tikzpicture`` of the scene's size (times ``scale``, text included).

    Without ``reveal`` the last state is drawn: what a later step hides is left out."""
    low, high = scene.frame()
    options = f"scale={scale:.4g}, transform shape" if scale != 1.0 else ""
    made = [f"\\begin{{tikzpicture}}[{options}]"]
    made.append(f"\\path[use as bounding box] {_at(low)} rectangle {_at(high)};")
    if reveal:
        for (at, until), group in groupby(scene.shapes, key=_steps):
            body = [line for shape in group for line in _shape(shape)]
            made += body if (at, until) == (1, 0) else [_only(at, until), *body, "}%"]
    else:
        made += [line for s in scene.shapes if not s.until for line in _shape(s)]
    return "\n".join([*made, "\\end{tikzpicture}"])


def _steps(shape: Mark) -> tuple[int, int]:
    return max(1, shape.at), shape.until


def _only(at: int, until: int) -> str:
    """A handout shows the last state of a reveal."""
    return f"\\only<{at}-{until}|handout:0>{{%" if until else f"\\only<{at}->{{%"


def _at(point: Point) -> str:
    return f"({_cm(point[0])},{_cm(point[1])})"


def _cm(x: float) -> str:
    return f"{round(x, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def _shape(shape: Shape) -> Iterator[str]:
    if isinstance(shape, Label):
        yield from _label(shape)
        return
    options = _look(shape)
    if isinstance(shape, Line):
        path = " -- ".join(map(_at, shape.points)) + (" -- cycle" if shape.closed else "")
        thin = shape.role == "weight" and not shape.factor
        options += ("", ", cg/small arrow" if thin else ", cg/arrow")[shape.arrow]
    elif isinstance(shape, Arc):
        a, b = controls(shape)
        path = f"{_at(shape.start)} .. controls {_at(a)} and {_at(b)} .. {_at(shape.end)}"
        options += ", cg/arrow"
    elif isinstance(shape, Circle):
        path = f"{_at(shape.centre)} circle[radius={_cm(shape.radius)}cm]"
    else:
        path = f"{_at(shape.low)} rectangle {_at(shape.high)}"
        options += f", rounded corners={_cm(shape.rounded)}cm" if shape.rounded else ""
    yield f"\\path[{options}] {path};"


def _look(shape: Line | Arc | Circle | Box) -> str:
    """Role or factor: the factor's colours win, the role's width stays where it is larger."""
    look, name = style().look(shape.role), shape.role or "plain"
    filled = isinstance(shape, Circle | Box) or (isinstance(shape, Line) and shape.closed)
    if shape.factor:
        k = style().number(shape.factor)
        wide = max(look.width, style().factor_width)
        made = f"cg/factor{k}, line width={wide:g}pt"
        return made + (f", fill=cgf{k}tint" if filled and look.fill else "")
    return f"cg/{name}" + (f", fill=cg{name}fill" if filled and look.fill else "")


def _label(label: Label) -> Iterator[str]:
    measured = labelled(label)
    left, _, right, _ = measured.box()
    if label.plate:
        plate = grown(measured.box(), PLATE)
        yield f"\\path[fill=cgpaper] {_at(plate[:2])} rectangle {_at(plate[2:])};"
    side = {"west": "base west", "east": "base east"}.get(label.anchor, "base")
    x = {"west": left, "east": right}.get(label.anchor, (left + right) / 2)
    y = baseline(measured)[1]
    k = style().number(label.factor) if label.factor else 0
    style().look(label.role)
    colour = f"cgf{k}text" if k else f"cg{label.role or 'plain'}text"
    yield (
        f"\\node[cg/label, cg/{label.size}, anchor={side}, text={colour}] at {_at((x, y))} "
        f"{{{rich_tex(label.text)}}};"
    )
