"""Is a document fit to be shown? What TeX's log says, and what stands where on the pages.

Poppler tells the boxes of the words and the sizes of the letters. A formula's parts stand close
together by design, so two texts *collide* only where the cores of their letters do: the middle
halves of two words' boxes share more than a fifth of the smaller one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chalkgrad.codegen.documents.frames.frames import program, run

MOST = 1.0  # pt that a box may be too wide
SMALLEST = 9.0  # pt on a slide
ZOOM = 3  # the most that pdftohtml allows: sizes in thirds of a point
SHARED = 0.2
_OVERFULL = re.compile(r"^Overfull \\([hv])box \(([\d.]+)pt.*?$", re.M)
_OURS = re.compile(
    r"^chalkgrad: (.+?): (page too full|formula at|table at|strip at|title too|the logo)"
)
_WARNINGS = re.compile(
    r"^(?:LaTeX|Package \w+) Warning: (.*(?:undefined|multiply.defined|Missing character).*)$", re.M
)


@dataclass(frozen=True)
class Word:
    """A word of a page with its box in points from the top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Letters:
    """A run of letters of one font: its size in points."""

    text: str
    font: str
    size: float
    left: float
    top: float
    wide: float
    high: float


def check_log(log: str) -> list[str]:
    """The faults that a log of pdflatex (or several of them) tells: errors, undefined references,
    missing characters, boxes more than 1 pt too wide, and what had to be set too small."""
    made = [line[:200] for line in log.splitlines() if line.startswith("! ")]
    made += [m[1] for m in _WARNINGS.finditer(log)]
    made += [line for line in log.splitlines() if line.startswith("Missing character")]
    for m in _OVERFULL.finditer(log):
        if float(m[2]) > MOST:
            made.append(m[0])
    made += [line for line in log.splitlines() if _OURS.match(line)]
    return list(dict.fromkeys(made))


def check_pdf(pdf: Path, *, smallest: float = SMALLEST) -> list[str]:
    """The faults of every page: texts that collide, that leave the page, or whose letters are
    smaller than ``smallest`` points (scripts aside). Raises MissingProgramError without poppler.
    """
    made = []
    for number, (_, _, words) in enumerate(pages(pdf), 1):
        made += [f"page {number}: {f}" for f in collisions(words)]
    for number, (wide, high, letters) in enumerate(sizes(pdf), 1):
        made += [f"page {number}: {f}" for f in outside(letters, wide, high)]
        made += [f"page {number}: {f}" for f in too_small(letters, smallest)]
    return made


# -- reading -----------------------------------------------------------------------------------


def pages(pdf: Path) -> Iterator[tuple[float, float, list[Word]]]:
    """Width, height and words of every page."""
    text = run([program("pdftotext", "the check"), "-bbox", str(pdf), "-"])
    for part in re.split(r"<page ", text)[1:]:
        size = re.match(r'width="([\d.]+)" height="([\d.]+)"', part)
        assert size is not None
        found = re.findall(
            r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', part
        )
        words = [Word(html.unescape(t), float(a), float(b), float(c), float(d))
                 for a, b, c, d, t in found]  # fmt: skip
        yield float(size[1]), float(size[2]), words


def sizes(pdf: Path) -> Iterator[tuple[float, float, list[Letters]]]:
    """Width, height and runs of letters of every page; those beside the paper too, which
    pdftotext leaves out."""
    options = ["-xml", "-i", "-stdout", "-fontfullname", "-zoom", str(ZOOM)]
    text = run([program("pdftohtml", "the check"), *options, str(pdf)])
    fonts: dict[str, tuple[float, str]] = {}
    for part in text.split("<page ")[1:]:
        for m in re.finditer(r'<fontspec id="(\d+)" size="(\d+)" family="([^"]*)"', part):
            fonts[m[1]] = (int(m[2]) / ZOOM, m[3].split("+")[-1])
        made = []
        paper = re.search(r'height="(\d+)" width="(\d+)"', part)
        assert paper is not None
        for m in re.finditer(
            r'<text top="(-?\d+)" left="(-?\d+)" width="(-?\d+)" height="(-?\d+)" font="(\d+)">'
            r"(.*?)</text>",
            part,
        ):
            top, left, wide, high = (int(m[k]) / ZOOM for k in range(1, 5))
            words = html.unescape(re.sub(r"<[^>]+>", "", m[6])).strip()
            made.append(Letters(words, fonts[m[5]][1], fonts[m[5]][0], left, top, wide, high))
        yield int(paper[2]) / ZOOM, int(paper[1]) / ZOOM, made


# -- judging -----------------------------------------------------------------------------------


def outside(letters: list[Letters], wide: float, high: float) -> list[str]:
    """Texts that are not wholly on the page."""
    return [
        f"'{run_.text}' leaves the page"
        for run_ in letters
        if run_.text
        and (
            run_.left < -0.7
            or run_.top < -2
            or run_.left + run_.wide > wide + 0.7
            or run_.top + run_.high > high + 2
        )
    ]


def collisions(words: list[Word]) -> list[str]:
    """Pairs of words whose letters share room."""
    cores = [(w, _core(w)) for w in words if any(c.isalnum() for c in w.text)]
    cores.sort(key=lambda pair: pair[1][0])
    made = []
    for k, (one, a) in enumerate(cores):
        for other, b in cores[k + 1 :]:
            if b[0] >= a[2]:
                break
            if _share(a, b) > SHARED:
                made.append(f"'{one.text}' and '{other.text}' collide")
    return made


def _core(word: Word) -> tuple[float, float, float, float]:
    """Where the letters surely are: the box without the font's room above and below."""
    quarter = (word.bottom - word.top) / 4
    return (word.left + 0.3, word.top + quarter, word.right - 0.3, word.bottom - quarter)


def _share(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return wide * high / max(least, 1e-9)


def too_small(letters: list[Letters], smallest: float) -> list[str]:
    """Letters below the smallest size that are not scripts.

    TeX sets scripts in fonts that are drawn for small sizes (LMRoman7, CMMI8); text and the main
    letters of formulas come from fonts drawn for 9 pt and more. So a small size of a large font
    was scaled down; a small font is a script, unless it is text of several letters on its own.
    """
    found: dict[tuple[float, str], list[str]] = {}
    least = smallest * 72 / 72.27 - 0.4
    for run_ in letters:
        if run_.size >= least or "Extension" in run_.font or not any(map(str.isalnum, run_.text)):
            continue
        drawn = re.search(r"(\d+)", run_.font)
        script = drawn is not None and int(drawn[1]) < 9
        # the sans and typewriter fonts are not drawn smaller than 8 pt: their scripts are scaled
        least_script = (
            5.5 if re.search("Sans|Mono", run_.font) else 0.8 * int(drawn[1] if drawn else 0)
        )
        scaled = run_.size < least_script
        if not script or scaled or (_alone(run_, letters, least) and not _joins(run_, letters)):
            found.setdefault((run_.size, run_.font), []).append(run_.text)
    return [
        f"{size:.1f} pt ({font}): " + ", ".join(f"'{t}'" for t in dict.fromkeys(texts[:6]))
        for (size, font), texts in found.items()
    ]


def _alone(small: Letters, letters: list[Letters], least: float) -> bool:
    """A text font in a small size with no larger letter near it is no script."""
    if "Sans" not in small.font and "Mono" not in small.font:
        return False
    reach = 2 * least
    return not any(
        big.size >= least
        and big.left - reach <= small.left + small.wide
        and small.left <= big.left + big.wide + reach
        and abs((big.top + big.high / 2) - (small.top + small.high / 2)) < reach
        for big in letters
    )


def _joins(small: Letters, letters: list[Letters]) -> bool:
    """A short word between two conditions under a sum ("and", "ou") has letters of formulas at
    both sides."""
    if not re.fullmatch(r"[^\W\d_]{1,3}", small.text.strip()):
        return False
    level = [
        other
        for other in letters
        if not re.search("Sans|Mono", other.font)
        and abs(other.top + other.high / 2 - small.top - small.high / 2) < small.size / 2
    ]
    end = small.left + small.wide
    before = any(-1 <= small.left - o.left - o.wide < small.size for o in level)
    return before and any(-1 <= o.left - end < small.size for o in level)
