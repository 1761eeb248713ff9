"""The simulation of scale: a recorded log replayed by a list scheduler, and grown to more rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.growth import Growth, grown
from benchmarks.replay import CELLS, FIXED, SCAN, Machines, Outcome, Recorded, Stage, Task, parse, schedule
from spark_smote.spark.partitions import partition_of

LOG = Path(__file__).with_name("recorded.log")


def _run(*stages: tuple[tuple[int, ...], float, list[float]]) -> Recorded:
    """Stages as (those before, the driver's seconds, the seconds of its tasks)."""
    made = [Stage("", "plan", before, gap, tuple(Task(SCAN, one) for one in tasks)) for before, gap, tasks in stages]
    return Recorded({"executors": 1, "cores": 1, "rows": 100, "start": 0, "end": 0}, tuple(made), tail=0.5)


def _simulated(run: Recorded, executors: int, **machines: float) -> Outcome:
    return schedule(run, Machines(executors, **{"launches": np.inf, **machines}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Case B on two cores, cut to the fields that are read."""
    return parse(LOG.read_text().splitlines())


def test_each_task_goes_to_the_core_that_is_free_first() -> None:
    run = _run(((), 1.0, [3.0, 1.0, 1.0, 2.0]))
    assert _simulated(run, 1).seconds == 1 + 7 + 0.5
    assert _simulated(run, 2).seconds == 1 + 4 + 0.5  # 3 | 1, 1, 2
    assert _simulated(run, 9).seconds == 1 + 3 + 0.5


def test_a_stage_waits_for_those_before_it_and_for_the_driver() -> None:
    run = _run(((), 1.0, [2.0, 1.0]), ((), 1.0, [2.0]), ((0,), 0.25, [1.0]))
    found = _simulated(run, 3)
    assert found.spans == ((1.0, 3.0), (1.0, 3.0), (3.25, 4.25))
    # While a stage runs, the driver's time costs nothing.
    assert found.driver == {"plan": 1.25, "end": 0.5}
    assert found.seconds == pytest.approx(found.work + found.fetch + found.idle + sum(found.driver.values()))


def test_shuffled_bytes_come_from_the_other_executors_over_a_shared_network() -> None:
    task = Task(CELLS, 1.0, shuffled=100.0)
    run = Recorded({"start": 0, "end": 0}, (Stage("", "write", (), 0.0, (task,)),), tail=0.0)
    assert _simulated(run, 1, network=50.0).seconds == 1.0
    assert _simulated(run, 4, network=50.0).seconds == 1 + 100 * 3 / 4 / 50
    assert _simulated(run, 4, network=50.0, cores=2).seconds == 1 + 100 * 3 / 4 / 25


def test_the_driver_launches_one_task_after_the_other() -> None:
    assert _simulated(_run(((), 0.0, [1.0] * 10)), 10, launches=2.0).seconds == 9 / 2 + 1 + 0.5


@given(st.lists(st.floats(0.01, 9), min_size=1, max_size=30), st.integers(1, 9))
def test_a_list_schedule_is_within_its_bounds(tasks: list[float], executors: int) -> None:
    seconds = _simulated(_run(((), 0.0, tasks)), executors).seconds - 0.5
    least = max(max(tasks), sum(tasks) / executors)
    assert least - 1e-9 <= seconds <= sum(tasks) / executors + max(tasks) + 1e-9


def test_a_log_is_read_as_stages_of_tasks_by_kind(recorded: Recorded) -> None:
    assert recorded.seconds == pytest.approx(38.806)
    steps = [stage.step for stage in recorded.stages]
    assert steps == ["read", *["survey"] * 2, *["sample"] * 2, "calibrate", *["write"] * 3]
    *_, cells, last = recorded.stages
    assert [task.kind for task in cells.tasks] == [SCAN, SCAN, SCAN, FIXED]
    assert [task.kind for task in last.tasks] == [SCAN] * 3 + [CELLS] * 13  # the last one checks the input
    assert last.before == tuple(range(len(recorded.stages) - 1))


def test_the_replay_takes_as_long_as_the_run_did(recorded: Recorded) -> None:
    assert schedule(recorded, Machines(1, 2)).seconds == pytest.approx(recorded.seconds, rel=0.02)


def test_an_event_log_without_a_line_about_the_run_is_one_run() -> None:
    run = parse(LOG.read_text().splitlines()[1:])
    assert {stage.step for stage in run.stages} == {"write"}
    assert schedule(run, Machines(1, 2)).seconds == pytest.approx(run.seconds, rel=0.02)


def test_cells_go_to_the_partitions_that_spark_sends_them_to(recorded: Recorded) -> None:
    """28 cells in 12 partitions: the two that no cell was sent to were over at once."""
    cells = np.bincount(partition_of(np.arange(28, dtype=np.int32), 12), minlength=12)
    took = np.array([task.seconds for task in recorded.stages[-1].tasks if task.kind == CELLS][:12])
    assert (cells == 0).sum() == 2
    assert took[cells == 0].max() < 0.2 < took[cells > 0].min()


def test_work_grows_with_rows_and_tasks_up_to_the_cap(recorded: Recorded) -> None:
    def work(run: Recorded, kind: str) -> float:
        return sum(task.seconds - task.base for stage in run.stages for task in stage.tasks if task.kind == kind)

    more = grown(recorded, 100, 1000, Growth(most_tasks=50, most_cells=520))
    for kind in (SCAN, CELLS):
        assert work(more, kind) == pytest.approx(100 * work(recorded, kind))
    assert work(more, FIXED) == pytest.approx(work(recorded, FIXED))
    last = [task for task in more.stages[-1].tasks if task.kind == CELLS]
    assert len(last) == 50
    assert len({round(task.seconds, 6) for task in last}) > 1  # not every partition has as many cells
    free = grown(recorded, 100, 1000, Growth(most_tasks=10_000, most_cells=10_000))
    assert sum(task.kind == CELLS for task in free.stages[-1].tasks) == 1300


def test_more_cores_split_the_input_into_more_tasks(recorded: Recorded) -> None:
    def scans(slots: int) -> int:
        return sum(task.kind == SCAN for task in grown(recorded, 1, slots, Growth()).stages[1].tasks)

    assert scans(2) == 3
    assert scans(8) == pytest.approx(3 * 8 / 2, abs=1)
    assert scans(1000) == scans(2000)  # no task reads less than 4 MiB


def test_the_driver_takes_longer_for_more_results(recorded: Recorded) -> None:
    def gaps(run: Recorded) -> float:
        return sum(stage.gap for stage in run.stages)

    slow, fast = (Growth(collecting=rate, learning=0.0) for rate in (1e6, 1e15))
    sample, calibrate = grown(recorded, 100, 2, slow).stages[4:6]
    added = sample.results - recorded.stages[4].results
    assert added > 10e6
    assert calibrate.gap - recorded.stages[5].gap == pytest.approx(added / 1e6)
    assert gaps(grown(recorded, 100, 2, fast)) == pytest.approx(gaps(recorded))


def test_to_learn_the_cells_takes_time_in_proportion_to_cells_and_sample(recorded: Recorded) -> None:
    free, dear = (grown(recorded, 100, 2, Growth(most_cells=280, learning=each)) for each in (0.0, 1e-6))
    added = [one.gap - other.gap for one, other in zip(dear.stages, free.stages, strict=True)]
    # 28 cells of 64 sampled rows become 280 cells and 100 times the sample.
    assert added[5] == pytest.approx(1e-6 * (280 * 64 * 2800 - 28 * 64 * 28))
    assert sum(added) == pytest.approx(added[5])


def test_a_smaller_run_shows_how_the_driver_s_time_on_results_grows() -> None:
    def of(rows: int, gap: float) -> Recorded:
        collects = Stage("", "sample", (), 3.0, (Task(FIXED, 1.0, result=1e6),))
        return Recorded({"rows": rows}, (collects, Stage("", "calibrate", (0,), gap, ())), 0.5)

    first, after = grown(of(100, 1.9), 10, 1, Growth(learning=0.0), of(10, 1.0)).stages
    assert (first.gap, after.gap) == (3.0, pytest.approx(1.9 + 9 * 1.0))
