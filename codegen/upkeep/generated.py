"""What is checked in of what comes out: modules, a program, the documents of the five lectures.

``generated/`` holds a module per lecture network and per family of the catalogue,
beside one of them the program that trains it; ``generated/lectures/`` the slides, handout, page
and manifest of every lecture, as the command ``build`` writes them.
``python -m chalkgrad.codegen.upkeep.generated`` writes all anew; with ``--check`` it compares what
is there with what would be written, both ways, and ends with 1 where they differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...derive import examples
from ...derive.pipeline import load_all
from ..console.specs import file_name
from ..documents.lecture_files import lectures
from ..targets.numpy.module import numpy_module
from ..targets.numpy.training.program import training_program
from . import docs_tables
from .spec_schema import schema_text

FOLDER = Path(__file__).resolve().parents[2] / "generated"
SCHEMA = FOLDER.parent / "docs" / "spec.schema.json"  # for editors; published as it stands
# Of the shipped examples: the networks of the lectures, and those that stand for a family.
EXAMPLES = (
    *("n111", "n121", "n232", "mazur", "xor", "circuit", "neuron", "gates"),
    *("digits_conv", "transformer", "autoencoder"),
)
PROGRAMS = ("xor",)  # the class of lecture 004: train, save, load, infer
PROGRAM = "_train.py"  # what the file of a program ends in
LECTURES = ("lecture_mari", "lecture_mazur", "lecture_ng", "lecture_ando")
OUTPUTS = ("slides", "handout", "html", "manifest")
HELD = ("*.py", "lectures/*")  # what must not lie in the folder unless it is made


def module_texts() -> dict[str, str]:
    """file name -> text of every module, derived now. Specs are FOLDER/specs and EXAMPLES."""
    made: dict[str, str] = {}
    for spec in [*map(examples.path, EXAMPLES), *sorted((FOLDER / "specs").glob("*.yaml"))]:
        for network in load_all(spec):
            made[f"{network.name}.py"] = numpy_module(network.derive())
    return made


def program_texts() -> dict[str, str]:
    """file name -> text of the programs; the modules that they import are among the others."""
    return {
        f"{network.name}{PROGRAM}": training_program(network.derive())
        for spec in map(examples.path, PROGRAMS)
        for network in load_all(spec)
    }


def modules() -> list[Path]:
    """The modules that lie in the folder; a program is none."""
    return [path for path in sorted(FOLDER.glob("*.py")) if not path.name.endswith(PROGRAM)]


def lecture_texts(example: str) -> dict[str, str]:
    """``lectures/NAME`` -> text of every document of a lecture, in all its languages."""
    networks = load_all(examples.path(example))
    made: dict[str, str] = {}
    for make in lectures(networks, file_name(networks)):
        lecture = make()
        for output in OUTPUTS:
            files = lecture.files(output)
            made |= {f"lectures/{name}": text for name, text in files.items()}
    return made


def texts() -> dict[str, str]:
    """Every file that `write` keeps in ``generated/``, by its name there."""
    made = module_texts() | program_texts()
    for example in LECTURES:
        made |= lecture_texts(example)
    return made


def differences(wanted: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """One line per file that is missing, stale or superfluous in ``folder``; empty when fresh."""
    there = _there(folder)
    found = [f"missing: {name}" for name in wanted if name not in there]
    found += [f"superfluous: {name}" for name in there if name not in wanted]
    found += [
        f"stale: {name}"
        for name, text in wanted.items()
        if name in there and there[name].read_bytes() != text.encode("utf-8")
    ]
    return sorted(found)


def write(wanted: Mapping[str, str], folder: Path = FOLDER) -> None:
    """Make what lies in ``folder`` exactly the wanted files."""
    for name, path in _there(folder).items():
        if name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _there(folder: Path) -> dict[str, Path]:
    found = [p for pattern in HELD for p in folder.glob(pattern) if p.is_file()]
    return {p.relative_to(folder).as_posix(): p for p in found}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m chalkgrad.codegen.upkeep.generated", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 if stale")
    check = parser.parse_args(arguments).check
    wanted = texts()
    found = differences(wanted)
    for line in found:
        print(line, file=sys.stderr if check else sys.stdout)
    if check:
        if found:
            print("make generated brings them up to date", file=sys.stderr)
        return 1 if found else 0
    write(wanted)
    SCHEMA.write_text(schema_text(), encoding="utf-8", newline="\n")
    for page in docs_tables.PAGES:
        filled = docs_tables.filled(page.read_text("utf-8"))
        page.write_text(filled, encoding="utf-8", newline="\n")
    print(f"{len(wanted)} files in {FOLDER.name}/, {len(found)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
