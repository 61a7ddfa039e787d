"""Judging many networks in processes of their own: one that hangs or dies is told by its seed."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from .draw import draw
from .judge import Verdict
from .paper import judge_both

Line = tuple[int, Verdict, Counter[str]]
APART = 1_000_000  # networks of two seeds do not overlap
LIMIT = 120.0  # seconds for one network
START = 30.0  # and for the start of its process
FRESH = 500  # networks that one process judges


def line(seed: int) -> Line:
    """The verdict on the network of a seed."""
    drawn = draw(seed)
    return seed, judge_both(drawn.spec, drawn.data), drawn.drew


def judged(
    seeds: Iterable[int], jobs: int, limit: float = LIMIT, one: Callable[[int], Line] = line
) -> Iterator[Line]:
    """The verdicts, as they come. ``one`` judges a seed, in another process."""
    todo = iter(seeds)
    workers: list[_Worker] = []
    try:
        workers += [_Worker(one, limit) for _ in range(max(1, jobs))]
        busy = [w for w in workers if w.next(todo)]
        while busy:
            first = min(w.deadline for w in busy)
            ready = wait([w.pipe for w in busy], max(0.0, first - time.monotonic()))
            for w in list(busy):
                made = w.answer() if w.pipe in ready else w.overdue()
                if made is None:
                    continue
                yield made
                if not w.next(todo):
                    busy.remove(w)
    finally:
        for w in workers:
            w.end()


def _serve(pipe: Connection, one: Callable[[int], Line]) -> None:
    while (seed := pipe.recv()) is not None:
        pipe.send(one(seed))


class _Worker:
    """A process that judges one seed after another; a new one takes its place where it fails."""

    def __init__(self, one: Callable[[int], Line], limit: float) -> None:
        self.one, self.limit = one, limit
        self.seed, self.deadline, self.done = 0, 0.0, 0
        self.pipe: Connection
        self.process: Any = None

    def next(self, todo: Iterator[int]) -> bool:
        """Start on another seed; False where there is none."""
        seed = next(todo, None)
        if seed is None:
            return False
        fresh = self.process is None or self.done >= FRESH or not self.process.is_alive()
        if fresh:
            self._fresh()
        self.seed, self.deadline = seed, time.monotonic() + self.limit + START * fresh
        self.pipe.send(seed)
        return True

    def _fresh(self) -> None:
        self.end()
        spawn = multiprocessing.get_context("spawn")  # a fork would copy locks that are held
        self.pipe, other = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(other, self.one), daemon=True)
        self.process.start()
        other.close()  # so that the end of the process is the end of the pipe
        self.done = 0

    def answer(self) -> Line:
        try:
            made: Line = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            return self._lost(f"its process ended with {self.process.exitcode}")
        self.done += 1
        return made

    def overdue(self) -> Line | None:
        if time.monotonic() < self.deadline:
            return None
        return self._lost(f"no verdict after {self.limit:g} s")

    def _lost(self, why: str) -> Line:
        self.end()
        return self.seed, Verdict("hangs", why), draw(self.seed).drew

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None
