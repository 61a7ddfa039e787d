"""What the generator writes in front of the parts: declared here for the type checker only."""

from __future__ import annotations

from typing import Any

model: Any = None  # the module NAME.py beside the program
NAME = ""
RULE = ""  # the update rule with its numbers
RATE = 0.0
LOSS: tuple[str, ...] = ()  # the equations from the outputs to the loss
INPUTS: tuple[str, ...] = ()  # names in the order of the module's arguments
TARGETS: tuple[str, ...] = ()
OUTPUTS: dict[str, tuple[int, ...]] = {}  # what predict returns: shape of one sample
CLASSES: dict[str, int] = {}  # targets that a file may give as labels: number of classes
INTEGERS: dict[str, int] = {}  # tensors of whole numbers: they are below this
MASKS: dict[str, float] = {}  # inputs that the program draws (dropout): share of zeros
METRIC = ""  # classes | logits | halves | "": how predictions are judged
SCORED = ""  # the target that predictions are judged by
SUMMED = False  # the loss of a batch is the sum over its samples (else their mean)
CHUNK = 0  # samples that are measured at once
STOP = ""  # the condition that ends a run
DRAWN: tuple[str, ...] = ()  # parameters that the spec gives no numbers for
START: str | None = None  # what a run starts from: example, random, or by its data
NETWORK: dict[str, Any] = {}  # what a file of weights remembers of the network


def rate_at(t: int, epoch: int, rate: float) -> float:
    raise NotImplementedError


def first_state(params: Any) -> dict[str, dict[str, Any]]:
    raise NotImplementedError


def step(params: Any, state: Any, data: Any, t: int, rate: float) -> tuple[Any, Any, Any, Any]:
    raise NotImplementedError


def stopped(params: Any, *data: Any) -> bool:
    raise NotImplementedError
