"""Samplers that take many times as long as SMOTE say so from the counts alone, before any work."""

from __future__ import annotations

from typing import Any

import pytest

from spark_smote.core.context import PlanningContext
from spark_smote.core.registry import samplers
from spark_smote.core.resampler import Resampler
from spark_smote.spark.group_classes import GroupClass
from spark_smote.spark.survey import Survey

# With what they take less work by.
SLOW: dict[str, dict[str, Any]] = {
    "InstanceHardnessThreshold": {"cv": 3},
    "LeeSMOTE": {"candidates": 1},
}
ALL = {name: entry.sampler for name, entry in samplers().items() if issubclass(entry.sampler, Resampler)}


def survey(majority: int, minority: int) -> Survey:
    rows: dict[Any, int] = {0: majority, 1: minority}
    return Survey(rows, rows, 30, 1.0, {0: 0, 1: 0}, 0, 0, 0)


def seen(counts: Survey) -> PlanningContext:
    """What is known before any work."""
    nothing: Any = None
    return PlanningContext(nothing, counts, nothing, nothing)


@pytest.mark.parametrize("name", ALL)
def test_at_a_million_rows_the_slow_samplers_warn_and_no_other(name: str) -> None:
    effort = ALL[name]().effort(seen(survey(990_000, 10_000)))
    if name not in SLOW:
        assert effort is None or effort.times(survey(990_000, 10_000)) < 10
        return
    assert effort is not None
    with pytest.warns(UserWarning, match=f"{name} will take some .* times as long as SMOTE: .*[0-9],000.*; lower "):
        assert len(effort.warnings(name, survey(990_000, 10_000))) == 1


@pytest.mark.parametrize("name", SLOW)
def test_no_warning_on_small_data_or_with_less_work(name: str) -> None:
    for sampler, counts in ((ALL[name](), survey(9_900, 100)), (ALL[name](**SLOW[name]), survey(300_000, 100_000))):
        effort = sampler.effort(seen(counts))
        assert effort is not None and effort.warnings(name, counts) == ()


def test_trees_of_ten_thousand_groups_warn_and_those_of_a_few_do_not() -> None:
    for groups, warned in ((10_000, True), (100, False)):
        rows: dict[Any, int] = {
            GroupClass((str(group),), label, 0): count
            for group in range(groups)
            for label, count in ((0, 180), (1, 20))
        }
        counts = Survey(rows, rows, 10, 1.0, {}, 0, 0, 0)
        effort = ALL["IterativePartitioningFilter"]().effort(seen(counts))
        assert effort is not None and f"{27 * groups:,} trees or more on up to 22 rows" in effort.counts
        assert (effort.times(counts) >= 10) == warned


@pytest.mark.parametrize("name", ["RBO", "LeeSMOTE"])
def test_a_strategy_that_is_a_function_is_asked_once(name: str) -> None:
    asked = []

    def doubled(counts: dict[Any, int]) -> dict[Any, int]:
        asked.append(counts)
        return {1: 2 * counts[1]}

    sampler, context = ALL[name](samplingStrategy=doubled), seen(survey(900, 100))
    assert sampler.effort(context) is not None and sampler.quotas(context) == {0: 0, 1: 100}
    assert len(asked) == 1
