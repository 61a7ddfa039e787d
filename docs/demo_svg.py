"""Draw docs/demo.svg: a derivation in the terminal, as rich renders it. Run by `make picture`."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

from rich.console import Console

from chalkgrad.codegen.command.build import build_specs

HERE = Path(__file__).resolve().parent
TITLE = "chalkgrad build n232 --show"


def main() -> None:
    console = Console(
        record=True,
        width=100,
        file=io.StringIO(),
        force_terminal=True,
        markup=False,
        highlight=False,
        emoji=False,
    )
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        ok = build_specs(["n232"], None, ["numpy"], [], console, show=True)
    if not ok:
        raise SystemExit("the demo's module failed its check: no picture")
    svg = console.export_svg(title=TITLE, unique_id="demo")
    # The reader's own monospace font serves; a picture in a README loads none from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (HERE / "demo.svg").write_text(svg, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
