"""Means and deviations of classes, the same to the last bit however the rows are split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spark_smote.kernels.moments import ExactSum
from spark_smote.samplers.base import Given
from spark_smote.spark.cells import tally


@dataclass(frozen=True)
class Moments:
    """Mean and population standard deviation of each number of one class, shape (d,)."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def moments(given: Given, classes: Sequence[int], deviations: bool = False) -> dict[int, Moments]:
    """Means and, if asked for, deviations of some classes, in a job or two.

    Parameters
    ----------
    given : Given
    classes : sequence of int
    deviations : bool
        Whether deviations are wanted; 0 where not.
    """
    if not classes:
        return {}
    rows, width = given.source.rows(list(classes)), given.survey.width
    with given.stage("means"):
        sums = {number: ExactSum(width) for number in classes}
        tally(rows, sums)
        means = {number: sums[number].means(given.valid(number)) for number in classes}
    if not deviations:
        return {number: Moments(mean, np.zeros(width)) for number, mean in means.items()}
    with given.stage("class deviations"):
        unit = float(np.ldexp(1.0, min(int(np.frexp(given.survey.magnitude)[1]), 1023)))
        squares = {number: ExactSum(width, means[number], unit) for number in classes}
        tally(rows, squares)
    return {
        number: Moments(means[number], unit * np.sqrt(squares[number].means(given.valid(number)))) for number in classes
    }
