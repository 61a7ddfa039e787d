"""What the item `optimizers` of a deck may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from .....derive.spec.fields import refuse, shown
from ....deck.item import ONE_OR_MORE, Item


def _rule(use: Any) -> Any:
    """``adam``, or ``{rmsprop: {centered: true}}``."""
    if isinstance(use, str):
        return use
    if isinstance(use, Mapping) and len(use) == 1:
        ((name, options),) = use.items()
        if isinstance(name, str) and (options is None or isinstance(options, Mapping)):
            return {name: dict(options or {})}
    what = f"a rule is a name, or one name with its options; got {shown(use)}"
    raise refuse(what, hint="rmsprop: {centered: true}")


Rule = Annotated[str | dict[str, dict[str, Any]], BeforeValidator(_rule)]
Rules = Annotated[list[Rule], *ONE_OR_MORE]


class Options(Item):
    """The rules of gradient descent and its kin."""

    main: ClassVar[str] = "names"
    names: Rules = Field(default_factory=list)
    """Rules such as sgd, newton, adam, or with options, `rmsprop: {centered: true}`; in this order.
    Without it those of the lecture, where neither schedules nor modifiers are asked for."""
    schedules: bool = False
    """A page of schedules of the learning rate: formulas, and the rate over the steps."""
    modifiers: bool = False
    """A page of clipping, L1, L2 and decoupled weight decay, with numbers."""
    surface: Literal["bowl", "valley"] = "bowl"
    """The loss on which the rules are compared: a bowl, or a curved valley."""
