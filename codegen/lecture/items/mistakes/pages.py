"""``mistakes``: pages that show a common mistake: the wrong number, the right one, the check."""

from __future__ import annotations

from collections.abc import Iterator

from .....derive.language.errors import ChalkgradError, suggest
from ....deck.model import Block, Math, Page, Panel, Text
from ...board.board import Board
from ...board.context import Context
from ...words import Words
from ..shared.room import side_by_side
from .library import LIBRARY
from .options import Options
from .planted import Mistake, Shown, one_sample


def pages(context: Context, options: Options) -> Iterator[Page]:
    """A page per mistake that this network can show, in the order of ``only`` or of the library.

    Raises ChalkgradError for an unknown mistake, and for one that is asked for by name but cannot
    be made with this network.
    """
    board = one_sample(context.board(options.of))
    known = {m.key: m for m in LIBRARY}
    for key in options.only:
        if key not in known:
            raise ChalkgradError(
                f"there is no mistake '{key}'", where="only", hint=suggest(key, known)
            )
    there = {"", *(name for name, _ in context.items)}
    for key in options.only or [m.key for m in LIBRARY if m.of in there]:
        page = _page(board, known[key])
        if page is not None:
            yield page
        elif key in options.only:
            what = f"the network '{board.key}' cannot show the mistake '{key}'"
            raise ChalkgradError(what, where="only", hint="another network (of:), or leave it out")


def _page(board: Board, mistake: Mistake) -> Page | None:
    shown = mistake.on(board) if board.has_numbers else None
    if shown is None:
        board.drain()
        return None
    words, key = board.words, f"mistake_{mistake.key}"
    return board.page(
        f"mistakes-{mistake.key.replace('_', '-')}",
        words("mistake_title", what=words(key)),
        _blocks(words, shown, key),
        steps=3,
        covers=(f"mistake.{mistake.key}",),
        mistake=True,
        figures=shown.figures,
    )


def _blocks(words: Words, shown: Shown, key: str) -> list[Block]:
    wrong, right = (Math(tuple(rows), size="small") for rows in (shown.wrong, shown.right))
    panels = (
        Panel(words("mistake_wrong"), (wrong,), "wrong"),
        Panel(words("mistake_right"), (right,), "right", at=2),
    )
    check = words(f"{key}_check", **shown.slots)
    return [
        Text(words(f"{key}_lead", **shown.slots), "lead"),
        side_by_side(panels),
        Panel(words("mistake_check"), (Text(check),), "aside", at=3),
    ]
