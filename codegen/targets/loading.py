"""A module file becomes a module object: from its source, in this process, leaving no trace."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import tempfile
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ...derive.language.errors import ChalkgradError


class _SourceOnly(importlib.machinery.SourceFileLoader):
    """Compiles the file as it is now: reads no cached bytecode and writes none."""

    def get_code(self, fullname: str) -> CodeType | None:
        return self.source_to_code(self.get_data(self.path), self.path)


def load_module(path: str | Path) -> ModuleType:
    """The module in the file ``path``, run like a script of its folder.

    Raises ChalkgradError when there is no such file, or when it cannot be run.
    """
    file = Path(path)
    if not file.is_file():
        raise ChalkgradError(
            "there is no such file", where=str(path), hint="give the path of a Python module"
        )
    name = f"_chalkgrad_checked_{file.stem}"
    spec = importlib.util.spec_from_loader(name, _SourceOnly(name, str(file)))
    if spec is None or spec.loader is None:  # cannot happen with our own loader
        raise ChalkgradError("it cannot be loaded as a Python module", where=str(path))
    module = importlib.util.module_from_spec(spec)
    _run(spec.loader, module, file)
    return module


def module_from(text: str, name: str) -> ModuleType:
    """The generated module whose source is ``text``: a file for as long as it is loaded."""
    with tempfile.TemporaryDirectory(prefix="chalkgrad-") as scratch:
        path = Path(scratch, f"{name}.py")
        path.write_text(text, encoding="utf-8", newline="\n")
        return load_module(path)


def _run(loader: Any, module: ModuleType, file: Path) -> None:
    """Runs the body of ``module``; the interpreter's settings are put back afterwards."""
    kept_bytecode, kept_path = sys.dont_write_bytecode, list(sys.path)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(file.resolve().parent))  # a user's module may import its neighbours
    sys.modules[module.__name__] = module  # dataclasses and typing look their module up
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as fault:
        raise ChalkgradError(
            f"the module cannot be loaded: {type(fault).__name__}: {fault}", where=file.name
        ) from fault
    finally:
        sys.modules.pop(module.__name__, None)
        sys.dont_write_bytecode, sys.path[:] = kept_bytecode, kept_path


def module_name(module: Any) -> str:
    """The name a report shows: the stem of the file, never a path."""
    name = str(getattr(module, "__name__", type(module).__name__))
    return name.removeprefix("_chalkgrad_checked_").rpartition(".")[2]
