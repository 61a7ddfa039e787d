"""How names are written: a preset (data, in notations/) applied to the tensors of one network.

A preset holds symbol templates; `Symbols` fills them for every tensor and sees to it that two
tensors never get the same symbol. The derivation itself knows no notation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from derive.derivation import Derivation
from derive.equation import Tensor
from derive.errors import ChalkgradError, suggest
from derive.expr import Fn, Read
from derive.functions import FUNCTIONS
from derive.network import Network

from .escape import escape

_FOLDER = Path(__file__).parent / "notations"
_GREEK = """alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ
mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ
Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω"""
_WORDS = _GREEK.split()
_PLAIN = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NAME = re.compile(r"([A-Za-z]+?)(\d*)((?:_[A-Za-z0-9]+)*)\Z")


@dataclass(frozen=True)
class Notation:
    """A preset. ``symbols`` maps a role to its templates; every other field is one convention."""

    name: str
    symbols: Mapping[str, Mapping[str, Any]]
    about: str = ""
    index_base: int = 0
    entry: str = "from_to"
    vectors: str = "row"
    product: str = r"\times"
    elementwise: str = r"\odot"
    transpose: str = r"\top"
    derivative: str = "partial"
    decimal: str = "."
    layer: str = "^{<n>}"
    entry_letters: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    plain_names: Mapping[str, str] = field(default_factory=dict)
    output_accent: str = r"\hat"
    functions: Mapping[str, str] = field(default_factory=dict)


def notations() -> list[str]:
    """Names of the shipped presets."""
    return sorted(p.stem for p in _FOLDER.glob("*.yaml"))


@cache
def notation(name: str) -> Notation:
    """A shipped preset by name. Raises ChalkgradError for an unknown one."""
    if name not in notations():
        raise ChalkgradError(
            f"there is no notation '{name}'",
            where="style.notation",
            hint=suggest(name, notations()),
        )
    return Notation(**yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8")))


def split_name(name: str) -> tuple[str, str, str]:
    """Letter(s), layer number and subscript of a name such as ``W0``, ``Wq0`` and ``h_in``."""
    found = _NAME.match(name)
    if found is None:
        return name, "", ""
    stem, layer, tail = found.groups()
    parts = [p for p in tail.split("_") if p]
    if not layer and parts:  # gamma_1: the number at the very end counts the layer too
        last = re.fullmatch(r"([A-Za-z]*?)(\d+)", parts[-1])
        if last is not None and not last[1]:
            layer, parts = last[2], parts[:-1]
    if stem not in _PLAIN and re.fullmatch(r"[A-Zb][a-z]{1,2}", stem):
        stem, parts = stem[0], [stem[1:], *parts]  # Wq, bq: a letter and what it belongs to
    return stem, layer, " ".join(parts)


@dataclass(frozen=True)
class Symbol:
    """One tensor in print: LaTeX of the whole, LaTeX of an entry (with ``<i>``), and plain text."""

    whole: str
    entry: str
    plain: str
    raised: bool  # carries a superscript: a power needs parentheses

    def at(self, indices: str) -> str:
        """The entry with the given index text (LaTeX)."""
        return self.entry.replace("<i>", indices)


class Symbols:
    """The symbols of one network's tensors in one notation. ``clashes`` lists what was avoided."""

    def __init__(
        self, style: Notation, network: Network, derivation: Derivation | None = None
    ) -> None:
        self.style, self.network = style, network
        self.adjoints: dict[str, str] = {}
        if derivation is not None:
            self.adjoints = {s.equation.name: s.of for s in derivation.steps if s.of}
            self.of = derivation.of
        else:
            self.of = network.loss
        self.adjoints.setdefault(f"d{self.of}", self.of)
        self.roles = _roles(network)
        self.clashes: list[str] = []
        self.known: dict[str, Symbol] = {}
        taken: dict[str, str] = {}
        for name in self._order():
            made = self._symbol(name, own=False)
            if made.whole in taken:
                made = self._symbol(name, own=True)
            if made.whole in taken:
                self.clashes.append(f"{name} would be written like {taken[made.whole]}")
                made = _literal(name)
            taken[made.whole] = name
            self.known[name] = made

    def _order(self) -> Iterable[str]:
        return (n for n in self.network.tensors if n not in self.adjoints)

    def __getitem__(self, name: str) -> Symbol:
        if name not in self.known:
            self.known[name] = self._symbol(name, own=True)
        return self.known[name]

    def role(self, name: str) -> str:
        return self.roles.get(name, "variable")

    def _symbol(self, name: str, *, own: bool) -> Symbol:
        style = self.style
        role = self.roles.get(name, "variable")
        row = style.symbols.get(role) or style.symbols["variable"]
        stem, number, sub = split_name(name)
        if own and ("<s>" not in row["whole"]):  # a clash: the tensor's own letter instead
            row = {**row, "whole": r"\bold{<s>}<l>", "entry": "<s><l><i>"}
        letter, plain = _letter(stem)
        letter = style.letters.get(stem, letter)
        small = _letter(style.entry_letters[stem])[0] if stem in style.entry_letters else letter
        if name in style.names:
            letter = small = style.names[name]
            plain, number, sub = style.plain_names.get(name, name), "", ""
        accent = style.output_accent if self._accented(name, stem) else ""
        plain += "\u0302" if accent else ""
        shown = str(int(number) + int(row.get("offset", 0))) if number else ""
        layer = style.layer.replace("<n>", shown) if shown else ""
        low = r"\mathrm{" + escape(sub).replace(" ", ",") + "}" if sub else ""
        whole = _fill(row["whole"], letter, layer, accent) + (f"_{{{low}}}" if low else "")
        inside = f"{low},<i>" if low else "<i>"
        entry = _fill(row["entry"], small, layer, accent).replace("<i>", f"_{{{inside}}}")
        text = plain + shown.translate(_HIGH) + ("_" + sub.replace(" ", "_") if sub else "")
        text = unicodedata.normalize("NFC", text)
        return Symbol(whole, entry, text, bool(layer))

    def _accented(self, name: str, stem: str) -> bool:
        if name != self.network.output or self.roles.get(name) == "target":
            return False
        return any(split_name(t.name)[0] == stem for t in self.network.targets)


def symbols_of(d: Derivation, style: str | None = None) -> Symbols:
    """The symbols of a derivation in the notation named, or in the one its spec asks for."""
    spec = getattr(d.network.spec, "style", None)
    wanted = style or getattr(spec, "notation", None) or "mari"
    return Symbols(notation(wanted), d.network, d)


def _roles(network: Network) -> dict[str, str]:
    """What every tensor is: the templates of a preset go by role."""
    roles: dict[str, str] = {}
    activated: set[str] = set()
    hidden: set[str] = set()
    for eq in network.equations:
        known = isinstance(eq.rhs, Fn) and eq.rhs.name in FUNCTIONS
        first = eq.rhs.children()[0] if known else None
        if isinstance(first, Read):
            activated.add(first.tensor)
            hidden.add(eq.name)
    for t in network.tensors.values():
        roles[t.name] = _role(t, activated, hidden, network)
    return roles


def _role(t: Tensor, activated: set[str], hidden: set[str], network: Network) -> str:
    rank = len(t.axes) - (1 if t.batch else 0)
    if rank == 0:
        return "scalar"
    if t.kind == "parameter":
        return "bias" if t.name[0] == "b" else "weight" if rank >= 2 else "parameter"
    if t.kind in ("input", "target", "constant"):
        return t.kind
    if t.name == network.output:
        return "output"
    if t.name in activated:
        return "pre"
    return "hidden" if t.name in hidden else "variable"


def _letter(stem: str) -> tuple[str, str]:
    """LaTeX and plain text of the letters of a name."""
    if stem in _PLAIN:
        return rf"\{stem}", _PLAIN[stem]
    if len(stem) == 1 and stem.isascii() and stem.isalpha():
        return stem, stem
    return rf"\text{{\itshape {escape(stem)}}}", stem


def _fill(template: str, letter: str, layer: str, accent: str) -> str:
    def accented(made: str) -> str:
        return f"{accent}{{{made}}}" if accent else made

    if r"\bold{<s>}" in template:
        template = template.replace(r"\bold{<s>}", accented(_bold(letter)))
    return template.replace("<s>", accented(letter)).replace("<l>", layer)


def _bold(letter: str) -> str:
    """Upright bold for Latin letters, \\bm for everything else."""
    return rf"\mathbf{{{letter}}}" if letter.isalpha() else rf"\bm{{{letter}}}"


def _literal(name: str) -> Symbol:
    tex = rf"\text{{\ttfamily {escape(name)}}}"
    return Symbol(tex, f"{tex}_{{<i>}}", name, False)


def index_tex(letter: str) -> str:
    """An index letter: ``i``, ``i'``, ``i1`` and names such as ``row``."""
    found = re.fullmatch(r"([A-Za-z]+)(\d*)('*)", letter)
    if found is None:
        return rf"\text{{\itshape {escape(letter)}}}"
    stem, number, primes = found.groups()
    tex = _letter(stem)[0]
    return tex + (f"_{{{number}}}" if number else "") + primes
