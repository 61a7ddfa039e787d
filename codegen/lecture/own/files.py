"""Files beside a spec: the lecturer's own slides, themes and logos, never outside of its folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from ....derive.language.errors import ChalkgradError, suggest

MAX_BYTES = 1_000_000


def beside(folder: Path | None, name: str, where: str, *, variant: str = "") -> Path:
    """The file ``name`` of the spec's folder (or below it).

    ``variant`` is a language code: ``history.pt.md`` is taken for ``history.md`` where it is
    there. Raises ChalkgradError for a path that leads out of the folder and for a file that is
    not there, with the place that was looked at.
    """
    pure = PurePosixPath(name)
    outside = pure.is_absolute() or ".." in pure.parts or PureWindowsPath(name).drive
    if outside or "\\" in name or not name.isprintable() or not pure.parts:
        raise ChalkgradError(
            f"'{name[:80]}' is not a file in the spec's folder", where=where,
            hint="a name relative to the spec, such as history.md",
        )  # fmt: skip
    if folder is None:
        what = f"'{name[:80]}' cannot be found: the spec is not a file"
        raise ChalkgradError(what, where=where, hint="save the spec beside it")
    root = folder.resolve()
    names = [name]
    for code in dict.fromkeys((variant, variant.split("-")[0])) if variant else ():
        names.insert(len(names) - 1, str(pure.with_suffix(f".{code}{pure.suffix}")))
    for each in names:
        path = (root / each).resolve()
        if path.is_file() and path.is_relative_to(root):
            return path
    there = [p.name for p in root.glob(f"*{pure.suffix}")] if pure.suffix else []
    hint = suggest(pure.name, there) if there else "it stands beside the spec"
    raise ChalkgradError(f"there is no file '{name}' in {folder}", where=where, hint=hint)


def text_of(path: Path, where: str) -> str:
    """The text of a file. Raises ChalkgradError for one that is too long or not UTF-8."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ChalkgradError(f"'{path.name}' has more than {MAX_BYTES} bytes", where=where)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ChalkgradError(f"'{path.name}' is not text in UTF-8", where=where) from None
