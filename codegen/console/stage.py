"""A folder beside the target where outputs grow: they appear all together or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path, PurePosixPath
from types import TracebackType

from ...derive.language.errors import ChalkgradError
from .scratch import Scratch, sweep

FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file would be larger than the system allows",
}
ROOM = 2**20  # bytes: where these are free, it is another disk that is full


def check_folder(target: Path) -> None:
    """Raise ChalkgradError where no folder can be made at that path, as the user wrote it."""
    for place in (target, *target.parents):
        if place.is_symlink() and not place.exists():
            raise ChalkgradError(
                f"this is a link to '{os.readlink(place)}', which is not there",
                where=str(place),
                hint="make the folder that it points to, or remove the link",
            )
        if place.exists():
            if not place.is_dir():
                raise ChalkgradError("this is a file, not a folder", where=str(place))
            return


class Stage:
    """Outputs on their way into the folder ``target``.

    ``work`` is a scratch folder; ``keep`` marks one of its files as an output; ``install`` moves
    the outputs into place. Leaving the ``with`` block removes whatever was not installed.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._kept: dict[str, None] = {}
        self._superseded: list[str] = []
        check_folder(target)
        # The nearest folder that exists is on the target's own file system, so renaming is atomic;
        # inside an existing target, not beside it: its parent may not be ours to write.
        self._places = [place for place in (target, *target.parents, Path()) if place.exists()]

    def __enter__(self) -> Stage:
        sweep(self._places)
        try:
            self._scratch = Scratch(self._places[0])
        except OSError as fault:
            raise self._told(fault) from None
        self.work, self._out = self._scratch.work, self._scratch.out
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        told = self._told(fault) if isinstance(fault, OSError) else fault
        self._scratch.remove()
        if told is not None and told is not fault:
            raise told from None

    def _told(self, fault: OSError) -> Exception:
        """A disk on which there is no room, with the target as its place; other faults as is."""
        if fault.errno not in FULL:
            return fault
        if fault.errno == errno.ENOSPC and shutil.disk_usage(self._places[0]).free > ROOM:
            return fault  # of another disk: the file, say, to which the command's output goes
        where, hint = str(self.target), "nothing was written; make room, or choose another -o"
        return ChalkgradError(FULL[fault.errno], where=where, hint=hint)

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
        if self.target.exists() or not self._installed_whole():
            self._installed_singly()
        return [self.target / name for name in self._kept]

    def _installed_whole(self) -> bool:
        """All outputs with one renaming; False where another build has made the target since."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(self._out, self.target)
        except OSError:
            if self.target.is_dir():
                return False
            raise
        return True

    def _installed_singly(self) -> None:
        """Into a folder that exists; what a full disk refuses comes before the first file moves."""
        for name in self._kept:
            (self.target / name).parent.mkdir(parents=True, exist_ok=True)
        for name in self._kept:
            os.replace(self._out / name, self.target / name)
        for path in [p for pattern in self._superseded for p in self.target.glob(pattern)]:
            if path.relative_to(self.target).as_posix() not in self._kept:
                path.unlink()
