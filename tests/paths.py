"""Where things lie that many tests read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "derive" / "examples"
SPECS = ROOT / "tests" / "specs"
CASES = ROOT / "tests" / "cases"
HANDWRITTEN = ROOT / "tests" / "handwritten"
