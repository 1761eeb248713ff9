"""Measures all contenders on the same data.

    python -m benchmarks.run A B
    python -m benchmarks.run C growth skew-dense wide recall --rounds 1 --eventlog
    python -m benchmarks.run B --warm 5

All contenders of a case read the same files and take turns, for several rounds; README.md explains the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import data, quality, report
from benchmarks.cases import ALL, TRACED, Case, named, scaled
from benchmarks.report import Run

RESULTS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spark-smote" / "bench.jsonl"


def run_case(case: Case, options: argparse.Namespace) -> Iterator[Run]:
    """Runs all rounds, then the traced runs, which are not timed because provenance costs time."""
    folder = data.ensure(case.spec, options.data)
    if options.warm:
        yield from run_warm(case, folder, options)
        return
    for number in range(1, options.rounds + 1 if case.rounds else 1):
        for name in options.contenders or case.contenders:
            yield {"round": number, **run_once(name, case, folder, options)}
    for name in options.quality if case.quality else ():
        yield {"round": 0, **run_once(name, case, folder, options, trace=True)}


def run_warm(case: Case, folder: Path, options: argparse.Namespace) -> Iterator[Run]:
    """Runs floor and spark_smote in turn in one session; peaks of memory are of both."""
    found = run_once("spark_smote", case, folder, options, extra=[f"--warm={options.warm}"])
    runs = found.pop("runs", [{"round": 1, **found}])
    yield from ({**run, "peak_mb": found.get("peak_mb", {})} for run in runs)


def run_once(
    name: str, case: Case, folder: Path, options: argparse.Namespace, trace: bool = False, extra: Sequence[str] = ()
) -> Run:
    """Runs one contender in a process of its own, and removes its output."""
    out = options.data / "out"
    shutil.rmtree(out, ignore_errors=True)
    settle(folder)
    command = [sys.executable, "-m", "benchmarks.contenders", name, f"--data={folder}", f"--out={out}"]
    command += [f"--cores={options.cores}", f"--memory={options.memory}", f"--partitions={options.partitions}"]
    command += [] if case.strategy == "auto" else [f"--strategy={json.dumps(case.strategy)}"]
    command += [*extra, *(["--trace"] if trace else [])]
    command += [f"--eventlog={options.data / 'eventlog'}"] if options.eventlog else []
    result: Run = {"contender": name, **call(command, options.limit, options.data / "failed.log")}
    if trace and "error" not in result:
        result["quality"] = quality.measure(folder, out, sample=options.sample)
    for leftover in (out, options.data / "eventlog"):
        shutil.rmtree(leftover, ignore_errors=True)
    return result


def settle(folder: Path) -> None:
    """Gives every contender the same start: input in the page cache, no pending writes to disk."""
    os.sync()
    for file in folder.glob("part-*"):
        with file.open("rb") as stream:
            while stream.read(1 << 24):
                pass


def call(command: list[str], limit: float, log: Path) -> dict[str, Any]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        stdout, stderr = process.communicate(timeout=limit)
    except BaseException as error:
        # The process group includes the JVM and its workers.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return {"error": f"over {limit:.0f} s"}
        raise
    if process.returncode:
        log.write_text(stderr)
        return {"error": f"failed ({process.returncode}), see {log}"}
    return dict(json.loads(stdout.splitlines()[-1]))


def keep(results: Path, run: Run) -> None:
    """Appends a run to the file of results."""
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a") as file:
        file.write(json.dumps({"at": round(time.time()), **run}) + "\n")


def main() -> None:
    options = _options()
    # Exit on a signal, so that the running contender is stopped too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    groups = named(options.features)
    sitting = round(time.time())
    for group in dict.fromkeys(options.cases):
        cases = [scaled(case, options.scale) for case in groups[group]]
        runs: list[Run] = []
        for case in cases:
            spec = case.spec
            print(
                f"\n{case.name}: {spec.kind}, {spec.rows:,} rows, {spec.minority:,} minority, {spec.features} features"
            )
            of_case = []
            for run in run_case(case, options):
                run |= {"case": case.name, "minority": spec.minority, "rows": spec.rows, "features": spec.features}
                run |= {"data": spec.name, "warm": bool(options.warm), "sitting": sitting, "scale": options.scale}
                of_case.append(run)
                keep(options.results, run)
            timed = [run for run in of_case if run["round"]]
            if timed:
                print(report.timings(timed))
            for run in of_case:
                if not run["round"]:
                    print(report.quality(run))
            sys.stdout.flush()
            runs += timed
        if len(cases) > 1 and runs:
            print(f"\n{group}, all cases over the first:")
            print(report.across(runs, [case.name for case in cases]))
    print(f"\nall runs: {options.results}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the contenders side by side.")
    parser.add_argument("cases", nargs="*", default=["A", "B"], metavar="case", help=f"of {', '.join(named(30))}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm", type=int, default=0, metavar="N", help="N rounds in one session, after one uncounted")
    parser.add_argument("--features", type=int, default=30, help="of all cases that do not name their own number")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on all numbers of rows, for a trial run")
    parser.add_argument("--contenders", nargs="+", choices=ALL, help="only these, in this order")
    parser.add_argument("--quality", nargs="*", choices=TRACED, default=["spark_smote"], help="contenders to evaluate")
    parser.add_argument("--sample", type=int, default=1000, help="synthetic rows compared with brute force")
    parser.add_argument("--eventlog", action="store_true", help="count passes over the input (costs a little time)")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--memory", default="3g", help="of Spark's driver JVM")
    parser.add_argument("--partitions", type=int, default=8, help="spark.sql.shuffle.partitions")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a run is stopped")
    parser.add_argument("--data", type=Path, default=data.ROOT, help="where data is kept between runs")
    parser.add_argument("--results", type=Path, default=RESULTS, help="JSON lines, one a run, are appended here")
    options = parser.parse_args()
    unknown = set(options.cases) - set(named(options.features))
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(named(options.features))}")
    return options


if __name__ == "__main__":
    main()
