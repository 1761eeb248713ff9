"""A small sample of real and synthetic rows on the driver, for plots of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain, flat
from spark_smote.core.execution import Execution, check_schema, execute
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import INT, argument, at_least
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.synthesis import Synthesis
from spark_smote.errors import ParameterError, StrategyError
from spark_smote.spark.collected import (
    CollectedRows,
    Matrix,
    number_dates,
    number_names,
    real_rows,
    synthetic_rows,
    traceable,
)
from spark_smote.spark.columns import positional
from spark_smote.spark.features import NoFeatures
from spark_smote.spark.input_rows import InputRows
from spark_smote.strategy import Label

MOST_CLASSES = 4


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
        Numerical features of the seed and the neighbour of each synthetic row;
        NaN if it has none.
    real_categories, synthetic_categories : array of object
        Categories as text, of shape (m, c) and (s, c); None for null.
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
        """Returns the class with this label; by default the one with the most
        synthetic rows.

        Raises
        ------
        ParameterError
            If the sample has no such class.
        """
        if label is None:
            return self.classes[0]
        known = {one.label: one for one in self.classes}
        if label not in known:
            raise ParameterError(
                f"label: the sample has no class {label!r}; its classes are {', '.join(map(repr, known))}"
            )
        return known[label]


def sample(
    sampler: Resampler | Chain,
    df: DataFrame,
    *,
    rows: int = 2000,
    classes: Sequence[Label] | None = None,
    plan: Plan | None = None,
) -> Sample:
    """Collects a few real rows of a DataFrame, and synthetic rows that a
    sampler makes from it, on the driver.

    Real rows are chosen by a hash of their content: at most ``rows`` of each
    class, and at most ``rows`` of all classes without synthetic rows. Synthetic
    rows are made as the plan says, but at most ``rows`` of each class, spread
    over the seeds by their weights. The same rows are chosen each time. In a
    chain, the synthetic rows are taken after the over-sampler, before later
    steps.

    Parameters
    ----------
    sampler : over-sampler, or chain with an over-sampler
    df : DataFrame
        Rows to resample.
    rows : int
        Maximum number of rows of a class, at least 1.
    classes : sequence of label, optional
        Classes to sample; by default the four with the most synthetic rows.
    plan : Plan, optional
        From the sampler's method ``plan`` with the same DataFrame, to save the
        planning.

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
    rows = argument("rows", rows, INT, at_least(1))
    with ExitStack() as until:
        over, df, planned, note = _over_sampler(sampler, df, plan, until)
        wanted = _wanted(planned.classes, classes)
        execution: Execution = planned.execution
        layout, labels = execution.layout, execution.labels
        if isinstance(layout.features, NoFeatures):
            raise ParameterError(
                f"{type(over).__name__} copies whole rows, so there is nothing to show; give it inputCols"
            )
        if layout.groups:
            raise ParameterError(
                "groupCols: pictures show classes of the whole input; filter the DataFrame to one group, and show that"
            )
        check_schema(layout.schema, df.schema)
        df = df if execution.kept is None else execution.kept
        made = _made(df, execution, {label: min(rows, one.to_synthesise) for label, one in wanted.items()})
        real = _real(df, execution, planned.classes, list(wanted), rows, over.getSeed())
    found = []
    for group, (label, one) in enumerate(wanted.items()):
        mine, theirs = real.of(group), made.of(labels.index(label))
        found.append(
            ClassSample(
                label,
                one.rows - one.invalid,
                one.to_synthesise,
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
        tuple(layout.schema[place].name for place in layout.features.copied),
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


def _over_sampler(
    sampler: Resampler | Chain, df: DataFrame, plan: Plan | None, until: ExitStack
) -> tuple[Any, DataFrame, Plan, str]:
    """The first over-sampler, its input and its plan, and a note on later steps; the stack releases new plans."""
    steps = flat(sampler)
    if not any(isinstance(step, OverSampler) for step in steps):
        names = ", ".join(type(step).__name__ for step in steps)
        raise ParameterError(f"{names} makes no synthetic rows; give an over-sampler such as SMOTE()")
    plans: tuple[Plan, ...] = () if plan is None else plan.execution if isinstance(sampler, Chain) else (plan,)
    for place, step in enumerate(steps):
        planned = plans[place] if plans else step.plan(df)
        if not plans:
            until.callback(planned.release)
        if isinstance(step, OverSampler):
            break
        df = execute(df, planned.execution, guarded=False)
    later = ", ".join(type(one).__name__ for one in steps[place + 1 :])
    return step, df, planned, f"Synthetic rows before {later}." if later else ""


def _wanted(planned: Sequence[ClassPlan], classes: Sequence[Label] | None) -> dict[Label, ClassPlan]:
    """Returns the classes to sample; by default those with the most synthetic rows, in descending order."""
    grown = {one.label: one for one in planned if one.to_synthesise}
    for label in classes or ():
        if label not in grown:
            known = ", ".join(map(repr, grown))
            raise ParameterError(f"classes: class {label!r} gets no synthetic rows; those that do: {known or 'none'}")
    if not grown:
        raise StrategyError("no class gets synthetic rows, so there is nothing to show; set another samplingStrategy")
    most = sorted(grown, key=lambda label: -grown[label].to_synthesise)[:MOST_CLASSES]
    return {label: grown[label] for label in classes or most}


def _made(df: DataFrame, execution: Execution, counts: Mapping[Label, int]) -> CollectedRows:
    """Collects synthetic rows, with their seeds and neighbours."""
    work, labels = execution.work, execution.labels
    assert isinstance(work, Synthesis)
    fewer = work.with_totals({labels.index(label): count for label, count in counts.items()})
    frame, layout = traceable(df, execution.layout)
    return synthetic_rows(fewer(InputRows(positional(frame), layout, labels)), layout, labels)


def _real(
    df: DataFrame, execution: Execution, planned: Sequence[ClassPlan], chosen: list[Label], most: int, seed: int
) -> CollectedRows:
    """Collects real rows: one group for each chosen class, in order, and one last group for all other classes."""
    groups = {n: chosen.index(one.label) if one.label in chosen else len(chosen) for n, one in enumerate(planned)}
    present = dict.fromkeys(range(len(chosen) + 1), 0)
    for number, one in enumerate(planned):
        present[groups[number]] += one.rows - one.invalid
    return real_rows(df, execution.layout, execution.labels, groups, present, most, seed)
