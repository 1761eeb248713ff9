"""The benchmark cases: data, contenders and measurements of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.data import TINY_ROWS, Spec

ALL = ("spark_smote", "copy_floor", "imbalanced_learn")
# imbalanced-learn compares every pair of rows: 11 minutes for half a million rows.
ON_SPARK = ("spark_smote", "copy_floor")
# Contenders that mark their synthetic rows.
TRACED = ("spark_smote", "imbalanced_learn")


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
    """Groups of cases by their name on the command line."""
    return {
        "A": [Case("A", Spec("mixture", 1_000_000, 10_000, features), ALL)],
        "B": [Case("B", Spec("mixture", 1_000_000, 100_000, features), ALL)],
        "C": [Case("C", Spec("mixture", 2_000_000, 500_000, features))],
        "growth": [
            Case(f"growth {rows // 1000}k", Spec("mixture", 3 * rows, rows, features), quality=False)
            for rows in (50_000, 100_000, 200_000, 400_000, 800_000)
        ],
        "skew": list(_skew(features)),
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
    plain = Case("skew mixture", Spec("mixture", 2_500_000, minority, features), quality=False)
    plain = replace(plain, strategy={1: 2 * minority})
    yield plain
    for kind in ("identical", "dense"):
        yield replace(plain, name=f"skew {kind}", spec=replace(plain.spec, kind=kind))
    # Half of the synthetic rows come from a class of three rows.
    halves = {1: minority + minority // 2, 2: TINY_ROWS + minority // 2}
    for kind in ("mixture", "identical"):
        yield replace(
            plain, name=f"skew {kind} + 3 rows", spec=replace(plain.spec, kind=kind, tiny=True), strategy=halves
        )


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
