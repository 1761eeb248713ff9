"""A local folder written beside its place, and swapped in when it is whole."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spark_smote.errors import WriteError
from spark_smote.job.lock import Lock, locked

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class Beside:
    """The folder beside the output, ``.<name>.spark_smote``, that holds the new output until it is whole.

    Parameters
    ----------
    target : Path
        The output, with symbolic links followed.
    lock : Lock, optional
        The lock of the folder; None for a dry run, which looks and writes nothing.
    """

    def __init__(self, target: Path, lock: Lock | None = None) -> None:
        self.target, self.lock = target, lock
        self.home = target.parent / f".{target.name}.spark_smote"
        self.new = self.home / "new"
        self._old = self.home / "old"

    def exists(self) -> bool:
        """Whether there is an output, be it one that a dead job has left in this folder."""
        return self.target.exists() or self._old.exists()

    def publish(self, replace: bool) -> None:
        """Put the new folder in the place of the output.

        On Linux the two change places at once, so that there is a whole output at any time. Elsewhere the old one is
        moved away first; if the job dies in between, the next one moves it back.

        Parameters
        ----------
        replace : bool
            Whether an output that is there may be replaced.

        Raises
        ------
        WriteError
            Another job has taken over this folder, or an output that must not be replaced has appeared meanwhile.
        """
        if self.lock is None or not self.lock.held():
            raise WriteError(
                f"a job on another machine has taken over {self.home}, so {self.target} was left as it is; let one job "
                "write to it at a time"
            )
        if not replace or not self.target.exists():
            try:
                self.new.rename(self.target)
            except OSError as error:
                raise WriteError(f"{self.target} was made by somebody else while the job ran: {error}") from error
        elif not _exchange(self.new, self.target):
            self.target.rename(self._old)
            self.new.rename(self.target)

    def recover(self) -> None:
        """Put back the output that a dead job has left here, and clear the folder."""
        if self._old.exists() and not self.target.exists():
            self._old.rename(self.target)
        self._clear()

    def remove(self) -> None:
        """Remove the folder; the lock goes last, for whoever finds it gone may write here at once."""
        if self.lock is None or not self.lock.held():
            return
        self._clear()
        with suppress(OSError):
            self.lock.file.unlink()
            self.home.rmdir()

    def _clear(self) -> None:
        for each in self.home.iterdir():
            if self.lock is None or each != self.lock.file:
                _remove(each)


@contextmanager
def beside(target: Path) -> Iterator[Beside]:
    """The folder beside an output, for one job at a time; it is removed in the end, unless the job is killed.

    Raises
    ------
    WriteError
        Another job writes to the same output.
    OSError
        The folder cannot be made.
    """
    missing = [parent for parent in target.parents if not parent.exists()]
    try:
        with locked(Beside(target).home, target) as lock:
            place = Beside(target, lock)
            try:
                place.recover()
                yield place
            finally:
                place.remove()
    finally:
        # Folders made on the way, if nothing came of it.
        with suppress(OSError):
            for parent in missing:
                parent.rmdir()


def probe(place: Beside) -> Path:
    """An empty file of a name that no other machine has."""
    file = place.home / f"probe-{os.getpid()}-{time.time_ns()}"
    file.touch()
    return file


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, if the system can."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
