"""One job at a time for an output folder: on one machine, and on machines that share its file system."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from spark_smote.errors import WriteError
from spark_smote.job.ticking import ticking

NAME = "lock"
REFRESH = 20.0
"""Seconds after which a job renews the time of its lock file."""
STALE = 120.0
"""Seconds after which the lock file of another machine counts as left by a dead job."""
_TRIES = 100


@dataclass(frozen=True)
class Lock:
    """A lock that this job holds.

    Parameters
    ----------
    file : Path
        The lock file.
    owner : str
        What this job has written into it: machine, host name, process and time.
    fault : str
        Why the file system gives no locks; empty if it does.
    """

    file: Path
    owner: str
    fault: str

    def held(self) -> bool:
        """Whether the lock is still that of this job: a machine that does not see the lock may have taken it over."""
        try:
            return self.file.read_text(encoding="utf-8") == self.owner
        except OSError:
            return False


@contextmanager
def locked(folder: Path, target: Path) -> Iterator[Lock]:
    """Hold the lock of a folder, which is made if it is missing.

    The operating system locks the file ``lock`` in the folder. On most shared file systems that lock holds for all
    machines; on some it holds for one machine only. So the file also names its owner, who renews its time: a job on
    another machine that gets the system's lock all the same leaves the folder alone while that time is recent.

    Parameters
    ----------
    folder : Path
    target : Path
        The output, for messages.

    Raises
    ------
    WriteError
        Another job holds the lock.
    OSError
        The folder cannot be made or written to.
    """
    file, fault = _acquired(folder, target)
    with file:
        lock = Lock(folder / NAME, f"{_machine()} {platform.node()} {os.getpid()} {time.time_ns()}", fault)
        file.seek(0)
        file.truncate()
        file.write(lock.owner.encode())
        os.fsync(file.fileno())

        def renew() -> None:
            with suppress(OSError):
                if lock.held():
                    os.utime(lock.file)

        with ticking(REFRESH, renew):
            yield lock


def _acquired(folder: Path, target: Path) -> tuple[FileIO, str]:
    """The lock file, locked, and why it could not be locked if the file system has no locks."""
    path = folder / NAME
    for _ in range(_TRIES):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+")
        except FileNotFoundError:  # the job that held the lock has just removed the folder
            continue
        try:
            fault = _flock(file)
            if _is_at(file, path):
                _refuse_owner(file, folder, target, fault)
                return file, fault
        except BlockingIOError as error:
            file.close()
            raise _busy(target, "") from error
        except BaseException:
            file.close()
            raise
        file.close()
    raise _busy(target, "")


def _flock(file: FileIO) -> str:
    try:
        import fcntl
    except ImportError:  # Windows
        return "this system has no flock"
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        return str(error.strerror)
    return ""


def _is_at(file: FileIO, path: Path) -> bool:
    """Whether the open file is the one of this name: its last owner may have removed it before it was locked here."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _refuse_owner(file: FileIO, folder: Path, target: Path, fault: str) -> None:
    """Refuse a lock file that a living job may have written although the operating system has just given the lock."""
    machine, _, owner = file.read().decode(errors="replace").partition(" ")
    if not machine or (machine == _machine() and not fault):
        return
    with tempfile.TemporaryFile(dir=folder) as new:  # the clock of the file system, which may be another machine's
        age = os.fstat(new.fileno()).st_mtime - os.fstat(file.fileno()).st_mtime
    if age < STALE:
        host, process, _ = f"{owner}  ".split(" ", 2)
        raise _busy(target, f", process {process} on {host}, {max(age, 0):.0f} s ago")


def _busy(target: Path, owner: str) -> WriteError:
    return WriteError(f"another job is writing to {target}{owner}; wait for it, or choose another output")


def _machine() -> str:
    """A name for the running kernel, within which the system's locks hold; containers share it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return platform.node().replace(" ", "_") or "?"
