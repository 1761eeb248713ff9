"""A small sample of real and synthetic rows on the driver, for plots of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote import strategy
from spark_smote.core.chain import Chain, flat
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError, StrategyError
from spark_smote.spark.collected import (
    CollectedRows,
    new_name,
    number_dates,
    number_names,
    real_rows,
    synthetic_rows,
    traceable,
)
from spark_smote.spark.columns import Names, positional
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.layout import Layout
from spark_smote.spark.survey import Survey, find_label, take_survey
from spark_smote.strategy import Label

MOST_CLASSES = 4
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ClassSample:
    """Sampled rows of a class with synthetic rows.

    Parameters
    ----------
    label : bool, int, float or str
    rows : int
        Number of usable real rows of the class.
    made : int
        Number of synthetic rows of the class.
    real, synthetic : array of float64, shape (m, d) and (s, d)
        Numerical features of the sampled rows.
    seeds, neighbours : array of float64, shape (s, d)
        Numerical features of the seed and the neighbour of each synthetic row; NaN if it has none.
    real_categories, synthetic_categories : array of object, shape (m, c) and (s, c)
        Categories as text; None for null.
    """

    label: Label
    rows: int
    made: int
    real: Matrix
    synthetic: Matrix
    seeds: Matrix
    neighbours: Matrix
    real_categories: NDArray[np.object_]
    synthetic_categories: NDArray[np.object_]


@dataclass(frozen=True)
class Sample:
    """A sample of rows for plots; see :func:`sample`.

    Parameters
    ----------
    classes : tuple of ClassSample
        Classes with synthetic rows; those with most come first.
    others : array of float64, shape (o, d)
        Numerical features of sampled rows of all other classes.
    numbers : tuple of str
        Names of the d numerical features.
    dates : tuple of bool
        True for dates and timestamps, which are in days since 1970-01-01.
    categories : tuple of str
        Names of the c categories.
    note : str
        Note to print below a plot.
    """

    classes: tuple[ClassSample, ...]
    others: Matrix
    numbers: tuple[str, ...]
    dates: tuple[bool, ...]
    categories: tuple[str, ...] = ()
    note: str = ""

    def of(self, label: Label | None = None) -> ClassSample:
        """Returns the class with this label; by default the one with the most synthetic rows.

        Raises
        ------
        ParameterError
            If the sample has no such class.
        """
        if label is None:
            return self.classes[0]
        for one in self.classes:
            if one.label == label:
                return one
        known = ", ".join(repr(one.label) for one in self.classes)
        raise ParameterError(f"label: the sample has no class {label!r}; its classes are {known}")


def sample(
    sampler: Resampler | Chain, df: DataFrame, *, rows: int = 2000, classes: Sequence[Label] | None = None
) -> Sample:
    """Collects a few real rows of a DataFrame, and synthetic rows that a sampler makes from it, on the driver.

    Real rows are chosen by a hash of their content: at most ``rows`` of each class, and at most ``rows`` of all classes
    without synthetic rows. Synthetic rows come from a copy of the sampler that makes at most ``rows`` of each class,
    spread over the seeds. The cost is about that of planning, and the same rows are chosen each time. In a chain, the
    synthetic rows are taken after the over-sampler, before later steps.

    Parameters
    ----------
    sampler : over-sampler, or chain with an over-sampler
    df : DataFrame
        Rows to resample.
    rows : int
        Maximum number of rows of a class, at least 1.
    classes : sequence of label, optional
        Classes to sample; by default the four with the most synthetic rows.

    Returns
    -------
    Sample

    Raises
    ------
    SparkSmoteError
        As for the sampler's ``resample``, and if no class gets synthetic rows.

    Examples
    --------
    >>> from spark_smote import SMOTE, plots
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> seen = plots.sample(SMOTE(inputCols=["amount"], labelCol="fraud"), df)
    >>> [(one.label, len(one.real), len(one.synthetic)) for one in seen.classes], len(seen.others)
    ([(True, 10, 100)], 110)
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ParameterError(f"rows must be an integer of 1 or more, not {rows!r}")
    over, df, note = _over_sampler(sampler, df)
    names = Names(df)
    layout = Layout(names, find_label(names, over.getLabelCol()), over.features(names))
    if isinstance(layout.features, NoFeatures):
        raise ParameterError(f"{type(over).__name__} copies whole rows, so there is nothing to show; give it inputCols")
    skips = over.getHandleInvalid() == "skip"
    survey = take_survey(positional(df), names, layout.label, layout.features, skips)
    wanted = _wanted(over, survey, classes)
    made = _made(over, df, layout, survey, {label: min(rows, count) for label, count in wanted.items()})
    real = _real(over, df, layout, survey, list(wanted), rows)
    labels = list(survey.rows)
    found = []
    for group, label in enumerate(wanted):
        mine, theirs = real.of(group), made.of(labels.index(label))
        found.append(
            ClassSample(
                label,
                survey.valid[label],
                wanted[label],
                mine.numbers,
                theirs.numbers,
                theirs.seeds,
                theirs.neighbours,
                mine.categories,
                theirs.categories,
            )
        )
    width = real.numbers.shape[1]
    return Sample(
        tuple(found),
        real.of(len(wanted)).numbers,
        tuple(number_names(layout, width)),
        tuple(number_dates(layout, width)),
        tuple(names.field(place).name for place in layout.features.copied),
        note,
    )


def sampled(of: Sample | Resampler | Chain, df: DataFrame | None, rows: int) -> Sample:
    """Returns the sample ``of``, or samples ``df`` with the sampler ``of``.

    Raises
    ------
    ParameterError
        For a sampler without a DataFrame.
    """
    if isinstance(of, Sample):
        return of
    if df is None:
        raise ParameterError("df: with a sampler, give the DataFrame to resample; or give a sample from plots.sample")
    return sample(of, df, rows=rows)


def _over_sampler(sampler: Resampler | Chain, df: DataFrame) -> tuple[Any, DataFrame, str]:
    """Returns the first over-sampler, its input, and a note on later steps."""
    steps = flat(sampler)
    for place, step in enumerate(steps):
        if isinstance(step, OverSampler):
            later = ", ".join(type(one).__name__ for one in steps[place + 1 :])
            return step, df, f"Synthetic rows before {later}." if later else ""
        df = step.resample(df)
    names = ", ".join(type(step).__name__ for step in steps)
    raise ParameterError(f"{names} makes no synthetic rows; give an over-sampler such as SMOTE()")


def _wanted(over: Any, survey: Survey, classes: Sequence[Label] | None) -> dict[Label, int]:
    """Returns the number of synthetic rows of the classes to sample, in descending order."""
    every = strategy.resolve(over.getSamplingStrategy(), survey.rows, over.getIfBalanced())
    for label in classes or ():
        if not every.get(label):
            known = ", ".join(repr(one) for one, count in every.items() if count)
            raise ParameterError(f"classes: class {label!r} gets no synthetic rows; those that do: {known or 'none'}")
    grown = sorted((label for label in every if every[label]), key=lambda label: -every[label])
    if not grown:
        raise StrategyError("no class gets synthetic rows, so there is nothing to show; set another samplingStrategy")
    return {label: every[label] for label in (classes or grown[:MOST_CLASSES])}


def _made(over: Any, df: DataFrame, layout: Layout, survey: Survey, counts: Mapping[Label, int]) -> CollectedRows:
    """Collects synthetic rows, with their seeds and neighbours."""
    frame, numbers = traceable(df, layout)
    names = Names(frame)
    flag, provenance = new_name("synthetic", names), new_name("provenance", names)
    traced = over.copy({})
    traced.setParams(
        samplingStrategy={label: survey.rows[label] + count for label, count in counts.items()},
        inheritCols=[numbers],
        idCol=numbers,
        syntheticCol=flag,
        provenanceCol=provenance,
    )
    made = traced.resample(frame)
    names = Names(made)
    found = Layout(names, find_label(names, over.getLabelCol()), over.features(names))
    return synthetic_rows(made, found, list(survey.rows), flag, provenance)


def _real(over: Any, df: DataFrame, layout: Layout, survey: Survey, chosen: list[Label], most: int) -> CollectedRows:
    """Collects real rows: one group for each chosen class, in order, and one last group for all other classes."""
    labels = list(survey.rows)
    groups = {number: chosen.index(one) if one in chosen else len(chosen) for number, one in enumerate(labels)}
    present = dict.fromkeys(range(len(chosen) + 1), 0)
    for number, label in enumerate(labels):
        present[groups[number]] += survey.valid[label]
    return real_rows(df, layout, labels, groups, present, most, over.getSeed())
