"""The benchmark cases: data, contenders and measurements of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.data import TINY_ROWS, Spec

# imbalanced-learn compares every pair of rows: 7 to 11 minutes for half a million rows.
ON_SPARK = ("spark_smote", "copy_floor")
ALL = (*ON_SPARK, "imbalanced_learn")
# The join compares every pair too, row by row.
PEERS = (*ALL, "nearest_by_join")
# Contenders that mark their synthetic rows.
TRACED = ("spark_smote", "imbalanced_learn", "nearest_by_join")


@dataclass(frozen=True)
class Case:
    """One data set; ``rounds`` False measures the quality only; ``strategy`` is 'auto' or totals by class."""

    name: str
    spec: Spec
    contenders: tuple[str, ...] = ON_SPARK
    strategy: str | dict[int, int] = "auto"
    rounds: bool = True
    quality: bool = True


def named(features: int) -> dict[str, list[Case]]:
    """Groups of cases by their name on the command line, and each case of a group by its own."""
    groups = _groups(features)
    alone = {case.name.replace(" ", "-"): [case] for cases in groups.values() for case in cases}
    return groups | {name: cases for name, cases in alone.items() if name not in groups}


def _groups(features: int) -> dict[str, list[Case]]:
    return {
        "A": [Case("A", Spec("mixture", 1_000_000, 10_000, features), ALL)],
        "B": [Case("B", Spec("mixture", 1_000_000, 100_000, features), ALL)],
        "C": [Case("C", Spec("mixture", 2_000_000, 500_000, features))],
        "H": [Case("H", Spec("mixture", 7_280_000, 1_455_000, 28))],
        "growth": [
            Case(f"growth {rows // 1000}k", Spec("mixture", 3 * rows, rows, features), quality=False)
            for rows in (50_000, 100_000, 200_000, 400_000, 800_000, 1_600_000)
        ],
        "skew": list(_skew(features)),
        "peer": [
            Case(f"peer {rows // 1000}k", Spec("mixture", 10 * rows, rows, features), PEERS)
            for rows in (2_000, 5_000, 10_000)
        ],
        "wide": [Case(f"wide d={width}", Spec("mixture", 300_000, 100_000, width)) for width in (64, 256)],
        "recall": [
            _recall(kind, width, rows)
            for rows in (100_000, 1_000_000)
            for kind, width in (("mixture", 10), ("mixture", 30), ("gaussian", 30))
        ],
        "kinds": [
            Case(f"kinds {kind}", Spec(kind, 300_000, 100_000, features))
            for kind in ("mixture", "gaussian", "lowrank", "duplicates", "identical", "scales", "dense")
        ],
    }


def _skew(features: int, minority: int = 1_000_000) -> Iterator[Case]:
    """A million minority rows, doubled: all cases have the same numbers of input and output rows."""
    plain = Case("skew mixture", Spec("mixture", 2_500_000, minority, features))
    plain = replace(plain, strategy={1: 2 * minority})
    yield plain
    for kind in ("identical", "dense"):
        yield replace(plain, name=f"skew {kind}", spec=replace(plain.spec, kind=kind))
    # Half of the synthetic rows come from a third class, of three rows.
    halves = {1: minority + minority // 2, 2: TINY_ROWS + minority // 2}
    for kind in ("mixture", "identical"):
        spec = replace(plain.spec, kind=kind, tiny=True)
        yield replace(plain, name="skew tiny" if kind == "mixture" else f"skew tiny {kind}", spec=spec, strategy=halves)


def _recall(kind: str, width: int, rows: int) -> Case:
    """Every minority row is a seed once; the majority does not matter here, so it is small."""
    spec = Spec(kind, rows + rows // 10, rows, width)
    return Case(f"recall {kind} d={width} {rows // 1000}k", spec, ("spark_smote",), {1: 2 * rows}, rounds=False)


def scaled(case: Case, factor: float) -> Case:
    """The same case with fewer or more rows, for a trial run."""
    spec = replace(case.spec, rows=int(case.spec.rows * factor), minority=int(case.spec.minority * factor))
    if isinstance(case.strategy, str):
        return replace(case, spec=spec)
    return replace(case, spec=spec, strategy={label: int(rows * factor) for label, rows in case.strategy.items()})
