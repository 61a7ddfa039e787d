"""The key ``train:`` of a spec: how a run over data goes, whatever rule makes its steps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from . import definition as m
from .fields import refuse, shown

MAX_EPOCHS = 1_000_000
_BATCH = {"anyOf": [{"type": "integer", "minimum": 0}, {"const": "all"}]}


def _batch(value: object) -> int:
    """A number of samples; 0 stands for all of them, as on the command line."""
    if value == "all":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**9:
        raise refuse(f"batch: 32, or batch: all; got {shown(value)}")
    return value


def _share(value: object) -> float:
    """A share of the samples, below 1."""
    if isinstance(value, bool | str | list | dict):
        raise refuse(f"a share from 0 up to 0.9; got {shown(value)}")
    share = float(value)  # type: ignore[arg-type]
    if not 0 <= share <= 0.9:
        raise refuse(f"a share from 0 up to 0.9; got {shown(value)}")
    return share


class Train(m.Model):
    """A run over data: what the generated program and ``chalkgrad train`` start with."""

    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 100
    """How often every sample is seen."""
    batch: Annotated[int, PlainValidator(_batch), WithJsonSchema(_BATCH)] = Field(
        default=32, json_schema_extra={"default": 32}
    )
    """The samples of a mini-batch, or `all`, which is 0 (the default of second-order rules)."""
    shuffle: bool = True
    """Mix the samples anew in every epoch."""
    validation: Annotated[
        Any, PlainValidator(_share), WithJsonSchema({"type": "number", "minimum": 0})
    ] = 0.0
    """The share of the samples that is held out to judge by."""
    patience: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] | None = None
    """Stop after so many epochs without a smaller validation loss (without one: training loss)."""
    stop: Annotated[str, Field(max_length=1000)] | None = None
    """A condition of the equation language that ends the run, such as abs(f - t) < 1e-4."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Of the initial parameters, the split and the order of the samples."""
    start: Literal["example", "random"] | None = None
    """The parameters of `values:` or those of `init:`; by default the example's where the run has
    no other data."""
    precision: Literal["float64", "float32"] = "float64"
    """Of the parameters and the data."""
