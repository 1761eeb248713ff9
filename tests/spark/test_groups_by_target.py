"""``relevance='auto'`` with ``groupCols``: each group has the box plot, and so the classes, that it has alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from saved import reloaded

from spark_smote import WERCS, RelevanceUnderSampler, relevance_points
from spark_smote.core import target_relevance
from spark_smote.errors import ClassError, InvalidDataError
from spark_smote.kernels.relevance import Relevance, fences, hinge_ranks, of_box_plot
from spark_smote.spark import order_statistics
from spark_smote.spark.target import BUMP

RNG = np.random.default_rng(6)
TARGETS: dict[str | None, list[float | None]] = {
    "both sides": [*(RNG.normal(size=90) ** 3).tolist(), None, float("nan")],
    "high": np.exp(RNG.normal(size=120)).round(1).tolist(),
    None: (-np.exp(RNG.normal(size=71))).tolist(),
    "even": list(map(float, range(30))),
    "flat": [3.0] * 9,
    "mostly 0": [0.0] * 20 + [-0.0, 5.0, 7.0],
    "one": [4.0],
    "none": [None, float("inf")],
}
CHANGING = {"both sides": [True, False, True], "high": [False, True], None: [True, False], "mostly 0": [False, True]}
"""The groups with several bumps, and which of these are rare."""
AUTO: dict[str, Any] = {"targetCol": "y", "groupCols": ["region"], "handleInvalid": "skip"}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    rows = [(region, y) for region, targets in TARGETS.items() for y in targets]
    return spark.createDataFrame(rows, "region string, y double").repartition(5)


def relevance(targets: NDArray[np.float64]) -> Relevance | None:
    """The relevance of a group; None where all is equal."""
    ordered = np.sort(targets)
    lower, median, upper = (float(ordered[np.array(pair) - 1].mean()) for pair in hinge_ranks(len(ordered)))
    low, high = fences(lower, upper, 1.5)
    within = ordered[(ordered >= low) & (ordered <= high)]
    whiskers = float(within[0]), float(within[-1])
    points = of_box_plot(float(ordered[0]), whiskers, median, float(ordered[-1]), "both")
    return Relevance.through(points) if len(points) > 1 else None


@pytest.mark.parametrize("kind", [RelevanceUnderSampler, WERCS], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("large", [60, 10**6], ids=["some groups are large", "none is"])
def test_rows_are_told_apart_by_the_box_plot_of_their_group(
    frame: DataFrame, kind: Any, large: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in (order_statistics, target_relevance):
        monkeypatch.setattr(module, "LARGE", large)
    plan = kind(**AUTO).plan(frame)
    assert ("brackets" in plan.seconds) == (large < 100)
    found: dict[Any, list[Any]] = {region: [] for region in TARGETS}
    for row in reloaded(plan, tmp_path).execution.class_column.added(frame).collect():
        found[row["region"]].append((row["y"], row[BUMP]))
    for region, told in found.items():
        known = [(y, number) for y, number in told if y is not None and np.isfinite(y)]
        assert {number for y, number in told if y is None or not np.isfinite(y)} <= {None}
        target = np.array([y for y, _ in known])
        function = relevance(target) if known else None
        if kind is WERCS:
            wanted = np.floor(function(target) * 100 + 0.5) if function else np.zeros(len(known))
        else:
            edges, rare = function.bumps(0.5) if function else ([], [False])
            assert rare == CHANGING.get(region, [False])
            wanted = np.searchsorted(edges, target, side="right")
        assert [number for _, number in known] == wanted.tolist()
    assert plan.groups.groups == 7 and plan.groups.one_class == 3
    if kind is RelevanceUnderSampler:
        shapes = "frequent, rare (groups: 2); rare, frequent (groups: 1); rare, frequent, rare (groups: 1)"
        assert plan.notes[0] == f"bumps by the box plot of 'y' in each group: {shapes}; one bump in the others"


@pytest.mark.classic("the same plan")
def test_groups_of_one_bump_and_rows_without_target_stay_as_they_are(frame: DataFrame) -> None:
    rows = RelevanceUnderSampler(**AUTO).resample(frame)
    left = Counter(row["region"] for row in rows.collect())
    assert {region for region, targets in TARGETS.items() if left[region] < len(targets)} == set(CHANGING)
    assert rows.filter("isnan(y) OR y IS NULL").count() == 3
    for kind in (RelevanceUnderSampler, WERCS):
        plan = kind(**AUTO).plan(frame.filter("region IN ('even', 'flat', 'one')"))
        assert not any(one.to_synthesise or one.to_remove for one in plan.classes)


@pytest.mark.classic("messages of planning")
def test_targets_that_no_group_can_be_resampled_by_are_refused(frame: DataFrame) -> None:
    sampler = RelevanceUnderSampler(**AUTO)
    with pytest.raises(ClassError, match="'y' has no value"):
        sampler.plan(frame.filter("region = 'none'"))
    with pytest.raises(ClassError, match="'y' is 3 in every row"):
        sampler.plan(frame.filter("region IN ('flat', 'none')"))
    with pytest.raises(InvalidDataError, match="'y' is null, NaN or infinite in 4 rows"):
        sampler.setHandleInvalid("error").plan(frame)


@pytest.mark.classic("figures of planning")
def test_ranks_of_large_groups_are_exact(spark: SparkSession) -> None:
    """Without groups, and of more values than approximate percentiles tell apart."""
    numbers = np.arange(70_000) * 7919 % 70_001 % 40_000
    ordered = np.sort(numbers.astype(float) ** 2)
    assert len(ordered) > order_statistics.LARGE
    found = relevance_points(spark.range(70_000).selectExpr("power(id * 7919 % 70001 % 40000, 2) AS y"), "y")
    function = relevance(ordered)
    assert function is not None
    assert found == list(zip(function.points.tolist(), function.relevances.tolist(), strict=True))
