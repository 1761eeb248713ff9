"""A local folder written beside its place, and swapped in when it is whole."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spark_smote.errors import WriteError

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class Beside:
    """The folder beside the output, ``.<name>.spark_smote``, that holds what is not whole yet.

    Parameters
    ----------
    target : Path
        The output, with symbolic links followed.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.home = target.parent / f".{target.name}.spark_smote"
        self.new = self.home / "new"
        self._old = self.home / "old"

    def publish(self) -> None:
        """Put the new folder in the place of the output.

        On Linux the two change places at once, so that at any time there is a whole one. Elsewhere the old one is moved
        away first; if the job dies in between, the next one moves it back.
        """
        if not self.target.exists():
            self.new.rename(self.target)
        elif not _exchange(self.new, self.target):
            self.target.rename(self._old)
            self.new.rename(self.target)

    def recover(self) -> None:
        """Tidy up behind a job that died."""
        if self._old.exists() and not self.target.exists():
            self._old.rename(self.target)
        for each in self.home.iterdir():
            _remove(each)


@contextmanager
def beside(target: Path) -> Iterator[Beside]:
    """The folder beside an output, for one job at a time; gone in the end, but for a job that is killed.

    Raises
    ------
    WriteError
        Another job on this machine writes to the same output.
    """
    place = Beside(target)
    missing = [parent for parent in target.parents if not parent.exists()]
    place.home.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(place.home, target):
            try:
                place.recover()
                yield place
            finally:
                _remove(place.home)
    finally:
        # Folders made on the way, if nothing came of it.
        with contextlib.suppress(OSError):
            for parent in missing:
                parent.rmdir()


@contextmanager
def _locked(folder: Path, target: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WriteError(f"another job is writing to {target}; wait for it, or choose another output") from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


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
