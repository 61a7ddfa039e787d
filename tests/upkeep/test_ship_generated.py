"""generated/lectures/ holds the five lectures as they would be built now, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.codegen.outputs import meaning
from chalkgrad.codegen.upkeep import generated
from chalkgrad.derive import examples

FOLDER = generated.FOLDER / "lectures"
STYLE = "chalkgrad.sty"
MOST = 6_000_000  # bytes of the folder
LARGE = 1_000_000  # bytes of a file; what may be larger is named here with its reason
LARGE_PAGES = {
    f"lecture05_{code}.html": "42 drawings of the network, each with what is laid over it"
    for code in ("en", "pt")
}


def names(example: str) -> set[str]:
    """The files of a lecture, from its spec alone."""
    spec = chalkgrad.load_all(examples.path(example))[0].spec
    stem = spec.name.removesuffix(f"_{spec.key}")
    many = len(spec.style.language) > 1
    stems = [f"{stem}_{code}" for code in spec.style.language] if many else [stem]
    ends = ("_slides.tex", "_handout.tex", ".html", "_manifest.json")
    return {f"{s}{end}" for s in stems for end in ends}


def test_exactly_the_lectures_lie_there() -> None:
    wanted = {STYLE}.union(*map(names, generated.LECTURES))
    assert {path.name for path in FOLDER.iterdir()} == wanted
    assert {"lecture05_en.html", "lecture05_pt.html"} <= wanted, "000 and 001 are one spec"
    assert all(meaning(name) for name in wanted)


@pytest.mark.parametrize("example", generated.LECTURES)
def test_a_lecture_is_fresh(example: str) -> None:
    """This process has a hash seed of its own, so the bytes depend on none."""
    made = generated.lecture_texts(example)
    assert {name.removeprefix("lectures/") for name in made} == names(example) | {STYLE}
    found = [line for line in generated.differences(made) if not line.startswith("superfluous")]
    assert found == [], "make generated brings them up to date"


# Another machine: NumPy without the vector instructions of newer processors, another BLAS kernel.
# Their last digits differ, and none of these may be written down.
OTHER = {
    "PYTHONHASHSEED": "77", "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX2 FMA3 AVX512F AVX512_SKX",
}  # fmt: skip


@pytest.mark.parametrize("example", ["lecture_ando", "lecture_ng"])
def test_the_same_bytes_whatever_the_hash_seed_and_the_processor(example: str) -> None:
    script = (
        "import hashlib, sys, chalkgrad.codegen.upkeep.generated as g\n"
        "for k, v in g.lecture_texts(sys.argv[1]).items():\n"
        "    print(k, hashlib.sha256(v.encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, example], cwd=generated.FOLDER.parent,
        env={**os.environ, **OTHER}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    here = {
        f"{name} {hashlib.sha256(text.encode()).hexdigest()}"
        for name, text in generated.lecture_texts(example).items()
    }
    assert set(done.stdout.splitlines()) == here


def test_they_tell_nothing_of_the_machine_and_the_day() -> None:
    root = str(generated.FOLDER.parent)
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8")
        assert root not in text, path.name
        assert not re.search(r"/(?:home|root|work|tmp|usr)/", text), path.name


def test_their_size() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sum(sizes.values()) < MOST
    assert {name for name, size in sizes.items() if size > LARGE} <= set(LARGE_PAGES)
    assert max(sizes.values()) < 1.5 * LARGE


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*_manifest.json")), ids=lambda p: p.stem)
def test_all_documents_of_a_lecture_have_the_pages_of_its_manifest(path: Path) -> None:
    stem = path.name.removesuffix("_manifest.json")
    pages = json.loads(path.read_text("utf-8"))["pages"]
    ids = [page["id"] for page in pages]
    assert len(set(ids)) == len(ids) > 10
    for name in ("slides", "handout"):
        tex = (FOLDER / f"{stem}_{name}.tex").read_text("utf-8")
        assert re.findall(r"^\\cgbody\{([^}]*)\}", tex, re.M) == ids
    html = (FOLDER / f"{stem}.html").read_text("utf-8")
    assert html.count('data-steps="') == len(ids)
