"""A folder beside the target where outputs grow: they appear all together or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePosixPath
from types import TracebackType

from derive.errors import ChalkgradError


class Stage:
    """Outputs on their way into the folder ``target``.

    ``work`` is a scratch folder; ``keep`` marks one of its files as an output; ``install`` moves
    the outputs into place. Leaving the ``with`` block removes whatever was not installed.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._kept: dict[str, None] = {}
        self._superseded: list[str] = []
        # The nearest folder that exists is on the target's own file system, so renaming is atomic;
        # inside an existing target, not beside it: its parent may not be ours to write.
        self._anchor = next(place for place in (target, *target.parents, Path()) if place.exists())
        if not self._anchor.is_dir():
            raise ChalkgradError("this is a file, not a folder", where=str(self._anchor))

    def __enter__(self) -> Stage:
        self._scratch = tempfile.TemporaryDirectory(prefix=".chalkgrad-", dir=self._anchor)
        self.work = Path(self._scratch.name, "work")
        self._out = Path(self._scratch.name, "out")
        self.work.mkdir()
        self._out.mkdir()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scratch.cleanup()

    def write(self, name: str, text: str) -> Path:
        """Write a text file into the scratch folder (``FOLDER/NAME``: one below) and return its
        path."""
        path = self.place(name)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path

    def place(self, name: str) -> Path:
        """Where the file of that name stands in the scratch folder; its folder is made.

        Raises ChalkgradError for a name that leads out of it.
        """
        pure = PurePosixPath(name)
        if pure.is_absolute() or str(pure) != name or ".." in pure.parts or "\\" in name:
            raise ChalkgradError("a file name cannot hold a path", where=name)
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def output(self, name: str, text: str) -> Path:
        """`write` and `keep`."""
        self.keep(name)
        return self.write(name, text)

    def share(self, name: str, content: bytes, *, keep: bool = True) -> None:
        """A file that several documents need (a style, a logo), written once.

        Raises ChalkgradError where two files of that name differ.
        """
        path = self.place(name)
        if path.exists() and path.read_bytes() != content:
            raise ChalkgradError(
                "two different files have this name",
                where=name,
                hint="build the specs into two folders",
            )
        path.write_bytes(content)
        if keep and name not in self._kept:
            self.keep(name)

    def keep(self, name: str) -> None:
        """Mark a file of the scratch folder as an output. Raises ChalkgradError on a second one."""
        if name in self._kept:
            raise ChalkgradError(
                "two outputs have this file name",
                where=name,
                hint="give one network another name, or build them into two folders",
            )
        there = self.target / name
        if there.is_dir():
            raise ChalkgradError("this is a folder", where=str(there))
        for folder in there.relative_to(self.target).parents:
            if (self.target / folder).exists() and not (self.target / folder).is_dir():
                raise ChalkgradError(
                    "this is a file, not a folder", where=str(self.target / folder)
                )
        self._kept[name] = None

    def supersede(self, pattern: str) -> None:
        """Files of the target that match and that this build does not write are from an earlier
        one (``talk_frames/frame-*.png`` of a longer talk): `install` removes them."""
        self._superseded.append(pattern)

    def install(self) -> list[Path]:
        """Rename the outputs into the target, other files there stay; return their new paths."""
        for name in self._kept:
            (self._out / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.work / name, self._out / name)
        if self.target.exists():
            for name in self._kept:
                (self.target / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(self._out / name, self.target / name)
            for path in [p for pattern in self._superseded for p in self.target.glob(pattern)]:
                if path.relative_to(self.target).as_posix() not in self._kept:
                    path.unlink()
        else:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._out, self.target)
        return [self.target / name for name in self._kept]
