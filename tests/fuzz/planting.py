"""Planting a fault: one function or constant of the engine with its former behaviour, for a while.

A function is planted as an edited copy of its own source, so that a fault is the few words that
differ; where these words are no longer there, `StaleError` says which fault has to be written anew.
"""

from __future__ import annotations
import __future__

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sympy.core.cache

Words = tuple[str, str]  # as they are, as they were


class StaleError(Exception):
    """The words that a fault replaces are no longer in the engine."""


@dataclass(frozen=True)
class Edit:
    """A function (``room.file:name``, ``room.file:Class.name``) with other words in its source."""

    where: str
    words: tuple[Words, ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        module_name, _, path = self.where.partition(":")
        module = importlib.import_module(f"chalkgrad.{module_name}")
        *outer, name = path.split(".")
        owner: Any = module
        for part in outer:
            owner = getattr(owner, part)
        former = inspect.getattr_static(owner, name)
        made = self._edited(module, name, getattr(former, "__wrapped__", former))
        places = _holders(former) if owner is module else [(owner, name)]
        with _set([(place, key, made) for place, key in places]):
            yield

    def _edited(self, module: Any, name: str, former: Any) -> Any:
        """The function with the other words, in the names of its module."""
        plain = former.__func__ if isinstance(former, staticmethod) else former
        text = textwrap.dedent(inspect.getsource(plain))
        for now, then in self.words:
            if now not in text:
                raise StaleError(f"{self.where} no longer has the words {now!r}")
            text = text.replace(now, then)
        flag = __future__.annotations.compiler_flag
        code = compile(text, inspect.getsourcefile(plain) or "", "exec", flag, dont_inherit=True)
        made: dict[str, Any] = {}
        exec(code, module.__dict__, made)
        return made[name]


def edit(where: str, *words: str) -> Edit:
    """Words as they are and as they were, in turn."""
    return Edit(where, tuple(zip(words[::2], words[1::2], strict=True)))


@dataclass(frozen=True)
class Swap:
    """An entry of a table of the engine; ``value`` None takes it out, a function makes it anew."""

    where: str
    key: str
    value: Any

    @contextmanager
    def planted(self) -> Iterator[None]:
        module_name, _, name = self.where.partition(":")
        table: MutableMapping[str, Any] = getattr(
            importlib.import_module(f"chalkgrad.{module_name}"), name
        )
        if self.key not in table:
            raise StaleError(f"{self.where} no longer has {self.key!r}")
        saved = dict(table)
        if self.value is None:
            del table[self.key]
        else:
            table[self.key] = self.value(saved[self.key]) if callable(self.value) else self.value
        try:
            yield
        finally:
            table.clear()
            table.update(saved)


@dataclass(frozen=True)
class Both:
    """Two plants, where the engine has two mends for one fault."""

    one: Edit | Swap
    other: Edit | Swap

    @property
    def where(self) -> str:
        return self.one.where

    @contextmanager
    def planted(self) -> Iterator[None]:
        with self.one.planted(), self.other.planted():
            yield


@dataclass(frozen=True)
class Fault:
    """``what``: the kind of fault that it stands for."""

    name: str
    what: str
    plant: Edit | Swap | Both

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The engine with the fault; what it remembers is forgotten before and after."""
        if self.in_printer:
            with self.plant.planted():
                yield
            return
        forget()
        try:
            with self.plant.planted():
                yield
        finally:
            forget()

    @property
    def in_printer(self) -> bool:
        """Is it in `codegen`, which remembers nothing, and works on what `derive` made?"""
        return self.plant.where.startswith("codegen")


def _engine() -> list[Any]:
    return [m for name, m in list(sys.modules.items())
            if name.startswith("chalkgrad.") and m is not None]  # fmt: skip


def _holders(function: Any) -> list[tuple[Any, str]]:
    """The modules that hold a function under some name: ``from x import f`` makes a second one."""
    return [(m, key) for m in _engine() for key, value in list(vars(m).items())
            if value is function]  # fmt: skip


@contextmanager
def _set(changes: list[tuple[Any, str, Any]]) -> Iterator[None]:
    saved = [(owner, key, inspect.getattr_static(owner, key)) for owner, key, _ in changes]
    try:
        for owner, key, value in changes:
            setattr(owner, key, value)
        yield
    finally:
        for owner, key, value in saved:
            setattr(owner, key, value)


def forget() -> None:
    """Clear every cache of the derivation: what is remembered was made by another engine."""
    for module in _engine():
        if not module.__name__.startswith("chalkgrad.derive."):
            continue
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    sympy.core.cache.clear_cache()
