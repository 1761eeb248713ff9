"""The advice of a comparison, from figures alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spark_smote.errors import ParameterError
from spark_smote.evaluation.advice import NOTHING, THRESHOLD, WEIGHTS, advise, worded
from spark_smote.evaluation.comparison import Comparison, Result
from spark_smote.evaluation.page import render
from spark_smote.evaluation.yardstick import cost_table
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
    assert found.advice.startswith("Resample with SMOTE: forest, SMOTE reaches AUPRC 0.413 and forest, nothing 0.310;")
    assert (found.verdict.action, found.verdict.method) == ("sampler", "SMOTE")


@pytest.mark.parametrize(
    ("action", "methods"),
    [
        ("nothing", {"nothing": [0.30, 0.31, 0.32], "smote": [0.31, 0.31, 0.32]}),
        ("nothing", {"nothing": [0.9, 0.9, 0.9], "smote": [0.3, 0.3, 0.31]}),
        ("threshold", {"nothing": [0.1, 0.1, 0.1], "threshold": [0.7, 0.71, 0.7], "weights": [0.71, 0.7, 0.7]}),
        ("weights", {"nothing": [0.30, 0.31, 0.32], "smote": [0.40, 0.41, 0.42], "weights": [0.41, 0.40, 0.42]}),
        ("sampler", {"nothing": [0.1, 0.1, 0.1], "threshold": [0.2, 0.2, 0.2], "smote": [0.7, 0.71, 0.7]}),
        # A small gain must be sure, a large one likely.
        ("nothing", {"nothing": [0.3, 0.3, 0.3], "smote": [0.34, 0.31, 0.35]}),
        ("sampler", {"nothing": [0.3, 0.3, 0.3], "smote": [0.54, 0.36, 0.60]}),
        ("nothing", {"nothing": [0.3, 0.3, 0.3], "smote": [0.301, 0.301, 0.301]}),
        ("cannot tell", {"nothing": [0.30, 0.30, 0.30], "smote": [0.20, 0.40, 0.70]}),
        ("more data", {"nothing": [0.30, 0.31, 0.32], "smote": [0.10, 0.31, 0.80]}),
        ("more data", {"nothing": [0.3], "smote": [0.9]}),
    ],
)
def test_the_simplest_method_is_advised_that_none_beats_by_more_than_chance(
    action: str, methods: dict[str, list[float]]
) -> None:
    found = comparison(**methods)
    assert found.verdict.action == action
    assert (found.verdict.method == "nothing") == (action in ("nothing", "cannot tell", "more data"))
    assert found.advice.split(":")[0] in {
        "Do nothing",
        "Move the threshold",
        "Use class weights",
        "Resample with SMOTE",
        "This data cannot tell",
        "Get more rows of class 1",
    }


def test_corrected_probabilities_are_advised_where_they_are_what_helps() -> None:
    figures = {"nothing": [0.3, 0.3, 0.3], "SMOTE": [0.5, 0.5, 0.5], "SMOTE, corrected": [0.1, 0.1, 0.11]}
    found = advise({("trees", name): -np.array(values) for name, values in figures.items()}, ratio=0.5, ideal=0.0)
    assert (found.action, found.method) == ("prior correction", "SMOTE, corrected")
    means = {("trees", name): float(np.mean(values)) for name, values in figures.items()}
    assert worded(found, means, "Brier", 1).startswith(
        "Resample with SMOTE and correct the probabilities: trees, SMOTE"
    )


def test_the_best_estimator_stands_for_each_kind_of_method() -> None:
    figures = {
        ("trees", "nothing"): [0.5, 0.5, 0.5],
        ("trees", "SMOTE"): [0.6, 0.6, 0.6],
        ("regression", "nothing"): [0.7, 0.7, 0.7],
        ("regression", "SMOTE"): [float("nan"), 0.9, 0.9],
    }
    found = advise({each: np.array(values) for each, values in figures.items()}, ratio=0.5, ideal=1.0)
    assert (found.action, found.estimator, found.base) == ("nothing", "regression", ("regression", "nothing"))


def test_four_times_the_rows_halve_the_noise() -> None:
    values = np.array([-0.4, 0.8, 0.2])
    found = advise({("a", "nothing"): np.zeros(3), ("a", "SMOTE"): values}, ratio=0.5, ideal=1.0)
    # Endless repetitions leave a noise of 0.6745 s sqrt(ratio), s = 0.6; the gain is 0.2.
    assert found.action == "more data"
    assert found.wanted == pytest.approx((0.6745 * 0.6 * 0.5**0.5 / 0.2) ** 2, rel=1e-3)


def test_less_brier_and_cost_are_better_and_a_slope_of_one() -> None:
    for metric in ("brier", "expectedCost"):
        assert comparison(metric, nothing=[0.1, 0.1, 0.1], smote=[0.3, 0.3, 0.31]).verdict.action == "nothing"
        assert comparison(metric, nothing=[0.3, 0.3, 0.31], smote=[0.1, 0.1, 0.1]).verdict.action == "sampler"
    # A negative cost is a gain.
    assert comparison("expectedCost", nothing=[-1, -1, -1], smote=[-3, -3, -3.1]).verdict.action == "sampler"
    assert comparison("calibrationSlope", nothing=[1.9, 2, 2], smote=[1.1, 1, 1]).verdict.action == "sampler"
    assert comparison("calibrationSlope", nothing=[0.5, 0.5, 0.5], smote=[2.1, 2, 2]).verdict.action == "nothing"


def test_the_noise_is_that_of_the_next_best_method() -> None:
    found = comparison(
        nothing=[0.7, 0.6, 0.7], threshold=[0.7, 0.6, 0.7], smote=[0.5, 0.6, 0.6], weights=[0.2, 0.2, 0.2]
    )
    assert (found.verdict.action, found.verdict.best) == ("nothing", ("forest", "SMOTE"))
    assert found.verdict.noise > 0.1
    equal = comparison(nothing=[0.7, 0.6, 0.7], threshold=[0.7, 0.6, 0.7])
    assert equal.advice == "Do nothing: no method changes AUPRC, forest, nothing 0.667."


def test_without_other_methods_there_is_nothing_to_advise() -> None:
    assert comparison(nothing=[0.3, 0.3]).advice.startswith("Nothing to advise")


def test_a_comparison_of_all_classes_shows_each_and_has_no_curves() -> None:
    classes = {"a": {"auprc": 0.4}, "b": {"auprc": 0.6}}
    results = tuple(
        Result("forest", method, fold, {"auprc": 0.5, "mcc": 0.2}, None, classes, {"kNeighbors": 3})
        for method in (NOTHING, "SMOTE")
        for fold in range(4)
    )
    found = Comparison(results, None, 0.1, 2, repeats=2, rarest="a")
    assert found.summary[1].classes == classes
    assert "class a  class b" in str(found)
    assert "all classes, 10.00% of the rows; 2 folds, 2 times" in str(found)
    saved = json.loads(json.dumps(found.to_dict()))
    assert (saved["positive"], saved["verdict"]["action"], saved["results"][0]["tuned"]) == (
        None,
        "nothing",
        {"kNeighbors": 3},
    )
    with pytest.raises(ParameterError, match="no curves"):
        found.pooled("forest", NOTHING)
    page = render(None, found, ())
    assert "All classes were evaluated" in page
    assert "AUPRC by class" in page
    assert "data:image/png" not in page


def test_costs_name_every_error() -> None:
    assert cost_table({("a", "b"): 5, ("b", "a"): 1, ("a", "a"): -1}, ["a", "b"])["a", "a"] == -1
    for costs, message in (
        ({(1, 0): 1.0}, "name the cost of class 0 predicted as 1"),
        ({(1, 0): 1.0, (0, 1): float("inf")}, r"the cost of \(0, 1\) must be a finite number"),
        ({(1, 2): 1.0}, r"\(1, 2\) is no pair .* classes are 0, 1"),
    ):
        with pytest.raises(ParameterError, match=message):
            cost_table(costs, [0, 1])


def test_mean_and_spread_are_over_folds_and_print() -> None:
    found = comparison(nothing=[0.30, 0.31, 0.32], smote=[0.1, 0.2, 0.3])
    row = found.summary[0]
    assert (row.mean["auprc"], row.spread["auprc"]) == (pytest.approx(0.31), pytest.approx(0.01))
    assert "0.310 ± 0.010" in str(found)
    assert str(found).splitlines()[-1] == found.advice
    assert json.loads(json.dumps(found.to_dict()))["results"][3]["method"] == "SMOTE"
    assert found.pooled("forest", "SMOTE").rows == 3 * SCORES.rows
