"""What a preset may say. A template is read as every formula is: it cannot bring in TeX commands.

Presets are data, also those that a person writes, and what a spec brings is not trusted: a
template holds letters, digits, a few signs, placeholders, ``\\bold`` (whole tensors, as the preset
writes them) and what a formula may hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from ...derive.language.errors import ChalkgradError, suggest
from ...derive.spec.definition import Model
from ...derive.spec.faults import first_fault
from ...derive.spec.fields import field_path, refuse, shown
from ...derive.spec.models import Edges
from ..formula.tree.nodes import marks
from ..formula.tree.reader import formula
from .roles import ROLES

PLACES = ("s", "l", "n", "u", "i")
MAX_TEMPLATE = 80

_LETTERS = re.compile(r"(?:<[a-z]>|\\(?! )|[A-Za-z0-9 ()\[\],.;:'*+\-/|=!{}^_])*")
_PLACE = re.compile(r"<([a-z])>")
_BOLD = re.compile(r"\\bold(?![a-z])")


def template(value: object) -> str:
    """A template of symbols; anything that TeX could act on is refused."""
    if not isinstance(value, str):
        raise refuse(f"a template is text; got {shown(value)}")
    if len(value) > MAX_TEMPLATE:
        raise refuse(f"a template has at most {MAX_TEMPLATE} characters; got {shown(value)}")
    if (found := _LETTERS.match(value)) and found.end() < len(value):
        raise refuse(f"a template may not hold {shown(value[found.end()])}; got {shown(value)}")
    if any(place not in PLACES for place in _PLACE.findall(value)):
        known = ", ".join(f"<{p}>" for p in PLACES)
        raise refuse(f"a template knows {known}; got {shown(value)}")
    try:
        made = formula(_BOLD.sub(r"\\mathbf", _PLACE.sub("{n}", value)))
    except ChalkgradError as e:
        raise refuse(f"{e.what}; got {shown(value)}", hint=e.hint) from None
    if any(marks(made)):
        raise refuse(f"a template may not hold a mark of chalkgrad's own; got {shown(value)}")
    return value


def plain(value: object) -> str:
    """A name for the terminal: a few printable characters."""
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 20:
        raise refuse(f"a plain name is a short printable text; got {shown(value)}")
    return value


def role_name(value: object) -> str:
    if value not in ROLES:
        hint = suggest(value, ROLES) if isinstance(value, str) else ""
        raise refuse(f"there is no role {shown(value)}", hint=hint)
    return str(value)


def _matching(pattern: str, what: str) -> Callable[[object], str]:
    """Takes a text that the whole pattern matches, and refuses all else as ``what``."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise refuse(f"{what}; got {shown(value)}")
        return value

    return check


_key = _matching(r"[A-Za-z][A-Za-z0-9_]{0,63}", "a name begins with a letter")
_function = _matching(  # in print: <…> stands below the line
    r"[A-Za-z0-9 _\-<>]{1,40}", "a function's name has letters, digits, - and <low>"
)
_accent = _matching(
    r"\\(hat|tilde|bar|vec|dot|ddot|widehat|widetilde|overline)",
    r"an accent is one of \hat, \tilde, \bar, …",
)
Template = Annotated[str, BeforeValidator(template)]
Accent = Annotated[str, BeforeValidator(_accent)]
Plain = Annotated[str, BeforeValidator(plain)]
Key = Annotated[str, BeforeValidator(_key)]
RoleName = Annotated[str, BeforeValidator(role_name)]


class Role(Model):
    """How the tensors of one role are written. Without a letter they keep their own names."""

    letter: Template | None = None
    """The letter that replaces the network's own name."""
    entry_letter: Template | None = None
    """The letter of one entry, where it differs."""
    plain: Plain | None = None
    """The letter in the terminal, where the template's letters do not say it."""
    accent: Accent | None = None
    """An accent over the letter, such as \\hat."""
    whole: Template | None = None
    """The whole tensor: <s> letter, <l> layer mark, <n> layer number, <u> layer name."""
    entry: Template | None = None
    """One entry, with <i> for its indices."""
    offset: Annotated[int, Field(ge=-9, le=9)] = 0
    """Added to the number of the layer (0: the first layer with weights)."""
    number: Literal["always", "several", "never"] = "always"
    """Whether the layer is marked; `several`: only where more than one tensor has this role."""


class Notation(Model):
    """A preset: how a book or a lecture writes a network. Everything else is derived."""

    name: Annotated[str, Field(max_length=60)] = "own"
    """What the preset is called."""
    about: Annotated[str, Field(max_length=400)] = ""
    """One line on its conventions."""
    source: Annotated[str, Field(max_length=400)] = ""
    """The text it follows."""
    index_base: Literal[0, 1] = 0
    """The number of the first entry, and of the first class."""
    entry: Literal["from_to", "to_from"] = "from_to"
    """The order of a weight's indices; the arrays are stored (in, out)."""
    vectors: Literal["row", "column", "scalar"] = "row"
    """xW + b, or Wx + b; `scalar`: entries only, no matrix level."""
    product: Template = r"\times"
    """Between the factors of a chain."""
    multiply: Template = ""
    """Between two factors of a formula; empty: side by side."""
    elementwise: Template = r"\odot"
    """The product entry by entry."""
    transpose: Template = r"\top"
    """The mark of a transpose, raised."""
    derivative: Literal["partial", "delta", "d", "nabla"] = "partial"
    """∂L/∂W; δ for pre-activations; dW; ∇_W L for whole tensors."""
    decimal: Literal[".", "{,}"] = "."
    """The decimal sign; the language may override it."""
    layer: Template = "^{<n>}"
    """How a layer is marked, <n> is its number or name."""
    named_layers: bool = False
    """Layers are called h and o (or as in the spec) instead of numbered."""
    bold: Literal["upright", "italic", "none"] = "upright"
    """Whole tensors in bold."""
    own_number: Literal["superscript", "subscript"] = "subscript"
    """Where the number of a name that a person chose stands: w_0."""
    drop_single: bool = False
    """An index that takes one value only is not written."""
    entry_letters: dict[Key, Template] = Field(default_factory=dict)
    """Letter of a whole tensor -> letter of one entry."""
    letters: dict[Key, Template] = Field(default_factory=dict)
    """Letters of a name in the code -> LaTeX."""
    names: dict[Key, Template] = Field(default_factory=dict)
    """A tensor's name -> LaTeX, for what no rule gets right."""
    plain_names: dict[Key, Plain] = Field(default_factory=dict)
    """A tensor's name -> plain text for the terminal."""
    output_accent: Accent = r"\hat"
    """Carried by an output that has the letter of the target."""
    functions: dict[Key, Annotated[str, BeforeValidator(_function)]] = Field(default_factory=dict)
    """Function of the language -> its name in print."""
    activation: Template = "g"
    """The activation of a general layer."""
    one_letter: bool = False
    """Lectures write this letter for the activation of a network that has only one."""
    rate: Template = r"\eta"
    """The learning rate."""
    general: tuple[Template, Template] = ("l", "L")
    """The letters of a general layer and of the last one."""
    edges: Edges | None = None
    """Numbers for the weights, where the spec gives none."""
    symbols: dict[RoleName, Role] = Field(default_factory=dict)
    """Role -> how its tensors are written."""

    @property
    def times(self) -> str:
        """The sign between two numerals: that of a chain where it can be seen, else a dot."""
        return self.product if self.product.strip(r"\,;:! ") else r"\cdot"


def checked(data: dict[str, Any], where: str) -> Notation:
    """A preset from its data. Raises ChalkgradError with the field that is wrong."""
    if isinstance(data.get("general"), list):
        data = {**data, "general": tuple(data["general"])}
    try:
        return Notation.model_validate(data)
    except ValidationError as errors:
        what, path, hint, _ = first_fault(errors)
    raise ChalkgradError(what, where=": ".join(filter(None, (where, field_path(path)))), hint=hint)
