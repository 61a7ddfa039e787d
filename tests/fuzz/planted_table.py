"""The faults that the engine once had, each as the few words of it that were different then."""

from __future__ import annotations

from dataclasses import replace as change

from .planted_guards import FAULTS_OF_GUARDS
from .planting import Both, Fault, Swap, edit

_CONTEXT = "codegen.lowering.context:Context."
_LOWER = "codegen.lowering.lower:Lowering."

_FORMER_LOGSUMEXP = '''
def logsumexp(z, axis):
    """log(sum(exp(z))) along axis, shifted by the maximum."""
    top = z.real.max(axis=axis, keepdims=True)
    return np.log(np.exp(z - top).sum(axis=axis)) + top.squeeze(axis)
'''
_FORMER_FIRST = (
    "    here, first = tensors[e.tensor], tensors[start]",
    "    rest = (*e.indices[:k], *e.indices[k + 1 :])\n"
    "    return Read(start, rest[len(rest) - len(tensors[start].axes) :])\n"
    "    here, first = tensors[e.tensor], tensors[start]",
)

FAULTS_OF_KINDS = (
    Fault(
        "integer stays integral",
        "a whole number without axes is no float of the module",
        edit(
            _CONTEXT + "as_float",
            'if v.kind in ("float", "scalar"):',
            'if v.kind in ("float", "scalar") or (v.kind == "int" and not v.dims):',
        ),
    ),
    Fault(
        "equation stays integral",
        "an equation of whole numbers is an array of them",
        edit(
            _LOWER + "equation",
            "made if whole else self.as_float(made)",
            'self.as_float(made) if made.kind == "bool" else made',
        ),
    ),
    Fault(
        "exact zero",
        "an equation that is a number of Python's stays one",
        edit(_LOWER + "equation", '(left or made.kind == "scalar")', "left"),
    ),
    Fault(
        "number in arithmetic",
        "a number made of numbers counts as an array",
        edit(_CONTEXT + "elementwise", "kind or kind_of(vals)", 'kind or "float"'),
    ),
    Fault(
        "number in a mean",
        "the mean of numbers counts as an array",
        edit("codegen.lowering.reductions:_mean", "made.dims, made.kind)", "made.dims)"),
    ),
    Fault(
        "integers in an extremum",
        "what a reduction runs over stays integral",
        edit(
            "codegen.lowering.reductions:_masked",
            "return low.as_float(low.value(e.body))",
            "return low.value(e.body)",
        ),
    ),
    Fault(
        "constant of rank 0",
        "a constant without axes is taken for an array",
        edit(
            "codegen.lowering.windows:read",
            'if tensor.kind == "constant" and not tensor.axes:',
            "if False:",
            'and kind == "float":',
            'and kind == "float" and tensor.axes:',
        ),
    ),
    Fault(
        "step of a loop",
        "the number of a step is taken for an array",
        edit(_LOWER + "_idx", '(), "scalar")', '(), "int")'),
    ),
    Fault(
        "erf of a whole number",
        "a helper is given a whole number and computes in them",
        edit(
            _LOWER + "_constant_call",
            'if operation is Call or name == "power":',
            "if False:",
        ),
    ),
    Fault(
        "helper of a number",
        "a helper that asks for the dtype is given a number",
        edit(
            _LOWER + "_fn",
            "if operation is Call:",
            "if False:",
        ),
    ),
    Fault(
        "kink of a number",
        "the side of a constant's corner: np.sign(2.real)",
        Both(
            edit("codegen.lowering.program:_sides", " if reads_float(side, known)]", "]"),
            edit("codegen.targets.numpy.printer:_src", "if head[0].isdigit()", "if False"),
        ),
    ),
    Fault(
        "comparison of numbers",
        "Python's True counts as an array",
        edit(_LOWER + "_cmp", '"scalar" if kind_of(vals) == "scalar" else "bool"', '"bool"'),
    ),
    Fault(
        "not of an array",
        "`not` in front of a comparison of arrays, `~` of Python's True",
        edit(
            _LOWER + "_logic", 'plain = kind == "scalar"', "plain = not any(v.dims for v in vals)"
        ),
    ),
    Fault(
        "bracket beside a number",
        "a 0/1 factor beside a number becomes float64",
        edit(
            "codegen.lowering.lower:_beside_float",
            "met = vals[:k] if k else vals[1:2]",
            "met = vals",
        ),
    ),
    Fault(
        "dtype of nothing",
        "a function that reads no float has a dtype of its own",
        edit("codegen.targets.numpy.bodies:local_names", "floats or otherwise", "floats"),
    ),
    Fault(
        "unary operator over lines",
        "a long ~a breaks between the bracket and .astype",
        edit(
            "codegen.targets.numpy.layout:_broken",
            "if isinstance(obj, Op) and obj.op in UNARY:",
            "if False:",
        ),
    ),
)

FAULTS_OF_READS = (
    Fault(
        "read outside",
        "what is read wholly outside its tensor is added back by a pad of negative width",
        edit("codegen.lowering.passes.decide:_never", "return any(", "return False and any("),
    ),
    Fault(
        "gather without axes",
        "one entry at a computed place is 0 wherever the place may leave",
        edit(
            "codegen.lowering.windows:_gathered",
            "    if inside:",
            '    if not dims:\n        return Val(made if not inside else Lit("0.0"))\n'
            "    if inside:",
        ),
    ),
    Fault(
        "diagonal in a loop",
        "a diagonal read in a loop gives one axis twice",
        edit("codegen.lowering.windows:_in_loop", "if f.terms[0][0] in dims:", "if False:"),
    ),
    Fault(
        "floor in a factor",
        "[i == u//2] is taken for a place to add to",
        edit(
            "codegen.lowering.scatter:_delta", "except ChalkgradError:", "except ZeroDivisionError:"
        ),
    ),
    Fault(
        "scatter of a test",
        "0/1 values are added up as true and false",
        edit(
            "codegen.lowering.scatter:_inner",
            "made = low.as_float(low.value(body))",
            "made = low.value(body)",
        ),
    ),
)

FAULTS_OF_VALUES = (
    Fault(
        "logsumexp of nothing",
        "logsumexp over nothing but -inf is NaN",
        Swap("codegen.targets.numpy.helpers:HELPERS", "logsumexp", _FORMER_LOGSUMEXP),
    ),
    Fault(
        "slope of logsumexp of nothing",
        "exp(-inf - -inf) is NaN in the slope",
        edit(
            "derive.chainrule.calculus:_special",
            "if may_be_endless(expr.body, endless):",
            "if False:",
        ),
    ),
    Fault(
        "slope of 0**b",
        "d/db 0**b is NaN",
        Swap(
            "derive.language.functions:FUNCTIONS",
            "power",
            lambda f: change(f, derivative={**f.derivative, "b": "y*log(a)"}),
        ),
    ),
    Fault(
        "slope of leaky_relu at 0",
        "leaky_relu'(0) is 0, outside its own slopes",
        Swap(
            "derive.language.functions:FUNCTIONS",
            "leaky_relu",
            lambda f: change(f, formula="where(v > 0, v, where(v < 0, eps*v, 0))"),
        ),
    ),
    Fault(
        "clip with bounds that cross",
        "minimum(maximum(v, low), high) where low is above high",
        edit(
            "codegen.lowering.lower:_called",
            'return ("clip" if low is not None',
            'return "clip", Call\n        return ("clip" if low is not None',
        ),
    ),
)

FAULTS_OF_SPECS = (
    Fault(
        "n without samples",
        "n in a network without samples is a NameError",
        edit(
            "derive.network.checks:check_samples",
            'if any(t.kind in ("input", "target")',
            "if any(True",
        ),
    ),
    Fault(
        "name of the combined loss",
        "`loss` is taken, and so is `J`",
        edit(
            "derive.network.assemble:_final",
            'next(n for n in names if not {n, f"d{n}"} & resolved.keys())',
            '"loss" if "loss" not in resolved else "J"',
        ),
    ),
    Fault(
        "start without samples",
        "a start value with samples leaves its recurrence without",
        edit(
            "derive.network.resolve:_spread_batch",
            "[initial[eq.name]] if eq.name in initial else []",
            "[]",
        ),
    ),
    Fault(
        "start of another shape",
        "a start value is read at the last indices, samples or not",
        edit("derive.network.recurrence:_first", *_FORMER_FIRST),
    ),
    Fault(
        "computed start is unused",
        "what a start value is computed from counts as not used",
        edit("derive.network.assemble:_needs", "in initial.items()", "in ()"),
    ),
)

TABLE: dict[str, Fault] = {
    f.name: f
    for f in (*FAULTS_OF_GUARDS, *FAULTS_OF_KINDS, *FAULTS_OF_READS, *FAULTS_OF_VALUES,
              *FAULTS_OF_SPECS)
}  # fmt: skip
