"""Hostile specs through the command: one message, exit code 2, two seconds, nothing written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.paths import ROOT

SECONDS = 20.0  # of CPU: what is not bounded takes minutes, a loaded machine does not

CODE = "__import__('os').mkdir('x')"
BOMB = "a0: &a0 [1, 2]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)
)
LAYERS = "name: a\ninput: {x: [2]}\nlayers:\n"


def equations(text: str, more: str = "") -> str:
    """A spec that is right but for the text in its equations."""
    lines = "".join(f"  {line}\n" for line in text.split("\n"))
    return (
        "name: a\naxes: {k: 2}\ninput: {x: [3]}\nparameters: {W: [3, 2]}\n"
        f"{more}equations: |\n{lines}loss: L\n"
    )


def right_side(text: str) -> str:
    return equations(f"L = sum[i,j](x[i]*W[i,j]) + {text}")


def named(name: str) -> dict[str, str]:
    """One name everywhere a spec takes one."""
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    left = equations(f"{name}[j] = sum[i](x[i]*W[i,j])\nL = sum[j]({name}[j]**2)")
    index = equations(f"v[{name}] = sum[i](x[i]*W[i,{name}])\nL = sum[k](v[k]**2)")
    return {
        "name": f"name: {quoted}\nequations: L = 1\n",
        "input": f"name: a\ninput: {{{quoted}: [2]}}\nequations: L = 1\n",
        "parameter": f"name: a\nparameters: {{{quoted}: [2]}}\nequations: L = 1\n",
        "shape": f"name: a\ninput: {{x: [{quoted}]}}\nequations: L = 1\n",
        "axis": f"name: a\naxes: {{{quoted}: 2}}\nequations: L = 1\n",
        "left side": left,
        "index": index,
        "layer": LAYERS + f"  - {quoted}\n",
        "layer's name": LAYERS + f"  - dense: {{units: 2, as: {quoted}}}\n",
        "activation": LAYERS + f"  - dense: {{units: 2, activation: {quoted}}}\n",
        "local name": "name: a\ninput: {x: [2]}\ndefine:\n  f:\n    input: {x: [i]}\n"
        f"    equations: |\n      {name}[i] = x[i]\nlayers: [f]\n",
        "local parameter": "name: a\ninput: {x: [2]}\ndefine:\n  f:\n    input: {x: [i]}\n"
        f"    parameters: {{{quoted}: [i]}}\n    equations: |\n      v[i] = x[i]\nlayers: [f]\n",
        "loss": f"name: a\ninput: {{x: [2]}}\ntarget: {{y: [2]}}\nlayers: [dense: {{units: 2}}]\n"
        f"loss: {quoted}\n",
        "network": f"name: a\nnetworks: {{{quoted}: {{equations: L = 1}}}}\n",
    }


NAMES = {
    "code": CODE,
    "keyword": "lambda",
    "None": "None",
    "dunder": "__class__",
    "inner dunder": "a__b",
    "newline": "a\nimport os",
    "quotes": "a'\"b",
    "look-alike": "\u0430",  # a Cyrillic letter that looks like a
    "Greek": "\u03c3",
    "full width": "\uff41",
    "parent": "../../x",
    "LaTeX": "\\input{x}",
    "template": "{{ x }}",
}
PLACES = tuple(named("a"))

CASES = {
    "code in a right side": right_side(CODE),
    "code in a function": right_side("exec(1)"),
    "attribute": right_side("x.__class__"),
    "code in a size": f'name: a\naxes: {{k: "{CODE}"}}\nequations: L = 1\n',
    "code in values": f'name: a\ninput: {{x: []}}\nequations: L = x\nvalues: {{x: "{CODE}"}}\n',
    "tag": "name: !!python/object/apply:os.mkdir [x]\n",
    "tower": right_side("9**9**9**9"),
    "tower in a size": 'name: a\naxes: {k: "9**9**9**9"}\ninput: {x: [k]}\nequations: L = 1\n',
    "powers in a size": 'name: a\naxes: {k: "999**60"}\ninput: {x: [k]}\nequations: L = 1\n',
    "power of a power": right_side("((9**99)**99)**99"),
    "root of a huge number": right_side("(1e400)**400"),
    "100,000 minus signs": right_side("-" * 100_000 + "1"),
    "100,000 nots": right_side("(" + "not " * 100_000 + "1 < 2)"),
    "200,000 brackets": right_side("(" * 200_000 + "1" + ")" * 200_000),
    "200,000 square brackets": right_side("x[" * 200_000),
    "200,000 calls": right_side("exp(" * 200_000),
    "50,000 divisions": right_side("1" + "/2" * 50_000),
    "50,000 powers": right_side("1" + "**2" * 50_000),
    "50,000 comparisons": right_side("(" + "".join(f"{k}<" for k in range(50_000)) + "1)"),
    "50,000 indices": right_side("x[" + "0," * 50_000 + "0]"),
    "50,000 bound indices": right_side("sum[" + ",".join(f"i{k}" for k in range(4_900)) + "](1)"),
    "5,000 fractions": right_side("+".join(f"1/{k}" for k in range(3, 5_003))),
    "a million characters": right_side("x[0]*" * 200_000 + "1"),
    "a million signs": right_side("+" * 1_000_000 + "1"),
    "a long name": right_side("a" * 1_000_000),
    "a long number": right_side("9" * 1_000_000),
    "a huge exponent": right_side("1e" + "9" * 1_000),
    "a million equations": equations("a=1;" * 1_000_000),
    "100,000 equations": equations("".join(f"a{k}=1;" for k in range(100_000)) + "L=1"),
    "a chain in a circle": equations(
        "".join(f"a{k}=a{k + 1};" for k in range(4_900)) + "a4900=a0;L=a0"
    ),
    "one of 4,900 names": equations("".join(f"a{k}=1;" for k in range(4_900)) + "L=b0"),
    "5,000 short layers": "name: a\ninput: {x: [2]}\nlayers:\n" + "  - relu\n" * 5_000,
    "a divided by zero": right_side("x[0]/0"),
    "a power of zero": right_side("0**-1"),
    "half of a number": right_side("x[0]//2"),
    "60 sums": right_side("sum[i](x[i]*" * 55 + "1" + ")" * 55),
    "a number beyond a float": right_side("1e400*x[0]"),
    "5,000 layers": "name: a\ninput: {x: [2]}\nlayers:\n" + "  - dense: {units: 2}\n" * 5_000,
    "alias bomb": "name: a\n" + BOMB,
    "self-reference": "name: a\nvalues: &v {x: *v}\n",
    "duplicate keys": "name: a\nname: b\n",
    "negative size": "name: a\ninput: {x: [-3]}\nequations: L = 1\n",
    "fractional size": "name: a\ninput: {x: [2.5]}\nequations: L = 1\n",
    "half a size": 'name: a\naxes: {k: "3/2"}\ninput: {x: [k]}\nequations: L = sum[k](x[k])\n',
    "no size left": 'name: a\naxes: {k: "2 - 3"}\ninput: {x: [k]}\nequations: L = sum[k](x[k])\n',
    "size 10**12": f"name: a\ninput: {{x: [{10**12}]}}\nequations: L = sum[k](x[k])\n",
    "size 10**12 in a layer": LAYERS + f"  - dense: {{units: {10**12}}}\n",
    "entries 10**18": f"name: a\ninput: {{x: [{10**9}, {10**9}]}}\n"
    "equations: L = sum[i,j](x[i,j])\n",
    "a huge kernel": "name: a\ninput: {x: [1, 9, 9]}\nlayers: [conv2d: {out: 2, k: 1000000000}]\n",
    "null character": "name: a\0b\n",
    "binary": "\udcff\udcfe",
    "empty": "",
}


@dataclass
class Run:
    """What one run of the command did."""

    code: int
    seconds: float
    stdout: str
    stderr: str
    written: list[str]


def build(spec: str, folder: Path) -> Run:
    """``chalkgrad build`` on a spec file, from an empty working directory."""
    work = folder / "work"
    work.mkdir()
    (folder / "spec.yaml").write_bytes(spec.encode("utf-8", "surrogateescape"))
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "chalkgrad.codegen.command.main",
                    "build",
                    "../spec.yaml",
                    "-o",
                    "out",
                ),
                *("--only", "numpy,json,latex"),
            ],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        process.returncode,
        usage.ru_utime + usage.ru_stime,
        (folder / "stdout").read_text("utf-8"),
        (folder / "stderr").read_text("utf-8"),
        sorted(p.relative_to(folder).as_posix() for p in work.rglob("*")),
    )


def refused(run: Run) -> str:
    assert run.code == 2, run
    assert run.written == [], run
    assert run.stdout == "", run
    assert run.stderr.startswith("error: "), run
    assert run.stderr.count("error: ") == 1, run
    assert "Traceback" not in run.stderr, run
    assert len(run.stderr) < 2000, run
    assert all(c.isprintable() or c == "\n" for c in run.stderr), run
    assert run.seconds < SECONDS, run
    return run.stderr


@pytest.mark.parametrize("case", CASES)
def test_hostile_specs_are_refused(case: str, tmp_path: Path):
    message = refused(build(CASES[case], tmp_path))
    # a file, and in it a line or a field
    assert re.match(r"error: \S*spec\.yaml(:\d+:\d+)?(: |\n|$)", message), message
    assert case in ("binary", "empty") or len(message.split(": ", 2)) == 3, message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["name", "left side", "index", "layer's name", "local name"])
def test_hostile_names_are_refused(name: str, place: str, tmp_path: Path):
    refused(build(named(NAMES[name])[place], tmp_path))


@pytest.mark.parametrize("place", PLACES)
def test_a_path_is_no_name_anywhere(place: str, tmp_path: Path):
    refused(build(named("../../x")[place], tmp_path))


@pytest.mark.parametrize("title", ["\\input{/etc/passwd} \\write18{mkdir x}", "$\\def\\x{\\x}\\x$"])
def test_latex_in_a_title_is_inert(title: str, tmp_path: Path):
    run = build(equations("L = sum[i,j](x[i]*W[i,j])", f"title: '{title}'\n"), tmp_path)
    assert run.code == 0, run
    text = (tmp_path / "work/out/a.tex").read_text("utf-8")
    for command in ("\\input{/", "\\write", "\\def\\x"):
        assert command not in text
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "work/x").exists()


def test_a_right_spec_builds(tmp_path: Path):
    """The positive control: the frame of the cases above is no fault."""
    run = build(right_side("x[0]*W[0,1]"), tmp_path)
    assert run.code == 0, run
    assert {"work/out/a.py", "work/out/a.json", "work/out/a.tex"} <= set(run.written)
    assert run.stderr == ""
