"""The parts of a module that handle data: argument checks, initial parameters, example data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derive.network import Network, Tensor

from .layout import call
from .lower import Lowering

if TYPE_CHECKING:
    from .program import Program


def _sizes(p: Program, t: Tensor) -> list[str]:
    low = Lowering(p.derivation.network.sizes, p.derivation.network.tensors)
    return [low.size_text(a) for a in t.axes]


def shape_text(p: Program, t: Tensor, batch: str = "N") -> str:
    texts = [batch if s == "N" else s for s in _sizes(p, t)]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def array_check() -> str:
    return '''
def _checked(name, value, shape, dtype, batch=None, below=None):
    """value as an array of that shape (None: the batch) and dtype; ValueError says what is wrong."""
    array = np.asarray(value, dtype if isinstance(value, (int, float)) and below is None else None)
    if batch is not None and array.ndim == 0 and len(shape) == 1:
        array = array.reshape(1)
    expected = tuple(batch if s is None and batch else s for s in shape)
    shown = str(tuple("N" if s is None else s for s in expected)).replace("'", "")
    fits = len(array.shape) == len(expected)
    fits = fits and all(e in (None, s) for e, s in zip(expected, array.shape, strict=True))
    if not fits or 0 in array.shape:
        raise ValueError(f"{name}: expected shape {shown}, got {array.shape}")
    if below is not None:
        if array.dtype.kind not in "iu":
            raise ValueError(f"{name}: expected integers, got {array.dtype}")
        if array.min() < 0 or array.max() >= below:
            raise ValueError(f"{name}: expected integers from 0 to {below - 1}")
    elif array.dtype != dtype:
        raise ValueError(f"{name}: expected dtype {dtype}, got {array.dtype}")
    return array
'''


def checks(p: Program, args: Sequence[str]) -> list[str]:
    """Lines that check the parameters and the arguments of forward or predict."""
    n = p.derivation.network
    lines = []
    if n.parameters:
        first = n.parameters[0].name
        lines.append(f"    dtype = np.asarray(params.{first}).dtype")
        lines.append('    if dtype not in (np.float32, np.float64):')
        lines.append(f'        raise ValueError(f"{first}: expected float32 or float64, got {{dtype}}")')
        lines.append("    params = Params(")
        for t in n.parameters:
            shape = shape_text(p, t)
            lines.append(f'        _checked("{t.name}", params.{t.name}, {shape}, dtype),')
        lines.append("    )")
    else:
        floats = [a for a in args if n.tensors[a].integer is None]
        if floats:
            lines.append(f"    dtype = np.result_type({', '.join(floats)}, np.float32)")
            lines.append("    dtype = dtype if dtype.kind == \"f\" else np.dtype(np.float64)")
    batch = "0"
    for a in args:
        t = n.tensors[a]
        shape = shape_text(p, t, "None")
        extra = ""
        if t.integer is not None:
            extra = f", below={_sizes(p, Tensor('', '', (t.integer,)))[0]}"
        dtype = "dtype" if t.integer is None else "None"
        line = f'    {a} = _checked("{a}", {a}, {shape}, {dtype}, {batch}{extra})'
        lines.append(line.replace(", 0)", ", 0)"))
        if batch == "0":
            batch = f"{a}.shape[0]"
        if t.fact == "distribution":
            lines += [
                f"    if not np.allclose({a}.sum(axis=-1), 1, atol=1e-4):",
                f'        raise ValueError("{a}: expected a distribution (its last axis sums to 1)")',
            ]
    return lines


# -- initial parameters --------------------------------------------------------------------------


def init(p: Program) -> str:
    n = p.derivation.network
    lines = [
        "def init(seed=0, dtype=np.float64):",
        '    """Random parameters: normal over the square root of the fan-in; biases zero."""',
    ]
    if any(_start(t) == "fan_in" for t in n.parameters):
        lines.append("    rng = np.random.default_rng(seed)")
    fields = []
    for t in n.parameters:
        shape = shape_text(p, t)
        start = _start(t)
        if start == "fan_in":
            sizes = [int(s) for s in _sizes(p, t)]
            fan = _fan_in(sizes)
            value = f"rng.standard_normal({shape}) / {fan}**0.5" if fan > 1 else (
                f"rng.standard_normal({shape})"
            )
            if not sizes:
                value = "np.asarray(rng.standard_normal())"
            fields.append(f"{t.name}=({value}).astype(dtype)" if "/" in value else f"{t.name}={value}.astype(dtype)")
        elif start in ("zeros", "ones"):
            fields.append(f"{t.name}=np.{start}({shape}, dtype)")
        else:
            fields.append(f"{t.name}=np.full({shape}, {float(start)!r}, dtype)")
    lines += ["    return Params(", *(f"        {f}," for f in fields), "    )"] if fields else [
        "    return Params()"
    ]
    return "\n".join(lines)


def _start(t: Tensor) -> str:
    if t.init is not None:
        return str(t.init)
    return "zeros" if t.name.startswith("b") else "fan_in"


def _fan_in(sizes: list[int]) -> int:
    """What feeds one output: for (in, out) the first axis, for kernels (out, in, k…) the rest."""
    if len(sizes) < 2:
        return 1
    if len(sizes) == 2:
        return sizes[0]
    made = 1
    for s in sizes[1:]:
        made *= s
    return made


# -- data ----------------------------------------------------------------------------------------


def example(p: Program) -> str:
    """example(): random admissible data, so that any module can be checked as it stands."""
    n = p.derivation.network
    lines = [
        "def example(seed=0, dtype=np.float64, batch=3):",
        '    """(params, (inputs and targets)): random numbers of the right shapes."""',
        "    rng = np.random.default_rng(seed)",
    ]
    if n.parameters:
        lines.append("    params = Params(")
        for t in n.parameters:
            base = "1.0" if _start(t) == "ones" else "0.0"
            shape = shape_text(p, t)
            scale = max(1, _fan_in([int(s) for s in _sizes(p, t)]))
            width = "" if scale == 1 else f" / {scale}**0.5"
            lines.append(
                f"        {t.name}=np.asarray({base} + rng.standard_normal({shape}){width}, dtype),"
            )
        lines.append("    )")
    else:
        lines.append("    params = Params()")
    args = []
    for t in (*n.inputs, *n.targets):
        lines.append(f"    {t.name} = {_random(p, t)}")
        args.append(t.name)
    inner = ", ".join(args) + ("," if len(args) == 1 else "")
    lines.append(f"    return params, ({inner})")
    return "\n".join(lines)


def _random(p: Program, t: Tensor) -> str:
    shape = shape_text(p, t, "batch")
    if t.integer is not None:
        upper = _sizes(p, Tensor("", "", (t.integer,)))[0]
        return f"rng.integers(0, {upper}, {shape})"
    if t.fact == "distribution":
        last = _sizes(p, t)[-1]
        rest = shape_text(p, Tensor("", "", t.axes[:-1]), "batch")
        return f"rng.dirichlet(np.ones({last}), {rest}).astype(dtype)"
    if t.kind == "target":
        return f"rng.uniform(0.1, 0.9, {shape}).astype(dtype)"
    return f"rng.standard_normal({shape}).astype(dtype)"


def constants(p: Program) -> list[str]:
    n = p.derivation.network
    made = []
    for t in n.constants:
        value = n.values.get(t.name)
        made.append(f"{t.name} = np.array({literal(value)}){_note(p, t)}")
    return made


def _note(p: Program, t: Tensor) -> str:
    return f"  # {shape_text(p, t)}, constant"


def literal(value: Any) -> str:
    """Nested lists of exact numbers as Python source."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(v) for v in value) + "]"
    if isinstance(value, Fraction):
        return repr(float(value))
    if isinstance(value, Decimal):
        return repr(float(value))
    return repr(value)


def worked_example(p: Program) -> list[str]:
    """worked_example(): the numbers of the spec, where it gives all of them."""
    n = p.derivation.network
    needed = [*n.parameters, *n.inputs, *n.targets]
    if not needed or any(t.name not in n.values for t in needed):
        return []
    lines = [
        "def worked_example(dtype=np.float64):",
        '    """(params, (inputs and targets)): the numbers of the spec."""',
    ]
    if n.parameters:
        lines.append("    params = Params(")
        for t in n.parameters:
            lines.append(f"        {t.name}=np.array({literal(n.values[t.name])}, dtype),")
        lines.append("    )")
    else:
        lines.append("    params = Params()")
    args = []
    for t in (*n.inputs, *n.targets):
        value = literal(n.values[t.name])
        dtype = ", dtype" if t.integer is None else ""
        lines.append(f"    {t.name} = np.array({value}{dtype})")
        args.append(t.name)
    inner = ", ".join(args) + ("," if len(args) == 1 else "")
    lines.append(f"    return params, ({inner})")
    return ["\n".join(lines)]


__all__ = ["Network", "array_check", "call", "checks", "example", "init", "worked_example"]
