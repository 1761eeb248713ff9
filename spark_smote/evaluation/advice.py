"""The advice of a comparison: a rule on the figures of the folds, which knows no Spark.

``benchmarks/advice.py`` tests this rule on real data; ``docs/should-you.md`` has the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.fold_test import FoldTest

NOTHING, THRESHOLD, WEIGHTS = "nothing", "best threshold", "class weights"
RIVALS = (NOTHING, THRESHOLD, WEIGHTS)
"""Methods without resampling."""
CORRECTED = ", corrected"
"""Suffix of a method whose probabilities are corrected for the true class shares."""

SURE, LIKELY = 0.05, 0.25
"""A gain is told from chance if chance alone makes it this seldom: any gain, or one that is worth it."""
TRIFLE, WORTH = 0.01, 0.1
"""Shares of what is left to win: a smaller gain is none, a larger one is worth it."""

Contender = tuple[str, str]
"""An estimator and a method."""


@dataclass(frozen=True)
class Advice:
    """What to do, and why.

    Parameters
    ----------
    action : str
        'nothing', 'threshold', 'weights', 'sampler', 'prior correction' (a sampler, and probabilities corrected for the
        class shares), 'more data' or 'cannot tell'.
    estimator, method : str
        What is advised; with 'more data' and 'cannot tell', what to use meanwhile.
    base, best : (str, str)
        Best estimator with nothing, and the best of the estimators and methods with other figures.
    gain : float
        Mean gain of the advised method over nothing or, if nothing is advised, of the best one; larger is better.
    noise : float
        The gain that chance alone reaches in one of twenty cases.
    p : float
        Probability that chance alone makes the gain.
    wanted : float
        With 'more data', how many times as many rows might tell.

    Examples
    --------
    >>> figures = {("trees", "nothing"): np.array([0.30, 0.31, 0.32]), ("trees", "SMOTE"): np.array([0.4, 0.4, 0.42])}
    >>> advise(figures, ratio=0.5, ideal=1.0).action
    'sampler'
    """

    action: str
    estimator: str
    method: str
    base: Contender
    best: Contender
    gain: float
    noise: float
    p: float
    wanted: float = 1.0


def advise(figures: Mapping[Contender, Matrix], ratio: float, ideal: float) -> Advice:
    """Advises the simplest method that no more complicated one beats by more than chance makes.

    The order is: nothing, a moved threshold, class weights, a sampler, a sampler with corrected probabilities. Of each
    kind the best estimator and method stand for it. What nothing leaves to win is the distance of its mean from the
    ideal. A kind is advised in place of a simpler one if its gain is no trifle (:data:`TRIFLE` of what is left) and, by
    the corrected t test, chance alone makes it with a probability of at most :data:`SURE`, or of at most :data:`LIKELY`
    if the gain is more than :data:`WORTH` of what is left.

    If none is advised although the best mean gain is worth it, the data cannot tell. More repetitions may, unless
    chance would make such a gain after endless ones, too; then it takes more data.

    Parameters
    ----------
    figures : mapping of (estimator, method) to array of float64, shape (J,)
        The metric on each fold, larger is better; each estimator has the method 'nothing'.
    ratio : float
        Test rows for each training row.
    ideal : float
        The best value that the metric can have.

    Returns
    -------
    Advice
    """
    by_kind: dict[str, Contender] = {}
    for each in sorted(figures, key=lambda each: (_ORDER.index(kind(each[1])), -_mean(figures[each]))):
        by_kind.setdefault(kind(each[1]), each)
    chosen = base = by_kind.pop("nothing")
    left = ideal - _mean(figures[base])
    for each in by_kind.values():
        test = FoldTest(figures[each] - figures[chosen], ratio)
        if test.gain > TRIFLE * left and test.p <= (LIKELY if test.gain > WORTH * left else SURE):
            chosen = each
    others = [each for each in figures if not np.array_equal(figures[each], figures[base])]
    best = max(others, key=lambda each: _mean(figures[each]), default=base)
    test = FoldTest(figures[best if chosen == base else chosen] - figures[base], ratio)
    action, wanted = kind(chosen[1]), 1.0
    if chosen == base and test.gain > WORTH * left:
        floor = test.floor(LIKELY)
        action = "cannot tell" if floor < test.gain else "more data"
        wanted = max((floor / test.gain) ** 2, 1.0)
    return Advice(action, *chosen, base, best, test.gain, test.noise(SURE), test.p, wanted)


def worded(advice: Advice, means: Mapping[Contender, float], title: str, rarest: Any) -> str:
    """The advice as one sentence.

    Parameters
    ----------
    advice : Advice
    means : mapping of (estimator, method) to float
        Mean of the metric over folds.
    title : str
        Of the metric.
    rarest : label
        Class of which more rows may be wanted.

    Examples
    --------
    >>> trees, weighted = ("trees", "nothing"), ("trees", "class weights")
    >>> found = Advice("weights", *weighted, base=trees, best=weighted, gain=0.2, noise=0.1, p=0.01)
    >>> print(worded(found, {trees: 0.5, weighted: 0.7}, "G-mean", 1))  # doctest: +NORMALIZE_WHITESPACE
    Use class weights: trees, class weights reaches G-mean 0.700 and trees, nothing 0.500; chance alone makes such a
    gain with a probability of 1.0%.
    """
    if len(means) < 2:
        return "Nothing to advise: no other method was compared."
    figures = f"{', '.join(advice.base)} {means[advice.base]:.3f}"
    shown = advice.best if advice.method == NOTHING else (advice.estimator, advice.method)
    if shown == advice.base:
        return f"Do nothing: no method changes {title}, {figures}."
    figures = f"{', '.join(shown)} reaches {title} {means[shown]:.3f} and {figures}"
    sampler = advice.method.removesuffix(CORRECTED)
    chance = {
        "nothing": f"only a gain of more than {advice.noise:.3f} could be told from chance",
        "cannot tell": (
            f"chance alone makes such a gain with a probability of {advice.p:.1%}, and more repetitions may tell; do "
            "nothing meanwhile"
        ),
        "more data": (
            f"no repetition tells such a gain from chance, but about {advice.wanted:.1f} times as many rows may; do "
            "nothing meanwhile"
        ),
    }.get(advice.action, f"chance alone makes such a gain with a probability of {advice.p:.1%}")
    lead = {
        "nothing": "Do nothing",
        "threshold": "Move the threshold",
        "weights": "Use class weights",
        "sampler": f"Resample with {sampler}",
        "prior correction": f"Resample with {sampler} and correct the probabilities",
        "cannot tell": "This data cannot tell",
        "more data": f"Get more rows of class {rarest!r}",
    }[advice.action]
    return f"{lead}: {figures}; {chance}."


def kind(method: str) -> str:
    """The action that a method stands for.

    Parameters
    ----------
    method : str

    Examples
    --------
    >>> kind("class weights"), kind("SMOTE"), kind("SMOTE, corrected")
    ('weights', 'sampler', 'prior correction')
    """
    plain = {NOTHING: "nothing", THRESHOLD: "threshold", WEIGHTS: "weights"}
    return plain.get(method, "prior correction" if method.endswith(CORRECTED) else "sampler")


_ORDER = ("nothing", "threshold", "weights", "sampler", "prior correction")


def _mean(values: Matrix) -> float:
    """The mean, where a figure that is not defined is the worst."""
    found = float(np.mean(values))
    return found if np.isfinite(found) else -np.inf
