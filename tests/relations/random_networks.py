"""``python -m tests.relations.random_networks N [SEED]``: all that is printed of random networks
(chains, entries, matrices, steps) is evaluated."""

from __future__ import annotations

import sys

from chalkgrad.codegen.article.article import Article
from chalkgrad.derive.pipeline import load
from tests.fuzz.draw import draw


def false_lines(seed: int) -> tuple[list[str], int]:
    """What is false in the article of a drawn network, and how many lines are true."""
    made = Article(load(dict(draw(seed).spec)).derive(), None)
    made.paper()
    verdicts = [(number, claim.verdict) for number, claim in made.claims.made]
    wrong = [f"seed {seed}, equation {k}: {v.why}" for k, v in verdicts if v.holds is False]
    return wrong, sum(v.holds is True for _, v in verdicts)


def main(count: int, first: int = 0) -> int:
    """Exit code 1 where a line is false."""
    wrong, true = [], 0
    for seed in range(first, first + count):
        found, held = false_lines(seed)
        wrong += found
        true += held
    print("\n".join([*wrong, f"{count} networks: {true} lines true, {len(wrong)} false"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
