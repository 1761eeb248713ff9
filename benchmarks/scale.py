"""Predicts SMOTE on clusters that are not here: replays a recorded run with other executors, and with more rows.

    python -m benchmarks.scale record H --log H.log --warm-files 1       # run once, after one of its eight files
    python -m benchmarks.scale record H --scale 0.1 --log H10.log        # a tenth of the rows
    python -m benchmarks.scale validate B --log B.log --warm-runs 5      # one executor and two: predicted, and run
    python -m benchmarks.scale predict H.log --smaller H10.log           # time, efficiency, bottleneck

README.md says what the model assumes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import data, run
from benchmarks.cases import named, scaled
from benchmarks.contenders import Job
from benchmarks.growth import Growth, grown
from benchmarks.recorded import Cluster, record
from benchmarks.replay import Machines, Outcome, Recorded, parse, schedule
from benchmarks.tables import show


def load(log: Path) -> Recorded:
    with log.open() as lines:
        return parse(lines)


def predicted(run: Recorded, machines: Machines, given: argparse.Namespace, times: float = 1.0) -> Outcome:
    growth = Growth(given.most_tasks, given.most_cells, given.collecting * 1e6, given.learning, given.balanced)
    smaller = load(given.smaller) if given.smaller else None
    return schedule(grown(run, times, machines.slots, growth, smaller), machines)


def workers(run: Recorded, given: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Time and efficiency from the first number of workers to the others."""
    for cores in given.cores:
        first: float | None = None
        for executors in given.workers:
            found = predicted(run, _machines(given, executors, cores), given)
            first = first or found.seconds * executors
            efficiency = first / (found.seconds * executors)
            yield (f"{executors} x {cores}", f"{found.seconds:.1f}", f"{efficiency:.0%}", *_parts(found, run))


def at_size(run: Recorded, given: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Shares of the driver's steps at ``--rows`` rows on ``--slots`` cores; each line lifts one more bound."""
    machines = _machines(given, max(1, given.slots // given.cores[-1]), given.cores[-1])
    times = given.rows / run.about["rows"]
    changes: dict[str, dict[str, Any]] = {
        "as it is": {},
        "cells learnt at no cost": {"learning": 0.0},
        "and any number of tasks and cells": {"most_tasks": 1 << 30, "most_cells": 1 << 30},
        "and as many cells for each task": {"balanced": True},
    }
    caps = vars(given)
    for name, change in changes.items():
        caps = caps | change
        found = predicted(run, machines, argparse.Namespace(**caps), times)
        steps = [f"{step} {seconds / found.seconds:.1%}" for step, seconds in found.driver.items() if seconds]
        yield (name, f"{found.seconds:.0f}", *_parts(found, run), ", ".join(steps))


def _parts(found: Outcome, run: Recorded) -> tuple[str, ...]:
    driver = sum(found.driver.values())
    lost = {"idle cores": found.idle, "driver": driver, "network": found.fetch}
    worst = max(lost, key=lambda name: lost[name])
    spans = [end - begin for begin, end in found.spans]
    longest = run.stages[spans.index(max(spans))]
    where = f", in {longest.step}" if worst == "idle cores" else ""
    return *(f"{one / found.seconds:.0%}" for one in (found.work, *lost.values())), worst + where


def _machines(given: argparse.Namespace, executors: int, cores: int) -> Machines:
    return Machines(executors, cores, given.network * 1e6, given.launches)


def predict(given: argparse.Namespace) -> None:
    run = load(given.log)
    parts = ("work", "idle cores", "driver", "network", "bottleneck")
    head = ("workers x cores", "seconds", f"efficiency from {given.workers[0]} workers", *parts)
    show("scale-workers", head, [*workers(run, given)], given.into)
    head = (
        f"{given.rows:,.0f} rows, {given.slots:,} cores",
        "seconds",
        *parts,
        "driver, by step",
    )
    show("scale-rows", head, [*at_size(run, given)], given.into)
    checks = [("the same run, replayed", run, run)]
    if given.smaller:
        checks.append((f"from {load(given.smaller).about['rows']:,} rows", load(given.smaller), run))
    show("scale-replay", _CHECKED, [_checked(*check, given) for check in checks], given.into)


def validate(given: argparse.Namespace) -> None:
    """Records one executor and two, of one core each; predicts the second from the first."""
    logs = [given.log.with_suffix(f".{executors}.log") for executors in (1, 2)]
    for executors, log in enumerate(logs, 1):
        if executors in given.record:
            _record(given, Cluster(executors, 1), log)
    one, two = (load(log) for log in logs)
    checks = [("one executor of one core, replayed", one, one), ("two executors, replayed", two, two)]
    checks.append(("two executors, from one", one, two))
    show("scale-validation", _CHECKED, [_checked(*check, given) for check in checks], given.into)


_CHECKED = ("check", "predicted, seconds", "run, seconds", "error", "error within stages", "error between stages")


def _checked(name: str, known: Recorded, real: Recorded, given: argparse.Namespace) -> tuple[str, ...]:
    """Predicts a recorded run from another one."""
    machines = _machines(given, real.about["executors"], real.about["cores"])
    times = real.about["rows"] / known.about["rows"]
    found = schedule(grown(known, times, machines.slots, Growth()) if times != 1 else known, machines)
    # The driver's own seconds; the rest is that of tasks.
    alone = schedule(real, machines)
    driver, drove = sum(found.driver.values()), sum(alone.driver.values())
    tasks, took = found.seconds - driver, real.seconds - drove
    errors = (found.seconds / real.seconds, tasks / took, driver / drove)
    return (
        name,
        f"{found.seconds:.1f}",
        f"{real.seconds:.1f}",
        *(f"{round(error - 1, 2) + 0.0:+.0%}" for error in errors),
    )


def _record(given: argparse.Namespace, cluster: Cluster, log: Path) -> None:
    case = scaled(named(given.features)[given.case][0], given.scale)
    job = Job(data.ensure(case.spec, given.data), given.data / "out", case.strategy)
    run.settle(job.data)
    about = {"case": case.name, "rows": case.spec.rows, "minority": case.spec.minority, "features": case.spec.features}
    print(json.dumps(record(job, about, cluster, log, given.warm_files, given.warm_runs)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="page whose tables to replace, see benchmarks.tables")
    parser.add_argument("--network", type=float, default=500, help="MB/s of each executor (default: 500, 4 Gbit/s)")
    parser.add_argument("--launches", type=float, default=1000, help="tasks that the driver launches in a second")
    parser.add_argument("--collecting", type=float, default=100, help="MB/s of results that the driver takes in")
    commands = parser.add_subparsers(required=True)
    recorder = commands.add_parser("record", help="run a case once, and keep its log")
    validator = commands.add_parser("validate", help="predict two executors from one, and run both")
    for one in (recorder, validator):
        one.add_argument("case", choices=named(30), metavar="case", help="as of benchmarks.run")
        one.add_argument("--log", type=Path, required=True, help="where to write")
        one.add_argument("--scale", type=float, default=1.0)
        one.add_argument("--features", type=int, default=30)
        one.add_argument(
            "--warm-files", type=int, default=8, help="of the input's 8 files, for the uncounted runs before"
        )
        one.add_argument("--warm-runs", type=int, default=1, help="uncounted runs; 0: a cold run is recorded")
        one.add_argument("--data", type=Path, default=data.ROOT)
    recorder.add_argument("--cores", type=int, default=2)
    recorder.set_defaults(do=lambda given: _record(given, Cluster(0, given.cores), given.log))
    validator.add_argument("--record", type=int, nargs="*", default=[1, 2], help="numbers of executors to run anew")
    validator.set_defaults(do=validate)
    predictor = commands.add_parser("predict", help="replay a log")
    predictor.add_argument("log", type=Path)
    predictor.add_argument("--smaller", type=Path, help="log of fewer rows, to see how the driver's steps grow")
    predictor.add_argument("--workers", type=int, nargs="+", default=[2, 4, 10])
    predictor.add_argument("--cores", type=int, nargs="+", default=[1, 2, 4], help="of each worker")
    predictor.add_argument("--rows", type=float, default=1e9)
    predictor.add_argument("--slots", type=int, default=1000, help="cores for that many rows")
    predictor.add_argument("--most-tasks", type=int, default=Growth.most_tasks)
    predictor.add_argument("--most-cells", type=int, default=Growth.most_cells)
    predictor.add_argument("--learning", type=float, default=Growth.learning, help="seconds, see benchmarks/growth.py")
    predictor.add_argument("--balanced", action="store_true", help="as if all tasks had as many cells")
    predictor.set_defaults(do=predict)
    given = parser.parse_args(arguments)
    given.do(given)


if __name__ == "__main__":
    main()
