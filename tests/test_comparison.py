"""The advice of a comparison, from figures alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spark_smote.evaluation.comparison import NOTHING, THRESHOLD, WEIGHTS, Comparison, Result
from spark_smote.ml.scores import METRICS, Scores

SCORES = Scores(np.array([0.2, 0.8]), np.array([1.0, 3.0]), np.array([5.0, 1.0]))


def comparison(metric: str = "auprc", **methods: list[float]) -> Comparison:
    """Results of one estimator by method, a figure for each fold."""
    names = {"nothing": NOTHING, "threshold": THRESHOLD, "weights": WEIGHTS, "smote": "SMOTE", "tomek": "TomekLinks"}
    results = tuple(
        Result("forest", names[method], fold, {**dict.fromkeys(METRICS, 0.5), metric: value}, SCORES)
        for method, values in methods.items()
        for fold, value in enumerate(values)
    )
    return Comparison(results, 1, 0.1, len(methods["nothing"]), metric=metric)


def test_a_clear_gain_is_reported() -> None:
    found = comparison(nothing=[0.30, 0.31, 0.32], smote=[0.40, 0.41, 0.43], weights=[0.2, 0.2, 0.2])
    assert found.advice.startswith("Oversample: the best with resampling (forest, SMOTE) reaches AUPRC 0.413")
    assert "the best without (forest, nothing) 0.310" in found.advice


@pytest.mark.parametrize(
    "methods",
    [
        {"nothing": [0.30, 0.31, 0.32], "smote": [0.31, 0.31, 0.32]},
        {"nothing": [0.30, 0.31, 0.32], "smote": [0.10, 0.31, 0.60]},
        {"nothing": [0.30, 0.31, 0.32], "smote": [0.40, 0.41, 0.42], "weights": [0.41, 0.40, 0.42]},
        {"nothing": [0.3, 0.3, 0.3], "smote": [0.3, 0.3, 0.3]},
        {"nothing": [0.3], "smote": [0.9]},
    ],
    ids=["within chance", "noisy", "a rival does the same", "no difference", "one fold tells nothing"],
)
def test_a_gain_by_chance_is_no_reason(methods: dict[str, list[float]]) -> None:
    assert comparison(**methods).advice.startswith("Do not oversample: ")


def test_less_brier_is_better_and_a_slope_of_one() -> None:
    assert comparison("brier", nothing=[0.1, 0.1, 0.1], smote=[0.3, 0.3, 0.31]).advice.startswith("Do not")
    assert comparison("brier", nothing=[0.3, 0.3, 0.31], smote=[0.1, 0.1, 0.1]).advice.startswith("Oversample")
    assert comparison("calibrationSlope", nothing=[1.9, 2, 2], smote=[1.1, 1, 1]).advice.startswith("Oversample")
    assert comparison("calibrationSlope", nothing=[0.5, 0.5, 0.5], smote=[2.1, 2, 2]).advice.startswith("Do not")


def test_without_samplers_there_is_nothing_to_advise() -> None:
    assert comparison(nothing=[0.3, 0.3]).advice.startswith("Nothing to advise")


def test_mean_and_spread_are_over_folds_and_print() -> None:
    found = comparison(nothing=[0.30, 0.31, 0.32], smote=[0.1, 0.2, 0.3])
    row = found.summary[0]
    assert (row.mean["auprc"], row.spread["auprc"]) == (pytest.approx(0.31), pytest.approx(0.01))
    assert "0.310 ± 0.010" in str(found)
    assert str(found).splitlines()[-1] == found.advice
    assert json.loads(json.dumps(found.to_dict()))["results"][3]["method"] == "SMOTE"
    assert found.pooled("forest", "SMOTE").rows == 3 * SCORES.rows
