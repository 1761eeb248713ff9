"""The tables of docs/performance.md, made from the lines of results, so that no figure is typed by hand.

    python -m benchmarks.tables results.jsonl                              # print all tables
    python -m benchmarks.tables results.jsonl --into docs/performance.md   # replace them between their marks

A table stands between the lines ``<!-- NAME -->`` and ``<!-- /NAME -->``. Of each contender in each case the last
sitting counts; a ratio marked ~ is one of medians of two sittings, any other is the median of ratios within rounds.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

Run = dict[str, Any]
Row = tuple[str, ...]

OURS, FLOOR, PEER, JOIN = "spark_smote", "copy_floor", "imbalanced_learn", "nearest_by_join"
GROWTH_FROM = 200_000


def markdown(head: Row, body: Sequence[Row]) -> str:
    """A table in Markdown.

    Examples
    --------
    >>> print(markdown(("case", "seconds"), [("A", "1.0")]))
    | case | seconds |
    |---|---|
    | A | 1.0 |
    """
    return "\n".join("| " + " | ".join(row) + " |" if row else "|---" * len(head) + "|" for row in (head, (), *body))


class Results:
    """The lines of results of the last sitting of each contender in each case."""

    def __init__(self, lines: Sequence[Run]) -> None:
        last: dict[tuple[Any, ...], int] = {}
        for run in lines:
            last[_key(run)] = max(run.get("sitting", 0), last.get(_key(run), 0))
        self._runs = [run for run in lines if run.get("sitting", 0) == last[_key(run)]]

    def cases(self, warm: bool = False) -> list[str]:
        """Names of the cases that spark_smote was timed in, in alphabetical order, smaller ones first."""
        rows = {run["case"]: run.get("minority", 0) for run in self._runs if _timed(run, OURS, warm)}
        return sorted(rows, key=lambda case: (case.split()[0], rows[case], case))

    def timed(self, case: str, contender: str, warm: bool = False) -> list[Run]:
        return [run for run in self._runs if run["case"] == case and _timed(run, contender, warm)]

    def failed(self, case: str, contender: str) -> str:
        """Why a contender has no time."""
        return next((run["error"] for run in self._of(case, contender) if "error" in run), "")

    def _of(self, case: str, contender: str) -> Iterator[Run]:
        return (run for run in self._runs if (run["case"], run["contender"]) == (case, contender))

    def family(self) -> list[Run]:
        """Runs of benchmarks.family."""
        return [run for run in self._runs if run["case"] == "family"]

    def small(self) -> list[Run]:
        """Runs of benchmarks.small."""
        return [run for run in self._runs if run["case"] == "small" and "error" not in run]

    def quality(self, case: str, contender: str = OURS) -> Run:
        return next((run for run in self._of(case, contender) if "quality" in run), {})

    def ratio(self, case: str, other: str, warm: bool = False) -> str:
        """Our seconds over the other contender's."""
        ours, theirs = self.timed(case, OURS, warm), self.timed(case, other, warm)
        if not ours or not theirs:
            return self.failed(case, other)
        by_round = {(run["sitting"], run["round"]): run["seconds"] for run in theirs}
        pairs = [run["seconds"] / by_round[key] for run in ours if (key := (run["sitting"], run["round"])) in by_round]
        return f"{median(pairs):.2f}" if pairs else f"~{_median(ours) / _median(theirs):.2f}"


def read(files: Sequence[Path]) -> Results:
    return Results([json.loads(line) for file in files for line in file.read_text().splitlines()])


def cases(results: Results) -> Iterator[Row]:
    yield (
        "case",
        "seconds",
        "x floor",
        "x imbalanced-learn",
        "true 5-neighbour segment",
        "distance ratio",
        "worker MB",
        "driver MB",
        "plan's recall",
        "repeat: `python -m benchmarks.run`",
    )
    for case in results.cases():
        if case.startswith(("growth ", "peer ")):
            continue
        runs, traced = results.timed(case, OURS), results.quality(case)
        found = traced.get("quality", {})
        planned = [one["recall"] for one in traced.get("classes", []) if one["label"] == 1]
        yield (
            _described(case, runs[0]),
            *(_range(runs), results.ratio(case, FLOOR), results.ratio(case, PEER) or "not run"),
            f"{found['pairs_true']:.1%}" if found else "",
            f"{found['distance_ratio']:.3f}" if "distance_ratio" in found else "",
            *(_peak([*runs, traced] if found else runs, part) for part in ("worker", "driver")),
            f"{planned[0]:.3f}" if planned and planned[0] is not None else "",
            f"`{_slug(case)}`",
        )


def growth(results: Results) -> Iterator[Row]:
    yield "minority rows", "seconds", "x floor", "us/minority row", f"over that of {GROWTH_FROM // 1000}k", "worker MB"
    named = [case for case in results.cases() if case.startswith("growth ")]
    each = {case: 1e6 * _median(runs) / runs[0]["minority"] for case in named if (runs := results.timed(case, OURS))}
    first = next((each[case] for case in named if results.timed(case, OURS)[0]["minority"] >= GROWTH_FROM), None)
    for case in named:
        runs = results.timed(case, OURS)
        minority = runs[0]["minority"]
        over = f"{each[case] / first:.2f}" if first and minority >= GROWTH_FROM else ""
        ratio, worker = results.ratio(case, FLOOR), _peak(runs, "worker")
        yield f"{minority:,}", _range(runs), ratio, f"{each[case]:.0f}", over, worker


def warm(results: Results) -> Iterator[Row]:
    yield "case, one session", "rounds", "seconds", "floor, seconds", "x floor", "repeat: `python -m benchmarks.run`"
    for case in results.cases(warm=True):
        runs, floor = results.timed(case, OURS, True), results.timed(case, FLOOR, True)
        yield (
            *(_described(case, runs[0]), str(len(runs)), _range(runs), _range(floor)),
            *(results.ratio(case, FLOOR, True), f"`{_slug(case)} --warm {len(runs)}`"),
        )


def peer(results: Results) -> Iterator[Row]:
    yield "case", "contender", "seconds", "rows out", "true 5-neighbour segment", "worker MB", "JVM MB"
    for case in results.cases():
        for contender in (OURS, JOIN, PEER) if case.startswith("peer ") else ():
            runs, found = results.timed(case, contender), results.quality(case, contender).get("quality", {})
            seconds = _range(runs) if runs else results.failed(case, contender) or "not run"
            rows = f"{runs[-1]['rows_written']:,}" if runs else ""
            share = f"{found['pairs_true']:.1%}" if found else ""
            yield case, contender, seconds, rows, share, *(_peak(runs, part) for part in ("worker", "jvm"))


def small(results: Results) -> Iterator[Row]:
    yield "sampler, 600 rows", "first run, seconds", "second run in the session"
    for run in results.small():
        yield run["contender"], f"{run['seconds']:.1f}", f"{run['again']:.2f}"


def family(results: Results) -> Iterator[Row]:
    """Seconds, and those of processors, over SMOTE's before; a run that was stopped is told as such."""
    yield "sampler", "rows", "seconds", "x SMOTE", "x SMOTE in processor time", "worker MB", "driver MB", "load before"
    runs = results.family()
    for run in sorted(runs, key=lambda run: run.get("cpu_seconds", run["smote_cpu"] * 1e3) / run["smote_cpu"]):
        if "error" in run:
            known = f"over {run['limit'] / run['smote']:.1f}" if run["error"].startswith("over") else ""
            seconds, ratios = run["error"], (known, "")
        else:
            seconds = f"{run['seconds']:.0f}"
            ratios = f"{run['seconds'] / run['smote']:.1f}", f"{run['cpu_seconds'] / run['smote_cpu']:.1f}"
        peaks = (_peak([run], part) for part in ("worker", "driver"))
        yield run["contender"], f"{run['rows']:,}", seconds, *ratios, *peaks, f"{run['load']:.0f}"


TABLES: dict[str, Callable[[Results], Iterator[Row]]] = {
    one.__name__: one for one in (cases, growth, warm, peer, family, small)
}


def _key(run: Run) -> tuple[Any, ...]:
    return run["case"], run["contender"], run.get("warm", False), "quality" in run


def _timed(run: Run, contender: str, warm: bool) -> bool:
    return (
        run["contender"] == contender
        and run.get("warm", False) == warm
        and bool(run.get("round"))
        and "error" not in run
    )


def _median(runs: Sequence[Run]) -> float:
    return median(run["seconds"] for run in runs)


def _range(runs: Sequence[Run]) -> str:
    seconds = [run["seconds"] for run in runs]
    if len(seconds) < 2:
        return "".join(f"{one:.1f}" for one in seconds)
    return f"{median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


def _peak(runs: Sequence[Run], part: str) -> str:
    peak = max((run.get("peak_mb", {}).get(part, 0) for run in runs), default=0)
    return f"{peak:,}" if peak else ""


def _described(case: str, run: Run) -> str:
    scale = f", scale {run['scale']}" if run.get("scale", 1.0) != 1.0 else ""
    return f"{case}: {run['rows']:,} x {run['features']}, {run['minority']:,} minority{scale}"


def _slug(case: str) -> str:
    return case.replace(" ", "-")


def put(text: str, name: str, table: str) -> str:
    """Replaces the table between the marks of this name; text without the marks stays as it is."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return marked.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def show(name: str, head: Row, body: Sequence[Row], page: Path | None) -> None:
    """Prints a table, and puts it into a page if one is named."""
    table = markdown(head, body)
    print(f"\n{name}\n\n{table}")
    if page:
        page.write_text(put(page.read_text(), name, table))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+", help="JSON lines of benchmarks.run and benchmarks.small")
    parser.add_argument("--into", type=Path, help="page with the marks")
    given = parser.parse_args()
    results = read(given.results)
    for name, make in TABLES.items():
        head, *body = make(results)
        if body:
            show(name, head, body, given.into)


if __name__ == "__main__":
    main()
