"""The library: every common mistake as an entry, with the lecture in which it was printed."""

from __future__ import annotations

from . import chain, numbers, optimizers
from .planted import Mistake

LIBRARY: tuple[Mistake, ...] = (
    Mistake("one_path", chain.one_path, "classic"),
    Mistake("wrong_transpose", chain.wrong_transpose, "004: δ and w without transpose"),
    Mistake("wrong_layer", chain.wrong_layer, "000: ∂v⁰/∂y⁰ in the chain of y⁰"),
    Mistake("updated_weights", chain.updated_weights, "002's source: 0.291027924"),
    Mistake("half_or_mean", numbers.half_or_mean, "classic"),
    Mistake("bias_column", chain.bias_column, "003: the bias inside w"),
    Mistake("wrong_sign", chain.wrong_sign, "classic"),
    Mistake("derivative_twice", chain.derivative_twice, "004: activation(Out, True)"),
    Mistake("quotient_sign", chain.quotient_sign, "004: tanh'"),
    Mistake("swapped_digits", numbers.swapped_digits, "000's chalkboard: 0.9606 for 0.6906"),
    Mistake("early_rounding", numbers.early_rounding, "002: truncated on the way"),
    Mistake("absolute_loss", numbers.absolute_loss, "003: the loss is 0.3"),
    Mistake("stale_state", optimizers.stale_state, "002: Adagrad, RMSprop, Adam", of="optimizers"),
    Mistake("adam_power", optimizers.adam_power, "002: M/(1 − β₁)", of="optimizers"),
    Mistake("rate_as_decay", optimizers.rate_as_decay, "002: RMSprop's λ", of="optimizers"),
)
