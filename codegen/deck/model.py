"""A lecture as data: pages of blocks. Every document (slides, handout, article, HTML page,
notebook) prints the same pages; no document contains mathematics of its own.

**Rich text** (`Rich`) is a small Markdown: ``**bold**``, ``*italic*``, `` `code` ``, ``$…$`` for
mathematics, a backslash before a character that is meant literally. Text from a spec goes through
`rich.plain` first. **Mathematics** is LaTeX of the subset that our printers emit (amsmath), plus

=====================  ==========================================================================
``\\cgf{k}{…}``         factor number k of a chain: its colour, a tinted box (k counts from 1)
``\\cgc{k}{…}``         the same colour without the box
``\\cgr{ref}{…}``       stands for ``ref`` (``W0[1,0]``): the page links it with the picture
``\\cgn{id}{…}``        a number of the manifest, by its id
``\\cghl{…}``           the highlighted entry (red *and* bold: colour never stands alone)
``\\cgat{s}{…}``        visible from step s of the reveal on
``\\cgblank{…}``        to be filled in by hand in handouts with blanks (its width is kept)
=====================  ==========================================================================

The documents define or translate these macros; nothing else is specific to chalkgrad.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ...derive.relations.claim import Statement
from ..formula.rich import Rich
from ..formula.tree.nodes import Row as Formula
from ..formula.tree.nodes import Sign
from ..formula.tree.write import EQUALS, spaced
from ..picture.scene.scene import Scene


@dataclass(frozen=True)
class Figure:
    """A printed number: what it is, its exact value, as it is printed and how it was rounded.

    ``id`` names it in the whole deck (``main.dW1[1,0]``); ``value`` holds 17 significant digits or
    a fraction; ``relation`` is ``=`` where a hand calculation with the printed operands gives
    ``printed``, ``≈`` where it does not, and empty for a number that is not calculated. ``claim``
    says what the number is the value of, where it is one of the network's. ``first``: the number
    of the first class, for one that is the number of a class; in the code the first is 0."""

    id: str
    value: str
    printed: str
    rounding: str
    relation: str = ""
    claim: Statement | None = field(default=None, compare=False)
    first: int = 0


@dataclass(frozen=True)
class Row:
    """One line of a display: ``left`` and ``right`` of ``relation`` (None: a line without one);
    an empty left side continues the line above. ``at``: its step of the reveal; ``note``: a remark
    in words at the right; ``number``: the derivation's equation number (0: none); ``ref``: what it
    is about; ``blank``: in handouts with blanks its right side is left out; ``claim``: what the
    line says, for the proof (`codegen.lecture.proof`)."""

    left: Formula
    right: Formula
    relation: Sign | None = EQUALS
    at: int = 1
    note: Rich = ""
    number: int = 0
    ref: str = ""
    blank: bool = False
    claim: Statement | None = field(default=None, compare=False)

    @property
    def whole(self) -> Formula:
        """Both sides and the relation between them."""
        return spaced(self.left, *([self.relation] if self.relation else []), self.right)


@dataclass(frozen=True)
class Math:
    """Displayed lines, aligned at their relations. ``size``: normal, small or tiny."""

    rows: tuple[Row, ...]
    size: str = "normal"
    at: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph. ``kind``: plain, lead (an introducing sentence), small, warning, or quote."""

    text: Rich
    kind: str = "plain"
    at: int = 1


@dataclass(frozen=True)
class Bullets:
    items: tuple[Rich, ...]
    numbered: bool = False
    at: int = 1


@dataclass(frozen=True)
class Picture:
    """A scene. ``width``, ``height``: the largest part of the text area it may take; it is scaled
    down to fit, never up beyond ``zoom``. Scaled down its letters stay readable, unless it is
    scaled as a ``whole``: there they would cover each other."""

    scene: Scene
    width: float = 1.0
    height: float = 0.6
    zoom: float = 1.0
    whole: bool = False
    at: int = 1


@dataclass(frozen=True)
class Table:
    """Rich cells. ``align``: a letter l, c, r per column. ``strong``: rows that are emphasised."""

    head: tuple[Rich, ...]
    rows: tuple[tuple[Rich, ...], ...]
    align: str = ""
    strong: tuple[int, ...] = ()
    caption: Rich = ""
    size: str = "normal"
    at: int = 1


@dataclass(frozen=True)
class Code:
    """Program text, verbatim. ``refs`` gives, for some lines (counted from 0), what they are
    about, so that the page can link them; ``strong`` are highlighted lines."""

    text: str
    language: str = "python"
    refs: tuple[tuple[int, str], ...] = ()
    strong: tuple[int, ...] = ()
    size: str = "small"
    at: int = 1


@dataclass(frozen=True)
class Strip:
    """Small formulas side by side under a rule, the ``current`` one boxed (-1: none)."""

    cells: tuple[Formula, ...]
    current: int = -1
    at: int = 1


@dataclass(frozen=True)
class Panel:
    """Blocks in a frame with a title (a summary, a reminder, the mistake, the right way).
    ``kind``: plain, wrong, right or aside; wrong and right carry a sign, not only a colour."""

    title: Rich
    blocks: tuple[Block, ...]
    kind: str = "plain"
    at: int = 1


@dataclass(frozen=True)
class Columns:
    """Blocks side by side: (part of the width, blocks). ``whole`` ones are read column by column,
    so no page divides them."""

    columns: tuple[tuple[float, tuple[Block, ...]], ...]
    at: int = 1
    whole: bool = False


@dataclass(frozen=True)
class Blank:
    """An empty work area (for the blackboard, or to be filled in), ``height`` of the text area."""

    height: float = 0.4
    lines: bool = False
    at: int = 1


Block = Text | Bullets | Math | Picture | Table | Code | Strip | Panel | Columns | Blank


@dataclass(frozen=True)
class Page:
    """One page (a slide with its overlays).

    ``id`` is stable (``gradients-W1``) and unique in its deck, ``item`` the key of the deck that
    made it, ``network`` the key of the network it shows. ``covers`` names the lines of the
    inventory it answers (LECTURES.md). ``mistake`` marks a page that shows something wrong on
    purpose. ``layout``: content, title, section or board (an empty board to write on)."""

    id: str
    item: str
    title: Rich
    blocks: tuple[Block, ...]
    subtitle: Rich = ""
    steps: int = 1
    notes: tuple[Rich, ...] = ()
    network: str = ""
    covers: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    mistake: bool = False
    layout: str = "content"


@dataclass(frozen=True)
class Theme:
    """The lecturer's own look; every colour is ``#rrggbb``."""

    main: str = "#7b1c20"
    text: str = "#1f1f1f"
    background: str = "#ffffff"
    footer: Rich = ""
    logo: str = ""
    bar: bool = False


@dataclass(frozen=True)
class Deck:
    """The pages of a lecture in one language. ``decimal`` is the mark between units and tenths."""

    name: str
    language: str
    title: Rich
    author: Rich
    pages: tuple[Page, ...]
    theme: Theme = field(default_factory=Theme)
    aspect: str = "16:9"
    decimal: str = "."
    reports: tuple[str, ...] = ()


def inner(block: Block) -> tuple[Block, ...]:
    """The blocks in a panel or in columns; none of any other block."""
    match block:
        case Panel(blocks=blocks):
            return blocks
        case Columns(columns=columns):
            return tuple(b for _, blocks in columns for b in blocks)
        case _:
            return ()


def with_inner(block: Block, change: Callable[[Block], Block]) -> Block:
    """The block with those in it changed."""
    match block:
        case Panel(blocks=blocks):
            return replace(block, blocks=tuple(map(change, blocks)))
        case Columns(columns=columns):
            changed = tuple((part, tuple(map(change, blocks))) for part, blocks in columns)
            return replace(block, columns=changed)
        case _:
            return block
