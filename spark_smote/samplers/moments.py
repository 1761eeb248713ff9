"""Means and deviations of classes, the same to the last bit however the rows are split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.content import Counted
from spark_smote.kernels.moments import ExactMoments, ExactSum
from spark_smote.samplers.base import Given
from spark_smote.spark.cells import tally


def means(given: Given, classes: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Mean of each number in some classes, shape (d,); a job runs."""
    sums = {number: ExactSum(given.survey.width) for number in classes}
    if classes:
        with given.stage("means"):
            _add_up(given, sums)
    return {number: found.means(given.valid(number)) for number, found in sums.items()}


def deviations(given: Given, classes: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Population standard deviation of each number in some classes, shape (d,); a job runs."""
    with given.stage("class deviations"):
        return {number: found.deviations(given.valid(number)) for number, found in _moments(given, classes).items()}


def scales(given: Given) -> NDArray[np.float64]:
    """Population standard deviation of each number over usable rows, 1 of a constant one, shape (d,); a job runs."""
    usable = given.usable()
    with given.stage("deviations"):
        first, *others = _moments(given, list(usable)).values()
    for other in others:
        first.merge(*other.packed())
    spread = first.deviations(sum(usable.values()))
    return np.where(spread > 0, spread, 1.0)


def _moments(given: Given, classes: Sequence[int]) -> dict[int, ExactMoments]:
    sums = {number: ExactMoments(given.survey.width) for number in classes}
    if classes:
        _add_up(given, sums)
    return sums


def _add_up(given: Given, sums: Mapping[int, Any]) -> None:
    """Run the rows of the classes through the sums, which would be wrong of other rows than were counted."""
    counted = {number: Counted(of) for number, of in sums.items()}
    tally(given.source.rows(list(sums)), counted)
    for number, of in counted.items():
        given.check(number, of.seen.whole())
