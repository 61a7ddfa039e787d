"""The checked-in modules: one per lecture network and one per family of the catalogue.

``python -m codegen.generated`` writes ``generated/`` anew; with ``--check`` it only compares what
is there with what would be written, in both directions, and ends with 1 where they differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import derive
from derive import examples
from derive.spec import schema_text

from .module import numpy_module

FOLDER = Path(__file__).resolve().parent.parent / "generated"
SCHEMA = FOLDER.parent / "docs" / "spec.schema.json"  # for editors; published as it stands
# Of the shipped examples: the networks of the lectures, and those that stand for a family.
EXAMPLES = (
    *("n111", "n121", "n232", "mazur", "xor", "circuit", "neuron", "gates"),
    *("digits_conv", "transformer", "autoencoder"),
)


def texts(folder: Path = FOLDER) -> dict[str, str]:
    """file name -> text of every module, derived now. Specs are ``folder``/specs and EXAMPLES."""
    made: dict[str, str] = {}
    for spec in [*map(examples.path, EXAMPLES), *sorted((folder / "specs").glob("*.yaml"))]:
        for network in derive.load_all(spec):
            made[f"{network.name}.py"] = numpy_module(network.derive())
    return made


def differences(wanted: dict[str, str], folder: Path = FOLDER) -> list[str]:
    """One line per file that is missing, stale or superfluous in ``folder``; empty when fresh."""
    there = {path.name: path for path in folder.glob("*.py")}
    found = [f"missing: {name}" for name in wanted if name not in there]
    found += [f"superfluous: {name}" for name in there if name not in wanted]
    found += [
        f"stale: {name}"
        for name, text in wanted.items()
        if name in there and there[name].read_bytes() != text.encode("utf-8")
    ]
    return sorted(found)


def write(wanted: dict[str, str], folder: Path = FOLDER) -> None:
    """Make the modules in ``folder`` exactly the wanted ones."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.py"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m codegen.generated", description=__doc__)
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
    print(f"{len(wanted)} modules in {FOLDER.name}/, {len(found)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
