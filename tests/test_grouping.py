"""Strategies within groups, and groups of a plan in summary, without Spark jobs."""

from __future__ import annotations

from typing import Any

import pytest

from spark_smote import strategy
from spark_smote.core.grouping import GroupPlan, of_labels, resolved, to_clean
from spark_smote.core.plan import ClassPlan
from spark_smote.errors import StrategyError
from spark_smote.spark.group_classes import GroupClass


def classes(rows: dict[tuple[str | None, Any], int]) -> dict[GroupClass, int]:
    return {GroupClass((group,), label, code): count for code, ((group, label), count) in enumerate(rows.items())}


ROWS = classes({(None, 0): 5, (None, 1): 9, ("a", 0): 40, ("a", 1): 4, ("b", 1): 7, ("c", 0): 8, ("c", 1): 8})


@pytest.mark.parametrize(
    ("asked", "added"),
    [
        ("auto", [4, 0, 0, 36, 0, 0, 0]),
        (0.5, [0, 0, 0, 16, 0, 0, 0]),
        (lambda counts: dict.fromkeys(counts, 2 * max(counts.values())), [13, 9, 40, 76, 0, 8, 8]),
        ({1: 50}, [0, 41, 0, 46, 0, 0, 42]),
    ],
)
def test_a_strategy_holds_within_each_group(asked: Any, added: list[int]) -> None:
    assert list(resolved(strategy.resolve, asked, ROWS, "error").values()) == added


def test_rows_are_removed_within_each_group() -> None:
    assert list(resolved(strategy.resolve_under, "auto", ROWS, "error").values()) == [0, 4, 36, 0, 0, 0, 0]


def test_targets_are_those_of_each_group_that_has_two_classes() -> None:
    assert [(one.group[0], one.label) for one in to_clean("majority", ROWS)] == [(None, 1), ("a", 0), ("c", 0)]
    assert [(one.group[0], one.label) for one in to_clean([1], ROWS)] == [(None, 1), ("a", 1), ("c", 1)]


def test_errors_name_the_group() -> None:
    with pytest.raises(StrategyError, match="group 'a': samplingStrategy: class 0 has 40 rows, more than the total"):
        resolved(strategy.resolve, {0: 10}, ROWS, "error")
    with pytest.raises(StrategyError, match=r"no group has the class 2; the classes are 0, 1"):
        resolved(strategy.resolve, {2: 10}, ROWS, "error")


def test_a_plan_tells_groups_in_summary_and_classes_as_sums() -> None:
    planned = [
        ClassPlan(one, rows, to_synthesise=added, search="exact" if added else "none", recall=1.0 if added else None)
        for (one, rows), added in zip(ROWS.items(), [4, 0, 0, 36, 0, 0, 0], strict=True)
    ]
    assert str(GroupPlan.of(planned, {"copy": 1})) == (
        "groups: 4 of 7 to 44 rows; 2 change, 1 of one class only are left; classes with too few rows: 1 copied"
    )
    assert [(one.label, one.rows, one.to_synthesise, one.search, one.recall) for one in of_labels(planned)] == [
        (0, 53, 4, "exact", 1.0),
        (1, 28, 36, "exact", 1.0),
    ]
