"""Peak resident memory of this process and of its child processes, by their role, and their time."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict
from pathlib import Path
from types import TracebackType

import psutil  # type: ignore[import-untyped]

EVERY_SECONDS = 0.2


class PeakMemory:
    """Watches the process tree within the context; ``peaks`` is the largest peak of a single process, in MB, by role.

    Roles: 'driver' (this process), 'jvm', 'worker' (Python processes started by Spark).
    """

    def __init__(self) -> None:
        self._peaks: dict[str, int] = defaultdict(int)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def peaks(self) -> dict[str, int]:
        return {part: round(peak / 1e6) for part, peak in sorted(self._peaks.items())}

    def __enter__(self) -> PeakMemory:
        for process in psutil.Process().children(recursive=True):
            _forget(process)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        this = psutil.Process()
        for process in [this, *this.children(recursive=True)]:
            # A process may end after it was listed.
            try:
                part = _part(process)
                if part:
                    self._peaks[part] = max(self._peaks[part], _peak_bytes(process))
            except (psutil.Error, OSError):
                continue


def cpu_seconds() -> float:
    """Seconds of processors that this process and its children, those that have ended too, have taken."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def _part(process: psutil.Process) -> str | None:
    if process.pid == os.getpid():
        return "driver"
    name = process.name().lower()
    return "jvm" if name.startswith("java") else "worker" if name.startswith("python") else None


def _peak_bytes(process: psutil.Process) -> int:
    """Returns the high-water mark of the kernel if there is one (Linux); it misses no peak between two samples."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)


def _forget(process: psutil.Process) -> None:
    """Resets the high-water mark of the kernel, because a worker may have done other work before."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")
