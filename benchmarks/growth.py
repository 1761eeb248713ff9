"""A recorded run with more rows: how many tasks there are then, how long each takes, and what the driver adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.replay import CELLS, FIXED, SCAN, Recorded, Stage, Task
from spark_smote.kernels.learning import MAX_CELLS
from spark_smote.search.settings import MOST_TASKS

_SPLIT_MOST, _SPLIT_LEAST = 128 << 20, 4 << 20
# Bytes of a task's result; metrics alone take a quarter of it.
_COLLECTED = 16_384
_SAMPLED_A_CELL = 64
# Seconds by which two runs differ anyway.
_NOISE = 0.1


@dataclass(frozen=True)
class Growth:
    """Caps of the package, or lifted ones; ``collecting`` is the bytes/s of results that the driver takes in.

    ``learning`` is the driver's seconds for each cell times each sampled row, to learn the cells: 64 rows a cell are
    sampled, and the sample grows with the rows even where the cells do not.
    ``balanced`` spreads the work on cells evenly over their tasks, where Spark's hash of a cell's number does not.
    """

    most_tasks: int = MOST_TASKS
    most_cells: int = MAX_CELLS
    collecting: float = 100e6
    learning: float = 1e-7
    balanced: bool = False


def grown(run: Recorded, times: float, slots: int, growth: Growth, smaller: Recorded | None = None) -> Recorded:
    """The run with ``times`` the rows on so many cores; work grows with rows.

    The driver works on the results that a stage collects before it goes on. With a log of a ``smaller`` run these
    times grow on the line through both runs; without, by what it takes to receive more bytes. Its other times stay.
    """
    stages = [replace(stage, tasks=tuple(_tasks(run, stage, times, slots, growth))) for stage in run.stages]
    slopes = {} if smaller is None else _slopes(run, smaller)
    collected = _after_results(run)
    learnt = min(collected, default=None)
    for number in collected:
        stage = run.stages[number]
        before = max(stage.before)
        more = max(0.0, stages[before].results - run.stages[before].results) / growth.collecting
        if smaller is not None:
            more = slopes.get(stage.step, 0.0) * (times - 1)
        if number == learnt:
            more += _learning(run, times, growth)
        stages[number] = replace(stages[number], gap=stage.gap + more)
    return Recorded(run.about, tuple(stages), run.tail)


def _after_results(run: Recorded) -> list[int]:
    """The first stage after each one that collects more than the state of its tasks."""
    found: dict[int, int] = {}
    for number, stage in enumerate(run.stages):
        before = max(stage.before, default=None)
        if before is not None and run.stages[before].results > _COLLECTED * len(run.stages[before].tasks):
            found.setdefault(before, number)
    return list(found.values())


def _slopes(run: Recorded, smaller: Recorded) -> dict[str, float]:
    """The driver's seconds, by step, that all rows of ``run`` add, from the difference of two runs; no less than 0."""
    part = 1 - smaller.about["rows"] / run.about["rows"]
    found: dict[str, float] = {}
    for sign, one in ((1, run), (-1, smaller)):
        for number in _after_results(one):
            stage = one.stages[number]
            found[stage.step] = found.get(stage.step, 0.0) + sign * stage.gap / part
    return {step: seconds if seconds > _NOISE else 0.0 for step, seconds in found.items()}


def _learning(run: Recorded, times: float, growth: Growth) -> float:
    """The driver's seconds, beyond those of the run, to learn the cells of more rows."""
    cells = _cells(run)
    return (
        growth.learning * _SAMPLED_A_CELL * cells * (times * max(cells, min(cells * times, growth.most_cells)) - cells)
    )


def _cells(run: Recorded) -> int:
    return max(1, sum(one["cells"] for one in run.about.get("classes", [])))


def _tasks(run: Recorded, stage: Stage, times: float, slots: int, growth: Growth) -> Iterator[Task]:
    for kind in (SCAN, CELLS, FIXED):
        own = [task for task in stage.tasks if task.kind == kind]
        if not own or kind == FIXED:
            yield from own
        elif kind == SCAN:
            yield from _spread(own, times, np.ones(_scans(run, len(own), times, slots)))
        elif growth.balanced:
            yield from _spread(own, times, np.ones(max(len(own), min(round(len(own) * times), growth.most_tasks))))
        elif times == 1:
            yield from own
        else:
            cells = _cells(run)
            tasks = max(len(own), min(round(len(own) * times), growth.most_tasks))
            more = max(cells, min(round(cells * times), growth.most_cells))
            homes = np.arange(more) % tasks
            yield from _spread(own, times, np.bincount(homes, minlength=tasks).astype(float))


def _scans(run: Recorded, tasks: int, times: float, slots: int) -> int:
    """Number of splits that Spark makes of the input: fewer bytes each for more cores, between its two bounds."""
    size = run.about.get("bytes")
    if not size:
        return max(1, round(tasks * times))
    then = _split(size, run.about["executors"] * run.about["cores"])
    return max(1, round(tasks * times * then / _split(size * times, slots)))


def _split(size: float, slots: int) -> float:
    return float(np.clip(size / slots, _SPLIT_LEAST, _SPLIT_MOST))


def _spread(own: Sequence[Task], times: float, shares: NDArray[np.float64]) -> Iterator[Task]:
    """The work of some tasks, ``times`` as much, in tasks of these shares."""
    work = times * sum(task.seconds - task.base for task in own)
    shuffled = times * sum(task.shuffled for task in own)
    result = float(np.mean([task.result for task in own]))
    shares = shares / shares.sum()
    for share in shares:
        yield Task(own[0].kind, own[0].base + work * share, own[0].base, shuffled * share, result)
