"""The lectures as pictures: ``docs/gallery`` shows every page of ``generated/lectures``.

`make gallery` typesets the handouts there, draws each page, and writes an index per lecture. It
needs pdflatex and poppler.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ...derive.language.errors import ChalkgradError
from ..console.pdf import compile_pdf
from ..documents.frames.frames import frames
from ..documents.notebook.markdown import rich
from ..documents.tex.sty import STYLE
from .generated import FOLDER as GENERATED
from .generated import LECTURES

FOLDER = GENERATED.parent / "docs" / "gallery"
SOURCE = GENERATED / "lectures"
WIDTH = 400  # pixels
# The picture of the README: a page of a lecture, and how wide it is drawn.
COVER = ("lecture05_en", "gradients-W0", GENERATED.parent / "docs" / "slide.png", 1000)
_NAME = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True)
class Picture:
    """A page of a lecture: its number and id in the manifest, its title as rich text."""

    number: int
    id: str
    title: str

    @property
    def file(self) -> str:
        """The name of its picture."""
        return _NAME.sub("-", self.id) + ".png"


def lectures() -> list[str]:
    """The names of the lectures that have a manifest, in the order of the alphabet."""
    end = "_manifest.json"
    return sorted(path.name.removesuffix(end) for path in SOURCE.glob(f"*{end}"))


def pictures(name: str) -> list[Picture]:
    """The pages of a lecture, as its manifest tells."""
    made = json.loads((SOURCE / f"{name}_manifest.json").read_text("utf-8"))
    return [Picture(p["page"], p["id"], p["title"]) for p in made["pages"]]


def index(name: str) -> str:
    """The Markdown of a lecture's index: every page with its picture, title and id."""
    made = [f"# {name}", "", f"{_links(name)}", "", "| | page | id |", "|---:|---|---|"]
    for p in pictures(name):
        title = rich(p.title, cell=True)
        made.append(f"| {p.number} | {title}<br>{_shown(p)} | `{p.id}` |")
    return "\n".join(made) + "\n"


def overview() -> str:
    """The Markdown of the gallery's first page."""
    made = [
        "# Gallery", "",
        "The five lectures as they come out of their specs, a picture of every page. The specs are",
        f"shipped examples: `chalkgrad build {LECTURES[0]}`. What lies here is drawn by `make",
        "gallery`; the documents themselves lie in [generated/lectures](../../generated/lectures).",
        "",
    ]  # fmt: skip
    for name in lectures():
        found = pictures(name)
        shown = found[min(len(found) - 1, 3 + len(found) // 4)]
        made += [f"## [{name}]({name}/index.md): {len(found)} pages", ""]
        made += [f"[![{shown.id}]({name}/{shown.file})]({name}/index.md)", ""]
    return "\n".join(made)


def texts() -> dict[str, str]:
    """File name -> text of the Markdown files in the gallery."""
    made = {f"{name}/index.md": index(name) for name in lectures()}
    return {"README.md": overview(), **made}


def draw(name: str, folder: Path) -> None:
    """Typeset a handout and put a picture of each page into ``folder``, which is made anew.

    Raises MissingProgramError without TeX or poppler, ChalkgradError where the handout has other
    pages than the manifest.
    """
    pages = pictures(name)
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for file in (f"{name}_handout.tex", STYLE):
            shutil.copyfile(SOURCE / file, work / file)
        pdf = compile_pdf(work / f"{name}_handout.tex")
        drawn = frames(pdf, work / "pages", svg=False, width=WIDTH)
        if len(drawn) != len(pages):
            what = f"{len(drawn)} pages are drawn, the manifest has {len(pages)}"
            raise ChalkgradError(what, where=name, hint="make generated")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for page, path in zip(pages, drawn, strict=True):
            shutil.move(path, folder / page.file)
        lecture, cover, target, width = COVER
        if lecture == name:
            at = next(k for k, page in enumerate(pages) if page.id == cover)
            shutil.move(frames(pdf, work / "cover", svg=False, width=width)[at], target)


def write() -> Iterator[str]:
    """Draw every lecture; yields its name when it is done. Other folders are removed."""
    names = lectures()
    for path in FOLDER.glob("*/"):
        if path.name not in names:
            shutil.rmtree(path)
    with ThreadPoolExecutor(2) as pool:
        jobs = {name: pool.submit(draw, name, FOLDER / name) for name in names}
        for name, job in jobs.items():
            job.result()
            yield name
    for file, text in texts().items():
        (FOLDER / file).write_text(text, encoding="utf-8", newline="\n")


def _links(name: str) -> str:
    files = {
        "the page to step through": ".html", "slides": "_slides.tex", "handout": "_handout.tex",
        "manifest": "_manifest.json",
    }  # fmt: skip
    base = "../../../generated/lectures"
    return " · ".join(f"[{what}]({base}/{name}{end})" for what, end in files.items())


def _shown(picture: Picture) -> str:
    return f"[![{picture.id}]({picture.file})]({picture.file})"


def main() -> int:
    try:
        for name in write():
            print(f"docs/gallery/{name}: {len(pictures(name))} pages")
    except ChalkgradError as fault:
        print(f"error: {fault}", file=sys.stderr)
        return fault.exit_code
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
