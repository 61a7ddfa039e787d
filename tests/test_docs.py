"""Every example in the documentation of the language builds, and its gradients are right."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any

import pytest

from codegen.module import numpy_module
from derive.loading import build
from derive.spec import load_specs

PAGE = Path(__file__).resolve().parents[1] / "docs" / "language.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.M | re.S)


def test_the_page_has_examples_and_nothing_else_in_blocks():
    assert len(BLOCKS) >= 8
    assert {language for language, _ in BLOCKS} == {"yaml"}


@pytest.mark.parametrize("text", [text for _, text in BLOCKS], ids=lambda t: t.split("\n")[0])
def test_the_examples_build(text: str):
    (spec,) = load_specs("language.md", text=text)
    module: Any = types.ModuleType(spec.name)
    source = numpy_module(build(spec).derive())
    exec(compile(source, f"{spec.name}.py", "exec"), module.__dict__)
    errors = module.self_check()
    assert errors
    assert max(errors.values()) < 1e-9
