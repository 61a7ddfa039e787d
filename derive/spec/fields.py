"""What one value of a spec may be: names, sizes, shapes, numbers, things named with options.

Every check takes the value as loaded and returns what the models keep, or refuses it with the
path below the field. A name becomes part of generated files, so the rule for names is strict.
"""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic_core import PydanticCustomError

from ..language import names
from ..language.errors import ChalkgradError

MAX_SIZE = 10**9
MAX_NAME = 64
MAX_LAYERS = 2_000
MAX_FLOAT = 10**308

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_SIZE_TEXT = re.compile(r"[A-Za-z0-9_+\-*/%(). ]+\Z")


def refuse(what: str, *path: str | int, hint: str = "") -> PydanticCustomError:
    """The fault ``what`` at ``path`` below the field that is being checked."""
    return PydanticCustomError("spec", "{what}", {"what": what, "path": path, "hint": hint})


def field_path(path: Iterable[str | int]) -> str:
    """``("layers", 1, "dense")`` -> ``layers[1].dense``."""
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{clip(p)}" for p in path)
    return text.removeprefix(".")


def clip(text: str) -> str:
    """A key for a message: itself when it is a plain word, else short and escaped."""
    return text if KEY.match(text) and len(text) <= MAX_NAME else shown(text)


def plain_error(error: PydanticCustomError) -> ChalkgradError:
    """A fault of this module as the exception of the project."""
    about: dict[str, Any] = error.context or {}
    return ChalkgradError(about["what"], where=field_path(about["path"]), hint=about["hint"])


def shown(value: object) -> str:
    """A value for a message: short, on one line, look-alike letters as escapes."""
    text = str(value) if isinstance(value, Decimal | Fraction) else ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


# --- names, sizes, numbers ---------------------------------------------------------------------


def check_name(value: object, what: str = "name", *path: str | int) -> str:
    """A name of the equation language and of Python; the fault says what is wrong with it."""
    if not isinstance(value, str):
        raise refuse(f"a {what} is text; got {shown(value)}", *path)
    if rule := _broken_rule(value):
        raise refuse(f"a {what} {rule}; got {shown(value)}", *path)
    if keyword.iskeyword(value):
        raise refuse(f"{shown(value)} is a word of Python, it cannot be a {what}", *path)
    return value


def is_name(text: str) -> bool:
    """Whether `check_name` would take ``text``."""
    return not _broken_rule(text) and not keyword.iskeyword(text)


def _broken_rule(text: str) -> str:
    if len(text) > MAX_NAME:
        return f"has at most {MAX_NAME} characters"
    if not _NAME.match(text):
        return "begins with a letter and has only ASCII letters, digits and _"
    return "has no double underscore" if "__" in text else ""


def tensor_name(value: object) -> str:
    name = check_name(value, "tensor name")
    if wrong := names.tensor_fault(name):
        raise refuse(wrong, hint="rename it")
    return name


def tensor_names(value: object) -> list[str]:
    """One name or several, each once."""
    made = (
        [check_name(v, "tensor name", i) for i, v in enumerate(value)]
        if isinstance(value, list)
        else [check_name(value, "tensor name")]
    )
    if len(set(made)) < len(made) or not made:
        raise refuse("outputs are different tensors", hint="output: [v, p]")
    return made


def axis_name(value: object) -> str:
    name = check_name(value, "axis name")
    if name == "n":
        raise refuse("'n' is the batch axis, it has no size in a spec", hint="use another letter")
    return name


def module_name(value: object) -> str:
    name = check_name(value, "name")
    if name in sys.stdlib_module_names or name == "numpy":
        what = f"a file {name}.py would hide Python's own module '{name}'"
        raise refuse(what, hint=f"for example my_{name}")
    return name


def network_key(value: object) -> str:
    """Becomes the end of a module's name, so `and` and `or` are as good as any."""
    if isinstance(value, str) and keyword.iskeyword(value):
        return value
    return check_name(value, "network name")


def size(value: object, *path: str | int) -> int | str:
    """A positive whole number, or a name that stands for one."""
    if isinstance(value, str):
        return check_name(value, "size (a whole number or a name)", *path)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIZE:
        return value
    raise refuse(f"a size is a whole number from 1 to 10**9 or a name; got {shown(value)}", *path)


def axis_size(value: object) -> int | str:
    """A size, the axis this one is a twin of, or arithmetic over sizes (the parser reads it)."""
    if not isinstance(value, str):
        return size(value)
    if len(value) > 200 or "__" in value or not _SIZE_TEXT.match(value):
        raise refuse(f"a size is a number, a name or arithmetic; got {shown(value)}")
    return value


def shape(value: object) -> list[int | str]:
    if not isinstance(value, list):
        raise refuse(f"a shape is a list such as [3, k]; got {shown(value)}")
    made = [v if v == "..." else size(v, i) for i, v in enumerate(value)]
    if "..." in made[1:]:
        raise refuse("`...` stands first in a shape")
    if "n" in made:
        hint = "declare the shape of one sample"
        raise refuse("'n' is the batch axis and comes by itself", made.index("n"), hint=hint)
    return made


def numbers(value: object, *path: str | int) -> Any:
    """A number or nested lists of them, every list of one level of the same length."""
    return _nested(value, path)[0]


def number(value: object) -> int | Decimal | Fraction:
    """One exact number."""
    if isinstance(value, list):
        raise refuse(f"one number is needed; got {shown(value)}")
    one: int | Decimal | Fraction = numbers(value)
    return one


def _nested(value: object, path: tuple[str | int, ...]) -> tuple[Any, tuple[int, ...]]:
    if isinstance(value, list):
        made, shapes = [], set[tuple[int, ...]]()
        for i, item in enumerate(value):
            inner, shape = _nested(item, (*path, i))
            made.append(inner)
            shapes.add(shape)
            if len(shapes) > 1:
                raise refuse("the rows of a list differ in length", *path, i)
        return made, (len(made), *(shapes.pop() if shapes else ()))
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        if not -MAX_FLOAT <= value <= MAX_FLOAT:
            raise refuse("the number is too large for a float", *path)
        return value, ()
    hint = "a decimal such as 0.5" if isinstance(value, str) else ""
    raise refuse(f"a number is needed; got {shown(value)}", *path, hint=hint)


INITIAL = ("zeros", "ones", "fan_in")


def initial(value: object) -> str | int | Decimal | Fraction:
    """How a parameter is filled before training: a word or one number."""
    if isinstance(value, str):
        if value not in INITIAL:
            raise refuse(f"one of {', '.join(INITIAL)} or a number; got {shown(value)}")
        return value
    return number(value)


def batches(value: object) -> Any:
    if not isinstance(value, list) or not value:
        raise refuse("several samples are a list, batch first")
    return numbers(value)


def options(value: object, *path: str | int) -> dict[str, Any]:
    """The options of a layer, a loss, a page: names to text, numbers, lists, mappings."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refuse(f"options are a mapping; got {shown(value)}", *path)
    return {option_key(k, *path): option(v, *path, k) for k, v in value.items()}


def option_key(value: object, *path: str | int) -> str:
    if not isinstance(value, str) or len(value) > MAX_NAME or not KEY.match(value):
        raise refuse(f"an option's name is a word; got {shown(value)}", *path)
    return value


def option(value: object, *path: str | int) -> Any:
    if isinstance(value, dict):
        return options(value, *path)
    if isinstance(value, list):
        return [option(item, *path, i) for i, item in enumerate(value)]
    if isinstance(value, int) and abs(value) > MAX_SIZE:
        raise refuse(f"a whole number in an option is at most 10**9; got {shown(value)}", *path)
    return value


# --- things named with options: `dense`, `{dense: {units: 3}}` -----------------------------------


@dataclass(frozen=True)
class Use:
    """A loss, penalty, update or page by name. ``bare``: written as a text, without options."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    bare: bool = False


@dataclass(frozen=True)
class LayerUse:
    """One item of ``layers:``; ``sources`` empty means the layer before (or the input)."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    alias: str | None = None
    share: str | None = None


def named(value: object, what: str, *path: str | int) -> tuple[str, Any]:
    if isinstance(value, str):
        return check_name(value, what, *path), None
    if not isinstance(value, dict) or len(value) != 1:
        hint = f"`- name` or `- name: {{option: value}}`; got {shown(value)}"
        raise refuse(f"one {what} is a name, or one name with its options", *path, hint=hint)
    ((name, given),) = value.items()
    return check_name(name, what, *path), options(given, *path, name)


def use(what: str) -> Callable[..., Use]:
    def check(value: object, *path: str | int) -> Use:
        name, given = named(value, what, *path)
        return Use(name, given or {}, bare=isinstance(value, str))

    return check


def uses(what: str) -> Callable[[object], list[Use]]:
    def check(value: object) -> list[Use]:
        if isinstance(value, list):
            return [use(what)(item, i) for i, item in enumerate(value)]
        if isinstance(value, dict):
            return [use(what)({name: given}) for name, given in value.items()]
        return [use(what)(value)]

    return check


def layers(value: object) -> list[LayerUse]:
    if not isinstance(value, list) or len(value) > MAX_LAYERS:
        raise refuse(f"layers are a list of at most {MAX_LAYERS}; got {shown(value)}")
    return [_layer(item, i) for i, item in enumerate(value)]


def _layer(value: object, index: int) -> LayerUse:
    kind, given = named(value, "layer", index)
    own = dict(given or {})
    read = own.pop("from", [])
    names = {key: own.pop(key, None) for key in ("as", "share")}
    sources = read if isinstance(read, list) else [read]
    for key, word in (*(("from", s) for s in sources), *names.items()):
        if word is not None or key == "from":
            check_name(word, "name of a tensor or a layer", index, kind, key)
    return LayerUse(kind, own, tuple(sources), names["as"], names["share"])


def deck(value: object) -> list[Any]:
    """Pages, kept as written for the lecture printers: text or a one-key mapping each."""
    if not isinstance(value, list):
        raise refuse(f"a deck is a list of pages; got {shown(value)}")
    for i, page in enumerate(value):
        if isinstance(page, dict) and len(page) == 1:
            ((name, given),) = page.items()
            check_name(name, "page", i)
            option(given, i, name)
        else:
            named(page, "page", i)
    return value


def localized(value: object) -> str | dict[str, str]:
    """A text, or one text per language."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or not value:
        raise refuse(f"a text is needed, or one per language; got {shown(value)}")
    for lang, text in value.items():
        language(lang)
        if not isinstance(text, str):
            raise refuse(f"a text is needed; got {shown(text)}", lang)
    return value


def language(value: object) -> str:
    if not isinstance(value, str) or not re.match(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z", value):
        raise refuse(f"a language is a code such as en or pt; got {shown(value)}")
    return value


def one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]
