"""Tables of the runs: medians, ranges and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

Run = dict[str, Any]

_HEAD = ("contender", "seconds", "min-max", "x floor", "rows out", "worker MB", "driver MB", "JVM MB", "stages (s)")
_FLOOR = "copy_floor"


def timings(runs: Sequence[Run]) -> str:
    """Returns one line for each contender of one case, over all rounds."""
    lines = []
    for name in dict.fromkeys(run["contender"] for run in runs):
        own = [run for run in runs if run["contender"] == name]
        good = [run for run in own if "error" not in run]
        if not good:
            lines.append((name, own[0]["error"], *[""] * (len(_HEAD) - 2)))
            continue
        seconds = [run["seconds"] for run in good]
        ratio = floor_ratio(runs, name)
        stages = {stage: median(run["stages"][stage] for run in good) for stage in good[0]["stages"]}
        failed = f", {len(own) - len(good)} failed" if len(good) < len(own) else ""
        lines.append(
            (
                name,
                f"{median(seconds):.1f}",
                f"{min(seconds):.1f}-{max(seconds):.1f}{failed}",
                "" if ratio is None else f"{ratio:.2f}",
                f"{good[-1]['rows_written']:,}",
                *(_peak(good, part) for part in ("worker", "driver", "jvm")),
                ", ".join(f"{stage} {spent:.1f}" for stage, spent in stages.items()),
            )
        )
    passes = [f"{run['contender']}: {_spark(run['spark'])}" for run in runs if run["round"] == 1 and "spark" in run]
    return "\n".join([_table([_HEAD, *lines]), *(f"  {line}" for line in passes)])


def floor_ratio(runs: Sequence[Run], name: str) -> float | None:
    """Returns the median over rounds of the seconds divided by those of the copy floor in the same round."""
    floors = {run["round"]: run["seconds"] for run in runs if run["contender"] == _FLOOR and "error" not in run}
    own = {run["round"]: run["seconds"] for run in runs if run["contender"] == name and "error" not in run}
    ratios = [own[number] / floors[number] for number in own if number in floors]
    return median(ratios) if ratios else None


def quality(run: Run) -> str:
    """Returns one line on one traced run."""
    if "error" in run:
        return f"  quality of {run['contender']}: {run['error']}"
    found = run["quality"]
    parts = [f"pairs true {found['pairs_true']:.1%}", f"copies {found['copies']:.1%}"]
    if "recall" in found:
        parts = [
            f"recall {found['recall']:.3f} +- {found['recall_error']:.3f}",
            f"distance ratio {found['distance_ratio']:.4f} +- {found['distance_ratio_error']:.4f}",
            *parts,
            f"not as said {found['not_as_said']:.1%}",
        ]
    plans = [
        f"plan: {row['search']}, {row['cells']:,} cells, halo {row['halo_share']:.0%}, recall {row['recall']:.3f}"
        for row in run.get("classes", [])
        if row["label"] == 1 and row["recall"] is not None
    ]
    peaks = [f"worker {peak:,} MB"] if (peak := run["peak_mb"].get("worker")) else []
    peaks.append(f"this run {run['seconds']:.1f} s")
    return f"  quality of {run['contender']}: " + " | ".join([*parts, *plans, *peaks])


def across(runs: Sequence[Run], names: Sequence[str]) -> str:
    """Compares the cases of a group with the first one: seconds, and microseconds per minority row."""
    lines: list[tuple[str, ...]] = [("case", "contender", "seconds", "x first", "us/minority row", "x first")]
    first: dict[str, tuple[float, float]] = {}
    for name in names:
        of_case = [run for run in runs if run["case"] == name and "error" not in run]
        for contender in dict.fromkeys(run["contender"] for run in of_case):
            own = [run for run in of_case if run["contender"] == contender]
            seconds = median(run["seconds"] for run in own)
            each = 1e6 * seconds / own[0]["minority"]
            if name == names[0]:
                first[contender] = seconds, each
            ratios = [f"{now / then:.2f}" for now, then in zip((seconds, each), first.get(contender, ()), strict=False)]
            of_time, of_each = ratios or ("", "")
            lines.append((name, contender, f"{seconds:.1f}", of_time, f"{each:.1f}", of_each))
    return _table(lines)


def _peak(runs: Sequence[Run], part: str) -> str:
    peak = max(run["peak_mb"].get(part, 0) for run in runs)
    return f"{peak:,}" if peak else ""


def _spark(found: dict[str, Any]) -> str:
    return (
        f"{found['passes']} passes over the input in {found['scan_stages']} scan stages, {found['jobs']} jobs, "
        f"{found['shuffled_mb']:,} MB shuffled, {found['spilled_mb']:,} MB spilled"
    )


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    # Text is left-aligned, numbers are right-aligned.
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(width) if cell[:1].isalpha() else cell.rjust(width)
            for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
