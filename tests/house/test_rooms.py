"""The rooms of derive/ and codegen/: the table of docs/layout.md is their order, and it holds."""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.paths import ROOT

ROW = re.compile(r"^\| `([\w/]+)/` \| (.*) \| (.*) \| (.*) \|$", re.M)
ROOMS = {room: cells for room, *cells in ROW.findall((ROOT / "docs/layout.md").read_text("utf-8"))}
FILES = sorted(p.relative_to(ROOT) for top in ("derive", "codegen")
               for p in (ROOT / top).rglob("*.py") if "package" not in p.parts)  # fmt: skip
ITEMS = "codegen/lecture/items"
MOST = 14  # files of a room without rooms of its own, `__init__.py` not counted


def dotted(file: Path) -> str:
    return "chalkgrad." + ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def room(file: Path) -> str:
    """The row of a file: all items of a deck share one, which says what each takes and gives."""
    folder = file.parent.as_posix()
    return ITEMS if folder.startswith(f"{ITEMS}/") else folder


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"))


@cache
def imports() -> dict[Path, list[Path]]:
    """File -> the files of the package that it imports, inside functions and for types too."""
    known = {dotted(f): f for f in FILES}
    found = {}
    for file in FILES:
        names: list[str] = []
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Import):
                names += [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                package = dotted(file.parent / "__init__").split(".")
                base = package[: len(package) + 1 - node.level] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                inner = {f"{module}.{a.name}" for a in node.names}
                names += [n if n in known else module for n in inner]
        found[file] = sorted({known[n] for n in names if n in known} - {file})
    return found


def test_the_table_names_every_room() -> None:
    assert list(dict.fromkeys(ROOMS)) == list(ROOMS)
    assert {room(f) for f in FILES} == set(ROOMS)


def test_no_arrow_runs_back_up() -> None:
    order = list(ROOMS)
    back = [f"{a} imports {b}" for a, used in imports().items() for b in used
            if order.index(room(b)) > order.index(room(a))]  # fmt: skip
    assert back == []


def test_no_file_imports_itself_by_way_of_others() -> None:
    todo = {a: set(used) for a, used in imports().items()}
    while free := [a for a, used in todo.items() if not used & todo.keys()]:
        for a in free:
            del todo[a]
    # a package's own file only collects what stands in it
    assert [str(a) for a in todo if a.name != "__init__.py"] == []


def test_no_room_is_too_full() -> None:
    count: dict[str, int] = defaultdict(int)
    for file in FILES:
        count[file.parent.as_posix()] += file.name != "__init__.py"
    assert {r: n for r, n in count.items() if n > MOST} == {}


def test_the_table_says_what_the_rooms_say() -> None:
    for name, (what, given, made) in ROOMS.items():
        if name in ("derive", "codegen"):
            continue
        said = parts(name)
        assert (what, given, made) == (said["what"], said["in"], said["out"]), name


SAID = sorted(set(ROOMS) - {"derive", "codegen"})


@pytest.mark.parametrize("name", SAID)
def test_the_names_of_a_room_are_there(name: str) -> None:
    package = importlib.import_module("chalkgrad." + name.replace("/", "."))
    for each in re.findall(r"`([\w.]+)`", parts(name)["names"]):
        file, _, inner = each.partition(".")
        if not inner and hasattr(package, file):
            continue
        module = importlib.import_module(f"{package.__name__}.{file}")
        assert not inner or hasattr(module, inner), each


def parts(name: str) -> dict[str, str]:
    """The first sentence of a room's docstring, and what it says of in, out and names."""
    text = ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text("utf-8"))) or ""
    said = dict(re.findall(r"^(in|out|names): +(.*)$", text, re.M))
    assert said.keys() == {"in", "out", "names"}, name
    return {"what": " ".join(text.split("\n\n")[0].split()), **said}


def test_inside_the_package_imports_are_relative() -> None:
    """So that editors follow them, which know nothing of the folders' place in the package."""
    wrong = []
    for file in FILES:
        for node in ast.walk(parsed(file)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += (
                [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            )
            wrong += [f"{file}: {n}" for n in names if n.startswith("chalkgrad") or top_level(n)]
    assert wrong == []


def top_level(module: str) -> bool:
    return module.partition(".")[0] in ("derive", "codegen")


def sources() -> Iterator[Path]:
    for folder in ("tests", "bench", "docs"):
        yield from (ROOT / folder).rglob("*.py")


def test_there_is_one_import_package() -> None:
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [f"{path}: {name}" for name in names if top_level(name)]
    assert wrong == []
