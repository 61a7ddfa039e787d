"""What a change of mind in a spec changes, read off the manifests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pages_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Ids of the pages that two manifests do not have in common, in the order of the new one,
    then those that are gone. A page's number does not count."""
    before = {p["id"]: _content(p) for p in old["pages"]}
    after = {p["id"]: _content(p) for p in new["pages"]}
    made = [k for k, content in after.items() if before.get(k) != content]
    return made + [k for k in before if k not in after]


def _content(page: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in page.items() if k != "page"}
