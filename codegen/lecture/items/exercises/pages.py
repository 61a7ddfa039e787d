"""``exercises``: drawn from a seed, a version per variant; the answers at the end."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ....deck.model import Blank, Block, Page
from ...board.context import Context
from .exercises import Draw, base_network, draws
from .kinds import KINDS, Exercise
from .options import Options

_LOW = ("forward", "chain", "shapes")  # what is asked for brings its own room


def pages(context: Context, options: Options) -> Iterator[Page]:
    """A page per exercise and variant, then a page per answer."""
    board = context.board(options.of)
    network = base_network(board.network, named=options.of is not None)
    kinds = list(KINDS)
    random.Random(f"{options.seed}").shuffle(kinds)
    made = draws(
        network, context.words,
        seed=options.seed, count=options.count, variants=options.variants,
    )  # fmt: skip
    stem = "exercises" if board.key == "main" else f"exercises-{board.key}"
    answers: list[Page] = []
    for row in made:
        for k, draw in enumerate(row):
            first = k % len(kinds)
            kind, asked = _exercise(context, draw, [*kinds[first:], *kinds[:first]])
            yield _question(context, draw, kind, asked, f"{stem}-{draw.label}")
            answers.append(_answer(context, draw, kind, asked, f"{stem}-{draw.label}-answer"))
    if options.answers:
        yield from answers


def _exercise(context: Context, draw: Draw, kinds: list[str]) -> tuple[str, Exercise]:
    """The first of these kinds that the network can be asked for; shapes always can."""
    found = ((kind, KINDS[kind](draw, context.words)) for kind in [*kinds, "shapes"])
    return next((kind, e) for kind, e in found if e is not None)


def _question(context: Context, draw: Draw, kind: str, asked: Exercise, key: str) -> Page:
    blocks: list[Block] = [*asked.question]
    if kind not in _LOW:
        blocks.append(Blank(0.2, lines=True))
    return context.page(
        key,
        context.words("exercise_title", label=draw.label),
        blocks,
        subtitle=context.words(f"exercise_kind_{kind}"),
        covers=(f"exercise.{kind}",),
        mistake=asked.wrong,
        figures=(*draw.board.drain(), *asked.figures),
    )


def _answer(context: Context, draw: Draw, kind: str, asked: Exercise, key: str) -> Page:
    return context.page(
        key,
        context.words("exercise_answer", label=draw.label),
        asked.answer,
        subtitle=context.words(f"exercise_kind_{kind}"),
        mistake=asked.wrong,
    )
