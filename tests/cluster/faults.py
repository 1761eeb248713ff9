"""Faults that tasks bring about themselves, each once, in the middle of a chosen pass through Python.

Workers import this.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pyspark import TaskContext

SINK = -1
"""Number of the pass that the whole result goes through."""
_PATIENCE = 120.0
Work = Callable[[Iterable[Any]], Iterator[Any]]


@dataclass(frozen=True)
class Strike:
    """A fault, and the task that it strikes: of a run's pass of this number the first from this ordinal on.

    Tasks without output are passed over, unless the fault strikes at the start: half of an empty task is no test.
    """

    fault: str
    number: int
    ordinal: int


class Run:
    """Marks of one run in a folder that all processes see: files for each task of each pass, and one for each fault.

    Passes are numbered in the order in which they are defined, tasks of a pass in that in which they start, and once
    more in that in which they give their first rows.
    """

    def __init__(self, folder: Path, strikes: Sequence[Strike] = ()) -> None:
        self.folder, self.strikes = folder, strikes

    @contextmanager
    def watching(self, frame: type) -> Iterator[None]:
        """Whatever goes through ``mapInArrow`` meanwhile is watched, and struck."""
        plain, numbers = frame.mapInArrow, itertools.count()  # type: ignore[attr-defined]

        def numbered(rows: Any, work: Work, *args: Any, **kwargs: Any) -> Any:
            return plain(rows, self.watched(work, next(numbers)), *args, **kwargs)

        frame.mapInArrow = numbered  # type: ignore[attr-defined]
        try:
            yield
        finally:
            frame.mapInArrow = plain  # type: ignore[attr-defined]

    def watched(self, work: Work, number: int) -> Work:
        """The work of this pass, with the faults that are to strike here."""

        def run(batches: Iterable[Any]) -> Iterator[Any]:
            self._record = _whereabouts(number)
            self._strike(number, self._ordinal(f"task.{number}"), at_start=True)
            made = work(batches)
            for batch in made:
                yield batch
                if batch.num_rows:
                    self._strike(number, self._ordinal(f"giving.{number}"), at_start=False)
                    break
            yield from made

        return run

    def _strike(self, number: int, ordinal: int, at_start: bool) -> None:
        for strike in self.strikes:
            due = strike.number == number and strike.ordinal <= ordinal and (strike.fault in AT_START) == at_start
            if due and self._mark(f"struck.{strike.fault}"):
                FAULTS[strike.fault](self)
                return

    def tasks(self) -> Counter[int]:
        """How many tasks of each pass gave rows."""
        return Counter(record["pass"] for record in self.records("giving"))

    def records(self, of: str = "task") -> list[dict[str, int]]:
        return [json.loads(file.read_text()) for file in self.folder.glob(f"{of}.*") if file.stat().st_size]

    def struck(self, fault: str) -> dict[str, int] | None:
        """The task that was struck."""
        file = self.folder / f"struck.{fault}"
        return json.loads(file.read_text()) if file.exists() else None

    def wait(self, mark: str) -> None:
        """Until a task leaves that mark."""
        wait_until((self.folder / mark).exists)

    def again(self, fault: str) -> bool:
        """Whether the struck task was run once more."""
        struck = self.struck(fault)
        same = ("pass", "stage", "partition")
        return sum(struck is not None and all(r[key] == struck[key] for key in same) for r in self.records()) > 1

    def _ordinal(self, mark: str) -> int:
        return next(ordinal for ordinal in itertools.count() if self._mark(f"{mark}.{ordinal}"))

    def _mark(self, name: str) -> bool:
        """Whether this task is the first to leave that mark."""
        try:
            handle = os.open(self.folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        os.write(handle, json.dumps(self._record).encode())
        os.close(handle)
        return True


def _whereabouts(number: int) -> dict[str, int]:
    context: Any = TaskContext.get()
    return {
        "pass": number,
        "stage": context.stageId(),
        "partition": context.partitionId(),
        "executor": psutil.Process(os.getppid()).ppid(),
    }


def as_it_is(batches: Iterable[Any]) -> Iterator[Any]:
    """What a function of the user's may do."""
    yield from batches


def _kill_executor(run: Run) -> None:
    """The worker's parent is PySpark's daemon, whose parent is the executor."""
    os.kill(psutil.Process(os.getppid()).ppid(), signal.SIGKILL)
    time.sleep(_PATIENCE)


def _kill_worker(run: Run) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(run: Run) -> None:
    raise RuntimeError("this task fails once")


def _lose_files(run: Run) -> None:
    """All that was shuffled so far, of all executors."""
    for file in (run.folder.parent / "local").rglob("shuffle_*"):
        file.unlink(missing_ok=True)
        (run.folder / "lost").touch()


def _be_slow(run: Run) -> None:
    """Until Spark has started the same task once more."""
    wait_until(lambda: run.again("slow"))


def _wait_for_worker(run: Run) -> None:
    run.wait("joined")


def wait_until(done: Callable[[], bool]) -> None:
    """Look again and again, but not for ever."""
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise RuntimeError("what this task waits for did not happen")
        time.sleep(0.05)


# Files are lost before they are read, all else happens when some of the output is on its way.
AT_START = frozenset({"files"})
FAULTS: dict[str, Callable[[Run], None]] = {
    "executor": _kill_executor,
    "worker": _kill_worker,
    "failure": _fail,
    "files": _lose_files,
    "slow": _be_slow,
    "late": _wait_for_worker,
}
