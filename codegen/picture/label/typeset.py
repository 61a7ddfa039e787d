"""Rich text of a label as positioned runs: TeX's rules for scripts and fractions, in points.

One reading serves measuring and SVG, so a picture's boxes and its drawn text agree. Positions are
relative to the left end of the baseline, y upwards; lines of text are never broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...formula.rich import pieces
from ...formula.tree import nodes as f
from ...formula.tree.reader import shown
from ...formula.tree.symbols import letter, negated
from . import typeset_fences as fences
from .typeset_parts import (
    AXIS,
    EMPTY,
    SIZES,
    Level,
    Panel,
    Run,
    Set,
    Stroke,
    beside,
    piled,
    run,
)

_RULE, _GAP = 0.04, 0.12
_BEFORE = {  # spaces in mu between two classes, in text and display style
    ("ord", "op"): 3, ("ord", "bin"): 4, ("ord", "rel"): 5, ("ord", "inner"): 3,
    ("op", "ord"): 3, ("op", "op"): 3, ("op", "rel"): 5, ("op", "inner"): 3,
    ("bin", "ord"): 4, ("bin", "op"): 4, ("bin", "open"): 4, ("bin", "inner"): 4,
    ("rel", "ord"): 5, ("rel", "op"): 5, ("rel", "open"): 5, ("rel", "inner"): 5,
    ("close", "op"): 3, ("close", "bin"): 4, ("close", "rel"): 5, ("close", "inner"): 3,
    ("punct", "ord"): 3, ("punct", "op"): 3, ("punct", "rel"): 3, ("punct", "open"): 3,
    ("punct", "close"): 3, ("punct", "punct"): 3, ("punct", "inner"): 3,
    ("inner", "ord"): 3, ("inner", "op"): 3, ("inner", "bin"): 4, ("inner", "rel"): 5,
    ("inner", "open"): 3, ("inner", "punct"): 3, ("inner", "inner"): 3,
}  # fmt: skip
_FACES = {
    "mathbf": "bold", "bm": "bolditalic", "boldsymbol": "bolditalic", "mathsf": "sans",
    "mathcal": "script", "mathit": "italic", "mathtt": "mono", "mathnormal": "",
}  # fmt: skip
_WORDS = {
    "text": "sans", "textnormal": "sans", "textrm": "roman", "textsf": "sans", "texttt": "mono",
    "textbf": "sansbold", "textit": "sansitalic", "itshape": "sansitalic", "ttfamily": "mono",
    "bfseries": "sansbold", r"bfseries\itshape": "sansbolditalic",
}  # fmt: skip
_ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde",
    "widetilde": "tilde", "vec": "vec", "overrightarrow": "vec", "underline": "under",
}  # fmt: skip
_BRACES = ("underbrace", "underbracket", "overbrace", "overbracket")
_FENCES = {"bmatrix": "[]", "pmatrix": "()", "vmatrix": "||", "Bmatrix": "{}", "Vmatrix": "‖‖"}
# signs that the fonts of pictures have as another character
_DRAWN = {"⋅": "·", "∣": "|", "⟹": "⇒"}


def typeset(rich: str, size: str = "small") -> Set:
    """A rich text set on one line at a named size (tiny, small, normal)."""
    return _rich(rich, Level(SIZES[size]), "sans")


def _rich(rich: str, level: Level, face: str) -> Set:
    made: list[Set] = []
    for piece in pieces(rich):
        if piece.kind == "math":
            made.append(put(shown(piece.text), level))
        elif piece.kind in ("bold", "italic"):
            made.append(_rich(piece.text, level, f"sans{piece.kind}"))
        else:
            made.append(run(piece.text, "mono" if piece.kind == "code" else face, level))
    return beside(made)


def put(node: f.Node, level: Level) -> Set:
    """A node of a formula, set."""
    match node:
        case f.Sign(face="large"):
            return _large(node, level)
        case f.Sign():
            return run(_DRAWN.get(node.text, node.text), _face(node, level.face), level)
        case f.Number():
            return _row(f.Row((node,)), level)
        case f.Row():
            return _row(node, level)
        case f.Scripts():
            return _scripts(node, level)
        case f.Fraction():
            return _frac(node, level)
        case f.Space():
            return Set(node.mu / 18 * level.size, 0.0, 0.0)
        case f.Marked():
            return _marked(node, level)
        case f.Faced() | f.Operator():
            return put(node.body, replace(level, face=_FACES.get(node.command, "roman")))
        case f.Text():
            return _text(node, level)
        case f.Stacked():
            return _stacked(node, level)
        case f.Accent(command=name) if name in _BRACES:
            return _braced(node, level)
        case f.Accent():
            return fences.accent(_ACCENTS.get(node.command, "dot"), put(node.body, level), level)
        case f.Root():
            return fences.root(put(node.body, level), level)
        case f.Big():
            return put(node.fence, level)
        case f.Fenced():
            return _fenced(node, level)
        case f.Grid():
            text = replace(level, display=False)
            cells = [[put(c, text) for c in line.cells] for line in node.kept]
            return fences.grid(cells, _FENCES.get(node.environment, ""), level)
        case f.Lines():
            return fences.grid([[put(line, level)] for line in node.lines], "", level)
        case f.Classed() | f.Padded() | f.Modulo() | f.Arrow():
            return _other(node, level)
    return EMPTY


def _face(sign: f.Sign, face: str) -> str:
    """The face of a letter in ``\\mathbf`` and its kind, which signs do not take."""
    if not face or len(sign.text) > 1:
        return sign.face
    if sign.text.isdigit():
        return "roman" if face in ("italic", "bolditalic") else face
    if sign.source.startswith("\\"):
        return face if "bold" in face and sign.face in ("italic", "roman") else sign.face
    return face if sign.text.isalpha() or sign.text in "()[],.!" else sign.face


def _text(node: f.Text, level: Level) -> Set:
    made = []
    for part in node.runs:
        if isinstance(part, f.Row):
            made.append(put(part, replace(level, face="")))
        else:
            face = _WORDS.get(part.font) or _WORDS[node.command]
            made.append(run(part.text.replace("\u00a0", " "), face, level))
    return beside(made)


def _fenced(node: f.Fenced, level: Level) -> Set:
    signs = [s.text or "." for s in node.fences]
    sets = [put(node.parts[0], level)]
    for sign, part in zip(signs[1:], node.parts[1:], strict=False):
        sets += [run(sign, "roman", level), put(part, level)]
    body = sets[0] if len(sets) == 1 else beside(sets)
    return fences.fenced(body, signs[0] + signs[-1], level)


def _other(node: f.Node, level: Level) -> Set:
    """Commands that change the place of what they hold more than its look."""
    match node:
        case f.Padded(command="boxed"):
            return _boxed(put(node.body, level), level, ())
        case f.Padded(command="not", body=f.Sign(text=text)):
            return run(negated(text), "symbol", level)
        case f.Padded(command="smash"):
            return replace(put(node.body, level), above=0.0, below=0.0)
        case f.Padded(command=name) if name.endswith("phantom"):
            return replace(put(node.body, level), parts=())
        case f.Modulo():
            return beside([run("(mod ", "roman", level), put(node.body, level),
                           run(")", "roman", level)])  # fmt: skip
        case f.Arrow():
            return _limits(run("→", "symbol", level), node.below, node.above, level)
        case f.Command():
            return put(node.body, level)
    return EMPTY


def _expanded(items: Iterable[f.Node]) -> Iterator[f.Node]:
    """The atoms as TeX sees them: digit by digit, and a script belongs to the last one."""
    for item in items:
        match item:
            case f.Number(text=text):
                yield from _digits(text)
            case f.Scripts(base=f.Number(text=text)):
                *first, last = _digits(text)
                yield from first
                yield f.Scripts(last, item.marks)
            case f.Blank() | f.Switch():
                pass
            case _:
                yield item


def _digits(number: str) -> Iterator[f.Node]:
    for c in number.replace("{,}", ","):
        sign = letter(c)
        yield f.Group((sign,)) if c == "," else sign


def _row(row: f.Row, level: Level) -> Set:
    if any(isinstance(n, f.Switch) and n.command == "displaystyle" for n in row.items):
        level = replace(level, display=True)
    items = list(_expanded(row.items))
    sets: list[Set] = []
    gaps: list[float] = []
    last = ""
    for k, item in enumerate(items):
        kind = f.kind(item)
        if kind == "bin":
            after = f.kind(items[k + 1]) if k + 1 < len(items) else ""
            if last in f.BEFORE_SIGN or after in ("", "rel", "close", "punct"):
                kind = "ord"
        mu = _BEFORE.get((last, kind), 0) if level.depth == 0 or kind == "op" else 0
        sets.append(put(item, level))
        gaps.append(mu / 18 * level.size)
        last = last if kind == "space" else kind
    return beside(sets, gaps)


def _large(node: f.Sign, level: Level) -> Set:
    """A sum or product sign: larger than a letter, centred on the axis."""
    size = max(level.size, 10.0 if level.depth == 0 else 0.0) * (1.4 if level.display else 1.0)
    wide = {"∏": 0.944, "∫": 0.6}.get(node.text, 1.056) * size
    axis = AXIS * level.size
    sign = Run(0.0, axis - 0.25 * size, node.text, "symbol", size, wide)
    return Set(wide, axis + 0.5 * size, 0.5 * size - axis, (sign,))


def _scripts(node: f.Scripts, level: Level) -> Set:
    base = put(node.base, level)
    raised = node.raised[0] if len(node.raised) == 1 else f.Row(node.raised)
    high_of = raised if node.raised else None
    if _bounded(node, level):
        return _limits(base, node.low, high_of, level)
    size, small = level.size, level.down()
    single = _single(node.base)
    high = put(high_of, small) if high_of is not None else None
    low = put(node.low, small) if node.low is not None else None
    up = 0.0 if single else base.above - 0.386 * small.size
    down = 0.0 if single else base.below + 0.05 * small.size
    if high is not None:
        up = max(up, (0.413 if level.display else 0.363) * size, high.below + 0.108 * size)
    if low is not None:
        least = 0.247 if high is not None else 0.15
        down = max(down, least * size, 0.0 if high else low.above - 0.344 * size)
    if high is not None and low is not None:
        down = max(down, 4 * _RULE * size - (up - high.below) + low.above)
    start = base.wide - (base.slant if low is not None else 0.0)
    parts = [*base.parts]
    wide = base.wide
    if high is not None:
        parts += high.placed(base.wide, up)
        wide = max(wide, base.wide + high.wide + 0.5)
    if low is not None:
        parts += low.placed(start, -down)
        wide = max(wide, start + low.wide + 0.5)
    above = max(base.above, high.above + up if high else 0.0)
    below = max(base.below, low.below + down if low else 0.0)
    return Set(wide, above, below, tuple(parts))


def _bounded(node: f.Scripts, level: Level) -> bool:
    """Do the scripts stand below and above? So they do at a brace, and at a displayed sum."""
    base = node.base
    if isinstance(base, f.Accent):
        return base.command in _BRACES
    large = isinstance(base, f.Sign) and base.face == "large" and base.limits
    return node.placed == "limits" or (large and level.display and not node.placed)


def _single(node: f.Node) -> bool:
    """One character: its scripts keep their usual height."""
    match node:
        case f.Row():
            return len(node.atoms) == 1 and _single(node.atoms[0])
        case f.Marked() | f.Faced() | f.Operator():
            return _single(node.body)
        case f.Text(runs=(f.Words(text=text),)) | f.Number(text=text):
            return len(text) == 1
        case f.Big():
            return True
    return isinstance(node, f.Sign) and len(node.text) == 1 and node.face != "large"


def _limits(base: Set, low_of: f.Node | None, high_of: f.Node | None, level: Level) -> Set:
    """A sum in display style: its bounds stand above and below."""
    small, gap = level.down(), 0.2 * level.size
    high = put(high_of, small) if high_of is not None else EMPTY
    low = put(low_of, small) if low_of is not None else EMPTY
    up, down = base.above + gap + high.below, base.below + gap + low.above
    return piled([(base, 0.0), (high, up), (low, -down)])


def _stacked(node: f.Stacked, level: Level) -> Set:
    """``\\underset``, ``\\overset``: like the bounds of a sum."""
    base, below = put(node.base, level), node.command == "underset"
    return _limits(base, node.mark if below else None, None if below else node.mark, level)


def _braced(node: f.Accent, level: Level) -> Set:
    """A brace below or above what it holds."""
    base = put(node.body, level)
    deep, rule = 0.5 * level.size, 2 * _RULE * level.size
    under = node.command.startswith("under")
    middle = -base.below - deep / 2 if under else base.above + deep / 2
    end = middle + (deep / 4 if under else -deep / 4)
    line = ((0.0, end), (0.1 * base.wide, middle), (0.9 * base.wide, middle), (base.wide, end))
    parts = (*base.parts, Stroke(line, rule))
    if under:
        return Set(base.wide, base.above, base.below + deep, parts)
    return Set(base.wide, base.above + deep, base.below, parts)


def _frac(node: f.Fraction, level: Level) -> Set:
    display = level.display or node.command == "dfrac"
    inner = level if display and level.depth == 0 else level.down()
    inner = replace(inner, display=False)
    over, under = put(node.over, inner), put(node.under, inner)
    size, axis = level.size, AXIS * level.size
    rule = _RULE * size
    gap = (3 if display else 1) * rule + rule / 2
    up = max((0.677 if display else 0.394) * size, axis + gap + over.below)
    down = max((0.686 if display else 0.345) * size, gap - axis + under.above)
    pad = _GAP * size
    wide = max(over.wide, under.wide) + 2 * pad
    bar = Stroke(((pad / 2, axis), (wide - pad / 2, axis)), rule)
    return piled([(Set(wide, 0.0, 0.0, (bar,)), 0.0), (over, up), (under, -down)])


def _marked(node: f.Marked, level: Level) -> Set:
    body = put(node.body, level)
    tag = (node.kind, node.key)
    if node.kind == "cgblank":
        return replace(body, parts=())
    if node.kind != "cgf":
        return replace(body, parts=body.placed(0.0, 0.0, tag))
    return _boxed(body, level, (tag,))


def _boxed(body: Set, level: Level, tags: tuple[tuple[str, str], ...]) -> Set:
    """A box a little away from what it holds: tinted where it is a factor's, else a frame."""
    pad = 0.2 * level.size
    left, low, right, top = box = (0.0, -body.below - pad, body.wide + 2 * pad, body.above + pad)
    frame = ((left, low), (right, low), (right, top), (left, top), (left, low))
    drawn = Panel(box, tags) if tags else Stroke(frame, _RULE * level.size)
    return Set(right, top, -low, (drawn, *body.placed(pad, 0.0, *tags)))
