"""The comparison of regressors: errors over bumps, and advice that tells a gain from chance."""

from __future__ import annotations

import json

import pytest

from spark_smote.evaluation.regression_comparison import NOTHING, BumpErrors, FoldErrors, RegressionComparison


def fold(method: str, number: int, rare: float, others: float = 1.0) -> FoldErrors:
    bumps = BumpErrors(0, False, 90, others, 2 * others, 5.0), BumpErrors(1, True, 10, rare, 2 * rare, 10 * rare)
    return FoldErrors("LinearRegression", method, number, bumps)


def comparison(nothing: list[float], more: list[float], metric: str = "sera") -> RegressionComparison:
    results = [
        fold(method, number, rare)
        for method, each in ((NOTHING, nothing), ("SMOTER", more))
        for number, rare in enumerate(each)
    ]
    return RegressionComparison(tuple(results), [(0.0, 0.0), (9.0, 1.0)], ("bump 0", "bump 1"), len(nothing), metric)


def test_errors_of_a_fold_are_those_of_all_its_rows() -> None:
    found = fold(NOTHING, 0, 3.0).errors
    assert found["sera"] == 35 and found["rareMae"] == 3 and found["rareRmse"] == pytest.approx(6)
    assert found["mae"] == pytest.approx(1.2)
    assert found["rmse"] == pytest.approx(((90 * 4 + 10 * 36) / 100) ** 0.5)


@pytest.mark.parametrize(
    ("more", "metric", "told"),
    [
        ([1.0, 1.1, 1.2], "sera", "Oversample: the best with resampling (LinearRegression, SMOTER) has SERA 16,"),
        (
            [1.0, 1.1, 1.2],
            "rareMae",
            "Oversample: the best with resampling (LinearRegression, SMOTER) has MAE, rare 1.1",
        ),
        ([1.0, 4.0, 3.0], "sera", "Do not oversample: "),
        ([4.0, 4.1, 4.2], "sera", "Do not oversample: "),
    ],
)
def test_only_a_gain_beyond_chance_is_advised(more: list[float], metric: str, told: str) -> None:
    found = comparison([3.0, 3.1, 3.2], more, metric)
    assert found.advice.startswith(told)
    assert found.advice in str(found) and json.loads(json.dumps(found.to_dict()))["metric"] == metric
    assert ("the MAE of all rows goes from 1.21 to 1.01" in found.advice) == found.advice.startswith("Oversample")


def test_without_samplers_there_is_nothing_to_advise() -> None:
    one = comparison([3.0, 3.1], [])
    assert one.advice == "Nothing to advise: give samplers to compare."
    assert "bump 1" in str(one)
