"""Means and deviations of classes, the same to the last bit however the rows are split.

Where rows take part with missing values, deviations are those of the values that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.grouping import is_grouped
from spark_smote.kernels.fingerprint import Counted
from spark_smote.kernels.missing import PresentMoments
from spark_smote.kernels.moments import ExactMoments, ExactSum
from spark_smote.spark.columns import CLASS
from spark_smote.spark.scans import tally

Moments: TypeAlias = ExactMoments | PresentMoments
_ALL = -1
"""Stands for all rows in place of a class."""
Sums = TypeVar("Sums", ExactSum, ExactMoments | PresentMoments)


def means(context: PlanningContext, classes: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Mean of each number in some classes, shape (d,); a job runs."""
    with context.stage("means"):
        sums = _sums(context, ExactSum, classes)
        return {number: found.means(context.valid(number)) for number, found in sums.items()}


def deviations(context: PlanningContext, classes: Sequence[int]) -> dict[int, NDArray[np.float64]]:
    """Population standard deviation of each number in some classes, shape (d,); a job runs unless all are known."""
    sums = _moments(context, "class deviations", classes)
    return {number: found.deviations(context.valid(number)) for number, found in sums.items()}


def centre(context: PlanningContext) -> NDArray[np.float64] | None:
    """Mean of the values of each number over usable rows, shape (d,); a job runs. None if no row lacks one."""
    if not context.survey.lacking:
        return None
    usable, total = context.usable(), PresentMoments(context.survey.width)
    for found in _moments(context, "means", list(usable)).values():
        total.merge(*found.packed())
    return total.means(sum(usable.values()))


def scales(context: PlanningContext) -> NDArray[np.float64]:
    """Population standard deviation of each number over usable rows, 1 of a constant one, shape (d,); a job runs."""
    spread = spreads(context)
    return np.where(spread > 0, spread, 1.0)


def spreads(context: PlanningContext) -> NDArray[np.float64]:
    """Population standard deviation of each number over usable rows, shape (d,); a job runs unless all are known."""
    usable = context.usable()
    if is_grouped(context.survey.valid):
        total = _kind(context)(context.survey.width)
        # Thousands of classes are not told apart: sums are exact, whatever their order.
        if _ALL not in context.moments:
            with context.stage("deviations"):
                tally(context.source.rows().withColumn(CLASS, F.lit(0)), {0: Counted(total)})
            context.moments[_ALL] = total
        return context.moments[_ALL].deviations(sum(usable.values()))
    return spreads_over(context, list(usable))


def spreads_over(context: PlanningContext, classes: Sequence[int]) -> NDArray[np.float64]:
    """Population standard deviation of each number over the usable rows of some classes together, shape (d,)."""
    total = _kind(context)(context.survey.width)
    for found in _moments(context, "deviations", classes).values():
        total.merge(*found.packed())
    return total.deviations(sum(context.valid(number) for number in classes))


def spreads_beside(context: PlanningContext) -> dict[int, NDArray[np.float64]]:
    """For each class that grows, the deviations over all usable rows of its group; a job runs unless all are known.

    Without groups they are those of :func:`spreads`.
    """
    if not is_grouped(context.survey.valid):
        return dict.fromkeys(context.tasks, spreads(context))
    beside = {number: context.beside(number) for number in context.tasks}
    found = _moments(context, "deviations", sorted({other for own in beside.values() for other in own}))
    spread = {}
    for number, own in beside.items():
        total = _kind(context)(context.survey.width)
        for other in own:
            total.merge(*found[other].packed())
        spread[number] = total.deviations(sum(own.values()))
    return spread


def _kind(context: PlanningContext) -> Callable[[int], Moments]:
    return PresentMoments if context.survey.lacking else ExactMoments


def _moments(context: PlanningContext, stage: str, classes: Sequence[int]) -> dict[int, Moments]:
    """Moments of some classes; the job of this stage runs for those not known yet."""
    missing = [number for number in classes if number not in context.moments]
    if missing:
        with context.stage(stage):
            context.moments.update(_sums(context, _kind(context), missing))
    return {number: context.moments[number] for number in classes}


def _sums(context: PlanningContext, kind: Callable[[int], Sums], classes: Sequence[int]) -> dict[int, Sums]:
    """Sums over the rows of each class, which must be the rows that the survey counted."""
    counted = {number: Counted(kind(context.survey.width)) for number in classes}
    if counted:
        tally(context.source.rows(list(counted)), counted)
    for number, of in counted.items():
        context.check(number, of.seen.whole())
    return {number: of.sums for number, of in counted.items()}
