"""Nothing stands in the product that nothing uses; what vulture cannot see is explained here."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from vulture import Vulture

ROOT = Path(__file__).parents[2]
# what is not used by its name (a regular expression over "file: name") -> who uses it
EXPLAINED = {
    r".*: _fn_\w+": "printers find the method of a function by the function's name",
    r".*(latex_\w+|lower|parts|steps).py: _(num|const|neg|where|ones|local|d)": "printers and "
    "lowering find the method of a node by its class",
    r".*(tex_printer|mathml/printer|typst/printer|katex).py: _[a-z]+": "printers of formulas find "
    "the method of a node by its class",
    r".*renotate.py: (left|right)_matrix": "read in renotate.tex.j2",
    r".*conjugate.py: conjugate_gradients": "a part of generated programs, which call it",
    r".*: (invoke_without_command|display_type_rich|metavar|__signature__)": "read by typer",
    r".*upkeep/sdist.py: Sdist": "named in pyproject.toml",
    r".*package/__init__.py: __(getattr|dir)__": "asked by Python",
    r".*loading.py: (get_code|fullname)": "asked by importlib",
    r".*expr.py: __hash__": "asked by Python",
    r".*: (model_config|_known_keys|_expand|_default_fits)": "asked by pydantic",
    r".*definition.py: (_borrowed_exist|_only_keys_of_its_kind)": "asked by pydantic",
    r".*sympy_bridge.py: (nargs|_eval_derivative)": "asked by SymPy",
    r".*sympy_form.py: (is_commutative|_latex|_sympystr)": "asked by SymPy",
    r".*views.py: _sympy_": "asked by SymPy",
    r".*views.py: _repr_latex_": "asked by Jupyter",
    r".*entries.py: dps": "read by mpmath",
    r".*presentation.py: (slide_height|last_modified_by|created|modified|compress_type)": "read by "
    "python-pptx and zipfile, which write them",
    r".*step_nodes.py: REASONS": "the words of every language are held to it by a test",
}


@cache
def unused() -> list[str]:
    seen = Vulture()
    seen.scavenge([str(ROOT / top) for top in ("derive", "codegen")])
    return [f"{Path(item.filename).relative_to(ROOT).as_posix()}: {item.name}"
            for item in seen.get_unused_code(min_confidence=60)]  # fmt: skip


def test_whatever_stands_here_is_used() -> None:
    assert [one for one in unused() if not any(re.fullmatch(e, one) for e in EXPLAINED)] == []


@pytest.mark.parametrize("explained", EXPLAINED)
def test_every_explanation_still_explains_something(explained: str) -> None:
    assert any(re.fullmatch(explained, one) for one in unused())


def test_no_list_of_names_hides_an_import() -> None:
    """Rooms and the package itself say in `__all__` what is theirs; a file needs no such list."""
    listed = [str(p.relative_to(ROOT)) for top in ("derive", "codegen")
              for p in (ROOT / top).rglob("*.py") if p.name != "__init__.py"
              and re.search(r"^__all__\b", p.read_text("utf-8"), re.M)]  # fmt: skip
    assert listed == []
