"""The report on the imbalance of the labels of rows that may have several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_smote.core.text_table import table
from spark_smote.errors import InvalidDataError, ParameterError
from spark_smote.kernels.label_measures import concurrence, mean_ratio, ratios, variation
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.group_classes import GroupClass
from spark_smote.spark.label_counts import LabelCounts, LabelsOfGroups, count_labels, count_within_groups, mean_score
from spark_smote.spark.label_sets import LabelSets, find_label_sets, no_labels
from spark_smote.strategy import Label

_MOST_SHOWN = 40


@dataclass(frozen=True)
class LabelImbalance:
    """How unequal the labels are, and how much rare and frequent ones go
    together; ``str()`` is a table to read.

    Parameters
    ----------
    rows : int
        Rows whose label set is known.
    empty : int
        Those of them without labels. They count in cardinality, density and
        SCUMBLE, which is 0 for them.
    invalid : int
        Rows left out, whose label set is null or not of 0 and 1
        (``handleInvalid='skip'``).
    counts : mapping of label to int
        Rows that have each label.
    label_sets : int
        Number of distinct label sets.
    scumble : float
        SCUMBLE, from 0 to 1: the mean over the rows of 1 less the geometric
        mean of IRLbl of the labels of a row over their arithmetic mean. Where
        it is high, copies of rows with rare labels are copies of frequent
        labels too.
    """

    rows: int
    empty: int
    invalid: int
    counts: Mapping[Label, int]
    label_sets: int
    scumble: float

    @property
    def ir_per_label(self) -> dict[Label, float]:
        """IRLbl: rows of the most frequent label over rows of the label;
        infinite of a label that no row has.
        """
        return ratios(self.counts)

    @property
    def mean_ir(self) -> float:
        """MeanIR: the mean of IRLbl over the labels that some row has."""
        return mean_ratio(self.ir_per_label.values())

    @property
    def cvir(self) -> float:
        """CVIR: the sample standard deviation of IRLbl over MeanIR, over the
        labels that some row has.
        """
        return variation(self.ir_per_label.values())

    @property
    def minority(self) -> list[Label]:
        """The labels with IRLbl above MeanIR that some row has."""
        mean = self.mean_ir
        return [label for label, one in self.ir_per_label.items() if mean < one < math.inf]

    @property
    def cardinality(self) -> float:
        """Labels of a row in the mean."""
        return sum(self.counts.values()) / self.rows if self.rows else 0.0

    @property
    def density(self) -> float:
        """Cardinality over the number of labels."""
        return self.cardinality / len(self.counts) if self.counts else 0.0

    @property
    def summary(self) -> str:
        """MeanIR, CVIR and SCUMBLE in a line."""
        return f"MeanIR {self.mean_ir:.3f}, CVIR {self.cvir:.3f}, SCUMBLE {self.scumble:.3f}"

    def __str__(self) -> str:
        found, minority = self.ir_per_label, set(self.minority)
        rarest = sorted(self.counts, key=lambda label: -self.counts[label])
        left = max(0, len(rarest) - _MOST_SHOWN)
        body = [
            (str(label), f"{self.counts[label]:,}", f"{found[label]:.2f}", "yes" if label in minority else "-")
            for label in rarest[left:]
        ]
        lines = [
            f"{self.rows:,} rows, {self.empty:,} without labels; {len(self.counts):,} labels, {self.label_sets:,} "
            "label sets",
            f"cardinality {self.cardinality:.3f}, density {self.density:.3f}",
            self.summary,
            *([f"{self.invalid:,} rows left out, whose labels are not known"] if self.invalid else []),
            *([f"the rarest {_MOST_SHOWN} of {len(rarest):,} labels:"] if left else []),
        ]
        return "\n".join([*lines, table(("label", "rows", "IRLbl", "minority"), body)])


def label_imbalance(
    df: DataFrame, labelCol: str | Sequence[str] = "labels", *, handleInvalid: str = "error"
) -> LabelImbalance:
    """Measure the imbalance of rows that may have several labels, before and
    after a sampler.

    With n(l) rows that have the label l, of L labels:

    - ``IRLbl(l) = max(n) / n(l)``: 1 for the most frequent label; ``MeanIR``:
      its mean over the labels.
    - ``CVIR = sqrt(sum((IRLbl(l) - MeanIR) ** 2) / (L - 1)) / MeanIR``.
    - ``SCUMBLE``: the mean over the rows of
      ``1 - (product of IRLbl(l)) ** (1 / m) / (mean of IRLbl(l))`` over the m
      labels l of the row; 0 for rows without labels.

    A label that no row has (a column or position of zeros) is shown with an
    infinite IRLbl, and left out of the means.

    Parameters
    ----------
    df : DataFrame
    labelCol : str or list of str
        A column of arrays of strings or whole numbers (a repeated label counts
        once), or of vectors of 0 and 1, whose labels are positions from 0; or a
        list of columns of 0 and 1, booleans or numbers, whose labels are their
        names. A row may have no label.
    handleInvalid : {'error', 'skip'}
        What to do with rows whose labels are null, or neither 0 nor 1: fail, or
        leave them out and count them.

    Returns
    -------
    LabelImbalance
        One aggregation has run; three, if there are more than 10,000 label
        sets, which then stay in Spark.

    Raises
    ------
    ColumnError
        A column is missing or of a type that holds no labels.
    InvalidDataError
        Labels are null, or neither 0 nor 1, or vectors differ in length.
    ClassError
        There are more than 10,000 labels.
    ParameterError
        Another value of ``handleInvalid``.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "Addressing imbalance
    in multilabel classification: measures and random resampling algorithms",
    Neurocomputing 163 (2015), 3-16 (IRLbl, MeanIR, CVIR); "Concurrence among
    imbalanced labels and its influence on multilabel resampling algorithms",
    HAIS 2014 (SCUMBLE).

    Examples
    --------
    >>> from spark_smote import label_imbalance
    >>> df = spark.range(100).selectExpr("IF(id % 10 = 0, array('drama', 'war'), array('drama')) AS labels")
    >>> print(label_imbalance(df))
    100 rows, 0 without labels; 2 labels, 2 label sets
    cardinality 1.100, density 0.550
    MeanIR 5.500, CVIR 1.157, SCUMBLE 0.043
    label  rows  IRLbl  minority
    drama   100   1.00         -
      war    10  10.00       yes
    """
    if handleInvalid not in ("error", "skip"):
        raise ParameterError(f"handleInvalid must be one of 'error', 'skip', not {handleInvalid!r}")
    sets, frame = find_label_sets(Names(df), labelCol), positional(df)
    counts = counted_labels(frame, sets, handleInvalid == "skip")
    scumble = _scumble(frame, sets, counts)
    return LabelImbalance(counts.rows, counts.empty, counts.invalid, counts.labels, counts.distinct, scumble)


def counted_labels(frame: DataFrame, sets: LabelSets, skip: bool) -> LabelCounts:
    """The labels and label sets of a frame with columns named by position; jobs run.

    Raises
    ------
    InvalidDataError
        Rows are not valid, unless they are to be skipped.
    """
    counts = count_labels(frame, sets)
    if counts.invalid and not skip:
        raise InvalidDataError(no_labels(sets, counts.invalid))
    return counts


def counted_within_groups(df: DataFrame, sets: LabelSets, groups: Sequence[int], skip: bool) -> LabelsOfGroups:
    """The labels of each group, or of all rows as one group where no positions of group columns are given; jobs run.

    Raises
    ------
    InvalidDataError
        Rows are not valid, unless they are to be skipped.
    """
    if groups:
        counts = count_within_groups(positional(df), sets, df.schema, groups)
        if counts.invalid and not skip:
            raise InvalidDataError(no_labels(sets, counts.invalid))
        return counts
    whole = counted_labels(positional(df), sets, skip)
    rows = {label: count for label, count in whole.labels.items() if count}
    return LabelsOfGroups(tuple(whole.labels), whole.invalid, (GroupClass((), "", 0),), (rows,))


def measured_sets(sets: Mapping[tuple[Label, ...], int]) -> LabelImbalance:
    """The report on so many rows of each label set."""
    counts: dict[Label, int] = {}
    for labels, rows in sets.items():
        for label in labels:
            counts[label] = counts.get(label, 0) + rows
    rows = sum(sets.values())
    scumble = _mean_concurrence(sets, ratios(counts))
    return LabelImbalance(rows, sets.get((), 0), 0, dict(sorted(counts.items())), len(sets), scumble)


def _scumble(frame: DataFrame, sets: LabelSets, counts: LabelCounts) -> float:
    found = ratios(counts.labels)
    if counts.sets is None:
        known = {label: one for label, one in found.items() if one < math.inf}
        return mean_score(frame, sets, partial(_score, known, sets))
    return _mean_concurrence(counts.sets, found)


def _mean_concurrence(sets: Mapping[tuple[Label, ...], int], found: Mapping[Label, float]) -> float:
    scores = (rows * concurrence([found[label] for label in labels]) for labels, rows in sets.items() if rows)
    return math.fsum(scores) / max(1, sum(sets.values()))


def _score(found: Mapping[Label, float], sets: LabelSets, labels: Column) -> Column:
    """As :func:`spark_smote.kernels.label_measures.concurrence`, as an expression of Spark."""
    every = F.array(*(F.lit(label).cast(sets.kind) for label in found))
    known = F.map_from_arrays(every, F.array(*map(F.lit, found.values())))
    of_row = F.transform(labels, lambda label: F.element_at(known, label))
    size = F.size(labels)
    logs, total = (
        F.aggregate(values, F.lit(0.0), lambda before, one: before + one)
        for values in (F.transform(of_row, lambda ratio: F.log(ratio)), of_row)
    )
    return F.when(size > 1, F.greatest(F.lit(0.0), 1 - F.exp(logs / size) * size / total)).otherwise(0.0)
