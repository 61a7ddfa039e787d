"""What every item of ``deck:`` may say; the items have options of their own beside it.

An item is a word (``title``) or a word with its options (``gradients: {of: main, wrt: [W1]}``);
where an item has one main option, its value may stand alone (``functions: [sigmoid, relu]``).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from ...derive.spec.definition import Localized, Model
from ...derive.spec.fields import one_or_more


class _Alone:
    """Says in the JSON Schema that one part may stand without the list round it."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        whole = handler(core)
        return {"anyOf": [whole["items"], whole]}


ONE_OR_MORE = (BeforeValidator(one_or_more), _Alone())
Words = Annotated[list[str], *ONE_OR_MORE]


class Item(Model):
    """What every item may say. ``main`` is the option whose value may stand alone."""

    main: ClassVar[str] = ""
    title: Localized = None
    """Another title for its pages."""
    notes: Localized = None
    """Speaker's notes of its first page."""


class OfNetwork(Item):
    """An item about one network."""

    main: ClassVar[str] = "of"
    of: str | None = None
    """The key of a network; without it the main (or the first) one."""
    blank: bool = False
    """Leave an empty work area instead of the calculation."""
