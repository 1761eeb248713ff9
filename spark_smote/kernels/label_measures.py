"""Measures of the imbalance of labels, where a row may have several."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

Label = TypeVar("Label")


def ratios(counts: Mapping[Label, int]) -> dict[Label, float]:
    """IRLbl of each label: rows of the most frequent label over rows of the label; infinite of a label without rows.

    Parameters
    ----------
    counts : mapping of label to int
        Rows that have the label.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance in multilabel classification: measures
    and random resampling algorithms", Neurocomputing 163 (2015), 3-16.

    Examples
    --------
    >>> ratios({"drama": 8, "war": 2, "silent": 0})
    {'drama': 1.0, 'war': 4.0, 'silent': inf}
    """
    most = max(counts.values(), default=0)
    return {label: most / rows if rows else math.inf for label, rows in counts.items()}


def mean_ratio(found: Collection[float]) -> float:
    """MeanIR: the mean of IRLbl over the labels that have rows; 1 without any.

    Examples
    --------
    >>> mean_ratio([1.0, 4.0, float("inf")])
    2.5
    """
    known = [one for one in found if math.isfinite(one)]
    return math.fsum(known) / len(known) if known else 1.0


def variation(found: Collection[float]) -> float:
    """CVIR: ``sqrt(sum((IRLbl - MeanIR) ** 2) / (labels - 1)) / MeanIR`` over the labels that have rows.

    Examples
    --------
    >>> round(variation([1.0, 4.0]), 4)
    0.8485
    """
    known, mean = [one for one in found if math.isfinite(one)], mean_ratio(found)
    if len(known) < 2:
        return 0.0
    return math.sqrt(math.fsum((one - mean) ** 2 for one in known) / (len(known) - 1)) / mean


def concurrence(found: Sequence[float]) -> float:
    """SCUMBLE of one row: 1 less the geometric mean of IRLbl over the labels of the row, over their arithmetic mean.

    Parameters
    ----------
    found : sequence of float
        IRLbl of each label that the row has. Without labels, and with one, SCUMBLE is 0.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Concurrence among imbalanced labels and its influence on
    multilabel resampling algorithms", HAIS 2014.

    Examples
    --------
    >>> round(concurrence([1.0, 4.0]), 4), concurrence([4.0])
    (0.2, 0.0)
    """
    if len(found) < 2:
        return 0.0
    geometric = math.exp(math.fsum(map(math.log, found)) / len(found))
    return max(0.0, 1.0 - geometric * len(found) / math.fsum(found))
