"""Faults that tasks cause themselves, each once, in the middle of a chosen pass through Python.

Workers import this module.
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
    """A fault and its task: in the pass of this number, the first task from this ordinal on.

    Tasks without output are skipped, unless the fault occurs at the start: the middle of an empty task shows nothing.
    """

    fault: str
    number: int
    ordinal: int


class Run:
    """Files of one run in a folder that all processes see: for each task of each pass, and for each fault.

    Passes are numbered in the order of their definition. Tasks of a pass are numbered in the order of their start, and
    again in the order of their first output.
    """

    def __init__(self, folder: Path, strikes: Sequence[Strike] = ()) -> None:
        self.folder, self.strikes = folder, strikes

    @contextmanager
    def watching(self, frame: type) -> Iterator[None]:
        """Watch the functions that go through ``mapInArrow`` meanwhile, and cause the faults."""
        plain, numbers = frame.mapInArrow, itertools.count()  # type: ignore[attr-defined]

        def numbered(rows: Any, work: Work, *args: Any, **kwargs: Any) -> Any:
            return plain(rows, self.watched(work, next(numbers)), *args, **kwargs)

        frame.mapInArrow = numbered  # type: ignore[attr-defined]
        try:
            yield
        finally:
            frame.mapInArrow = plain  # type: ignore[attr-defined]

    def watched(self, work: Work, number: int) -> Work:
        """The work of this pass, with its faults."""

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
        """The task that had the fault."""
        file = self.folder / f"struck.{fault}"
        return json.loads(file.read_text()) if file.exists() else None

    def wait(self, mark: str) -> None:
        """Wait until a task writes that file."""
        wait_until((self.folder / mark).exists)

    def again(self, fault: str) -> bool:
        """Whether the task with the fault was run again."""
        struck = self.struck(fault)
        same = ("pass", "stage", "partition")
        return sum(struck is not None and all(r[key] == struck[key] for key in same) for r in self.records()) > 1

    def _ordinal(self, mark: str) -> int:
        return next(ordinal for ordinal in itertools.count() if self._mark(f"{mark}.{ordinal}"))

    def _mark(self, name: str) -> bool:
        """Whether this task is the first to write that file."""
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
    """An exception, as a function of a user may raise it."""
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
    """Remove all shuffle files so far, of all executors."""
    for file in (run.folder.parent / "local").rglob("shuffle_*"):
        file.unlink(missing_ok=True)
        (run.folder / "lost").touch()


def _be_slow(run: Run) -> None:
    """Wait until Spark has started the same task again."""
    wait_until(lambda: run.again("slow"))


def _wait_for_worker(run: Run) -> None:
    run.wait("joined")


def wait_until(done: Callable[[], bool]) -> None:
    """Check a condition repeatedly, up to a time limit."""
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise RuntimeError("what this task waits for did not happen")
        time.sleep(0.05)


# Files are lost before they are read; the other faults occur after the first output.
AT_START = frozenset({"files"})
FAULTS: dict[str, Callable[[Run], None]] = {
    "executor": _kill_executor,
    "worker": _kill_worker,
    "failure": _fail,
    "files": _lose_files,
    "slow": _be_slow,
    "late": _wait_for_worker,
}
