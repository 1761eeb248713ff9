"""Means and deviations of classes, the same to the last bit however the rows are split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_smote.core.context import PlanningContext
from spark_smote.kernels.fingerprint import Counted
from spark_smote.kernels.moments import ExactMoments, ExactSum
from spark_smote.spark.scans import tally


def means(context: PlanningContext, classes: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Mean of each number in some classes, shape (d,); a job runs."""
    sums = {number: ExactSum(context.survey.width) for number in classes}
    if classes:
        with context.stage("means"):
            _add_up(context, sums)
    return {number: found.means(context.valid(number)) for number, found in sums.items()}


def deviations(context: PlanningContext, classes: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Population standard deviation of each number in some classes, shape (d,); a job runs."""
    with context.stage("class deviations"):
        return {number: found.deviations(context.valid(number)) for number, found in _moments(context, classes).items()}


def scales(context: PlanningContext) -> NDArray[np.float64]:
    """Population standard deviation of each number over usable rows, 1 of a constant one, shape (d,); a job runs."""
    usable = context.usable()
    with context.stage("deviations"):
        first, *others = _moments(context, list(usable)).values()
    for other in others:
        first.merge(*other.packed())
    spread = first.deviations(sum(usable.values()))
    return np.where(spread > 0, spread, 1.0)


def _moments(context: PlanningContext, classes: Sequence[int]) -> dict[int, ExactMoments]:
    sums = {number: ExactMoments(context.survey.width) for number in classes}
    if classes:
        _add_up(context, sums)
    return sums


def _add_up(context: PlanningContext, sums: Mapping[int, Any]) -> None:
    """Run the rows of the classes through the sums, which would be wrong of other rows than were counted."""
    counted = {number: Counted(of) for number, of in sums.items()}
    tally(context.source.rows(list(sums)), counted)
    for number, of in counted.items():
        context.check(number, of.seen.whole())
