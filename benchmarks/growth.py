"""A recorded run with more rows: how many tasks there are then, how long each takes, and what the driver adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.replay import CELLS, FIXED, SCAN, Recorded, Stage, Task
from spark_smote.kernels.cells import MAX_CELLS
from spark_smote.search.settings import MOST_TASKS

_SPLIT_MOST, _SPLIT_LEAST = 128 << 20, 4 << 20


@dataclass(frozen=True)
class Growth:
    """Caps of the package, or lifted ones; ``collecting`` is the bytes/s of results that the driver takes in.

    ``balanced`` spreads the work on cells evenly over their tasks, where Spark's hash of a cell's number does not.
    """

    most_tasks: int = MOST_TASKS
    most_cells: int = MAX_CELLS
    collecting: float = 100e6
    balanced: bool = False


def grown(run: Recorded, times: float, slots: int, growth: Growth, smaller: Recorded | None = None) -> Recorded:
    """The run with ``times`` the rows on so many cores; work grows with rows.

    With a log of a ``smaller`` run, the driver's seconds of a step grow on the line through both runs; without, they
    stay, apart from what it takes to collect more results.
    """
    stages: list[Stage] = []
    for stage in run.stages:
        tasks = tuple(_tasks(run, stage, times, slots, growth))
        stages.append(replace(stage, tasks=tasks))
    slopes = {} if smaller is None else _slopes(run, smaller)
    waits = {step: sum(one.gap for one in run.stages if one.step == step) for step in {one.step for one in run.stages}}
    for number, stage in enumerate(stages):
        # The driver works on the results of the stage before.
        before = max(stage.before, default=None)
        more = 0.0 if before is None else stages[before].results - run.stages[before].results
        share = stage.gap / waits[stage.step] if waits[stage.step] else 0.0
        gap = stage.gap + max(0.0, more) / growth.collecting + share * slopes.get(stage.step, 0.0) * (times - 1)
        stages[number] = replace(stage, gap=gap)
    return Recorded(run.about, tuple(stages), run.tail)


def _slopes(run: Recorded, smaller: Recorded) -> dict[str, float]:
    """The driver's seconds by step that the rows of ``run`` add, from the difference of two runs; never negative."""
    part = 1 - smaller.about["rows"] / run.about["rows"]
    found: dict[str, float] = {}
    for sign, one in ((1, run), (-1, smaller)):
        for stage in one.stages:
            found[stage.step] = found.get(stage.step, 0.0) + sign * stage.gap / part
    return {step: max(0.0, seconds) for step, seconds in found.items()}


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
            cells = max(1, sum(one["cells"] for one in run.about.get("classes", [])))
            tasks = max(len(own), min(round(len(own) * times), growth.most_tasks))
            more = max(cells, min(round(cells * times), growth.most_cells))
            homes = partitions(np.arange(more, dtype=np.int32), tasks)
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


def partitions(cells: NDArray[np.int32], tasks: int) -> NDArray[np.int64]:
    """Spark's partition of each cell: Murmur3 of the number with seed 42, modulo the number of tasks.

    Examples
    --------
    >>> partitions(np.array([1], dtype=np.int32), 1 << 31) - (1 << 31)
    array([-559580957])
    """
    with np.errstate(over="ignore"):
        mixed = cells.astype(np.uint32) * np.uint32(0xCC9E2D51)
        mixed = _rotated(mixed, 15) * np.uint32(0x1B873593)
        state = _rotated(np.uint32(42) ^ mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
        state ^= np.uint32(4)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            state = (state ^ (state >> np.uint32(shift))) * np.uint32(factor)
        state ^= state >> np.uint32(16)
    return np.asarray(state.astype(np.int32).astype(np.int64) % tasks)


def _rotated(values: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return np.asarray((values << np.uint32(bits)) | (values >> np.uint32(32 - bits)))
