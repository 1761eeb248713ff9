"""Predicts SMOTE on clusters that are not here: replays a recorded run with other executors, and with more rows.

    python -m benchmarks.scale record H --log H.log --warm-files 2 # one run, after one of two of its eight files
    python -m benchmarks.scale record H --scale 0.1 --log H10.log       # the same with a tenth of the rows
    python -m benchmarks.scale validate B --log B.log --warm-runs 3 # one executor and two: predicted, and run
    python -m benchmarks.scale predict H.log --smaller H10.log          # time, efficiency, bottleneck

README.md says what the model assumes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import data, run
from benchmarks.cases import named, scaled
from benchmarks.contenders import Job
from benchmarks.growth import Growth, grown
from benchmarks.recorded import Cluster, record
from benchmarks.replay import Machines, Outcome, Recorded, parse, schedule
from benchmarks.tables import markdown


def load(log: Path) -> Recorded:
    with log.open() as lines:
        return parse(lines)


def predicted(run: Recorded, machines: Machines, given: argparse.Namespace, times: float = 1.0) -> Outcome:
    growth = Growth(given.most_tasks, given.most_cells, given.collecting * 1e6)
    smaller = load(given.smaller) if given.smaller else None
    return schedule(grown(run, times, machines.slots, growth, smaller), machines)


def workers(run: Recorded, given: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Time and efficiency from the first number of workers to the others."""
    first: float | None = None
    for executors in given.workers:
        found = predicted(run, _machines(given, executors), given)
        first = first or found.seconds * executors
        efficiency = first / (found.seconds * executors)
        yield (f"{executors} x {given.cores}", f"{found.seconds:.1f}", f"{efficiency:.0%}", *_parts(found, run))


def at_size(run: Recorded, given: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Shares of the driver's steps at ``--rows`` rows on ``--slots`` cores, with the package's caps and without."""
    machines = _machines(given, max(1, given.slots // given.cores))
    times = given.rows / run.about["rows"]
    lifted = argparse.Namespace(**{**vars(given), "most_tasks": 1 << 30, "most_cells": 1 << 30})
    for name, caps in (("as it is", given), ("without caps", lifted)):
        found = predicted(run, machines, caps, times)
        steps = [f"{step} {seconds / found.seconds:.1%}" for step, seconds in found.driver.items() if seconds]
        yield (name, f"{found.seconds:.0f}", *_parts(found, run), ", ".join(steps))


def _parts(found: Outcome, run: Recorded) -> tuple[str, ...]:
    driver = sum(found.driver.values())
    lost = {"idle cores": found.idle, "driver": driver, "network": found.fetch}
    worst = max(lost, key=lambda name: lost[name])
    spans = [end - begin for begin, end in found.spans]
    longest = run.stages[spans.index(max(spans))]
    where = f" (last stage of {longest.step})" if worst == "idle cores" else ""
    return *(f"{one / found.seconds:.0%}" for one in (found.work, *lost.values())), worst + where


def _machines(given: argparse.Namespace, executors: int) -> Machines:
    return Machines(executors, given.cores, given.network * 1e6, given.launches)


def predict(given: argparse.Namespace) -> None:
    run = load(given.log)
    about = run.about
    here = schedule(run, Machines(about["executors"], about["cores"], given.network * 1e6, given.launches))
    print(
        f"recorded: {run.seconds:.1f} s on {about['executors']} x {about['cores']} cores; replayed {here.seconds:.1f}"
    )
    parts = ("work", *_LOST, "bottleneck")
    print(
        markdown(("workers x cores", "seconds", f"efficiency from {given.workers[0]}", *parts), [*workers(run, given)])
    )
    print(f"\n{given.rows:,.0f} rows, {given.slots:,} cores")
    print(markdown(("caps", "seconds", *parts, "driver, by step"), [*at_size(run, given)]))
    if given.smaller:
        other = load(given.smaller)
        times = about["rows"] / other.about["rows"]
        slots = Machines(about["executors"], about["cores"])
        found = schedule(grown(other, times, slots.slots, Growth()), slots)
        print(f"\n{given.smaller} with {times:.1f} times the rows: {found.seconds:.1f} s, {_error(found, run)}")


_LOST = ("idle cores", "driver", "network")


def _error(found: Outcome, real: Recorded) -> str:
    return f"the run took {real.seconds:.1f} s, error {found.seconds / real.seconds - 1:+.1%}"


def validate(given: argparse.Namespace) -> None:
    """Records one executor and two, of one core each; predicts the second from the first."""
    logs = [given.log.with_suffix(f".{executors}.log") for executors in (1, 2)]
    for executors, log in enumerate(logs, 1):
        if executors in given.record:
            _record(given, Cluster(executors, 1), log)
    one, two = (load(log) for log in logs)
    for executors, real in ((1, one), (2, two)):
        found = schedule(one, Machines(executors, 1, given.network * 1e6, given.launches))
        print(f"{executors} executors of one core: predicted {found.seconds:.1f} s, {_error(found, real)}")


def _record(given: argparse.Namespace, cluster: Cluster, log: Path) -> None:
    case = scaled(named(given.features)[given.case][0], given.scale)
    job = Job(data.ensure(case.spec, given.data), given.data / "out", case.strategy)
    run.settle(job.data)
    about = {"case": case.name, "rows": case.spec.rows, "minority": case.spec.minority, "features": case.spec.features}
    print(json.dumps(record(job, about, cluster, log, given.warm_files, given.warm_runs)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=float, default=500, help="MB/s of each executor (default: 500, 4 Gbit/s)")
    parser.add_argument("--launches", type=float, default=1000, help="tasks that the driver launches in a second")
    parser.add_argument("--collecting", type=float, default=100, help="MB/s of results that the driver takes in")
    commands = parser.add_subparsers(required=True)
    recorder = commands.add_parser("record", help="run a case once, and keep its log")
    validator = commands.add_parser("validate", help="predict two executors from one, and run both")
    for one in (recorder, validator):
        one.add_argument("case", help="as of benchmarks.run")
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
    predictor.add_argument("--workers", type=int, nargs="+", default=[2, 4, 6, 8, 10])
    predictor.add_argument("--cores", type=int, default=2, help="of each worker")
    predictor.add_argument("--rows", type=float, default=1e9)
    predictor.add_argument("--slots", type=int, default=1000, help="cores for that many rows")
    predictor.add_argument("--most-tasks", type=int, default=Growth.most_tasks)
    predictor.add_argument("--most-cells", type=int, default=Growth.most_cells)
    predictor.set_defaults(do=predict)
    given = parser.parse_args(arguments)
    given.do(given)


if __name__ == "__main__":
    main()
