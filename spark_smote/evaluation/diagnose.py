"""What the data say before anything is resampled."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DateType, NumericType, StringType, TimestampNTZType, TimestampType

from spark_smote.core.chain import Chain, flat
from spark_smote.core.class_rules import CountedClasses, K
from spark_smote.core.parameter import INT, argument, at_least
from spark_smote.core.resampler import Resampler
from spark_smote.core.symptom import by_weight
from spark_smote.errors import InvalidDataError, ParameterError
from spark_smote.evaluation.diagnosis import Diagnosis
from spark_smote.evaluation.feature_rules import SampledFeatures
from spark_smote.evaluation.neighbours import QUERIES, NeighbourCounts, NeighbourSearch
from spark_smote.kernels.complexity import boundary, fisher_overlap, group_sizes, hubness, moments
from spark_smote.samplers.smote import SMOTE
from spark_smote.samplers.smotenc import SMOTENC
from spark_smote.spark.collected import CollectedRows, number_dates, number_names, real_rows
from spark_smote.spark.columns import CLASS, HASH, Names, positional
from spark_smote.spark.features import Features, NoFeatures
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.survey import Survey, take_survey

_TIMES = (DateType, TimestampType, TimestampNTZType)
_NUMBERS = (NumericType, BooleanType, *_TIMES)
_LEAST_OF_CLASS = 50
_PAIRED_ROWS = 2_000
"""Sampled rows of which all pairs are compared, about."""
_LEAST_FOR_SHARE = 30


def diagnose(
    df: DataFrame,
    sampler: Resampler | Chain | None = None,
    *,
    inputCols: Sequence[str] | None = None,
    categoricalCols: Sequence[str] | None = None,
    labelCol: str = "label",
    rows: int = 20_000,
    seed: int = 0,
) -> Diagnosis:
    """Finds what in the data will make resampling useless or harmful, before
    anything is made.

    Looked for are: imbalance, few rows for many features, hubs, values that are
    missing, rows that are equal or contradict each other, rows of small classes
    among others or in small groups, features that alone tell the class, keys,
    codes, one-hot groups, constants, features that say the same, skewed ones,
    scales that differ, and times.

    Parameters
    ----------
    df : DataFrame
        Labelled rows.
    sampler : sampler or chain, optional
        Says the columns, as it will be used; the first step of a chain with
        features.
    inputCols, categoricalCols : sequence of str, optional
        Features, in place of a sampler; by default all columns but the label:
        numbers, booleans and times as numbers, and strings as categories.
    labelCol : str
        Without a sampler.
    rows : int
        Rows that the driver receives at most, evenly of all classes, 50 of each
        at least.
    seed : int
        Of the sample.

    Returns
    -------
    Diagnosis
        Each finding has its figure, the threshold with its source, and the
        remedy; ``print`` shows them, those of most weight first.

    Raises
    ------
    ColumnError, ClassError
        As the sampler's ``plan``.
    InvalidDataError
        If no row has all its values.
    ParameterError
        For a sampler without features.

    Notes
    -----
    Some six jobs run. Classes, missing values and equal rows are counted in all
    rows. Features are examined in a sample, drawn by a hash of the rows'
    content, so that it is the same each time. The nearest rows of 2,000 rows of
    each class are searched among all rows, by the numbers in units of their
    deviations, without categories, times, keys and constants; of more than 20
    classes for the 20 smallest.

    The minimum spanning tree (N1) is that of all distances between some 2,000
    rows of the sample, evenly of all classes: it shows how the classes overlap
    apart from their sizes. Its standard error is at most 0.5 / sqrt(m) of a
    class with m of these rows, 0.016 of 1,000; that a sample is sparser than
    the data moved it by less than 0.05 in trials with 500 to 4,000 rows of up
    to 10 features, by up to 0.09 with 30. Small groups are looked for in
    classes of which all rows are in the sample; the other classes may be
    thinner there than in the data, so that some groups are missed.

    References
    ----------
    K. Napierala, J. Stefanowski, "Types of minority class examples and their
    influence on learning classifiers from imbalanced data", Journal of
    Intelligent Information Systems 46 (2016). T. K. Ho, M. Basu, "Complexity
    measures of supervised classification problems", IEEE TPAMI 24 (2002). A. C.
    Lorena et al., "How complex is your classification problem?", ACM Computing
    Surveys 52 (2019). T. Jo, N. Japkowicz, "Class imbalances versus small
    disjuncts", SIGKDD Explorations 6 (2004).

    Examples
    --------
    >>> from spark_smote import diagnose
    >>> df = spark.range(400).selectExpr("id", "id % 8 = 0 AS fraud", "sin(id) + IF(id % 8 = 0, 1.8, 0) AS amount")
    >>> found = diagnose(df, labelCol="fraud")
    >>> [(one.name, one.columns) for one in found.faults]
    [('ids', ('id',))]
    """
    start = time.perf_counter()
    rows = argument("rows", rows, INT, at_least(1))
    asked = first_with_features(sampler) if sampler is not None else reader(df, inputCols, categoricalCols, labelCol)
    layout = replace(asked.layout(df), groups=())
    if isinstance(layout.features, NoFeatures):
        raise ParameterError(f"{type(asked).__name__} has no features to look at; give inputCols")
    frame = positional(df)
    survey = take_survey(frame, layout.schema, layout.label, layout.features, skip=True)
    invalid = _invalid(frame, layout.features) if survey.rows != survey.valid else {}
    if not any(survey.valid.values()):
        raise InvalidDataError(f"no row is usable; null, NaN or infinite values per column: {invalid}; fill them")
    source = InputRows(frame, layout, list(survey.rows))
    sample, weights = sampled_rows(df, source, survey.valid, rows, seed)
    width = sample.numbers.shape[1]
    standardised = asked.hasParam("standardization") and bool(asked.getOrDefault("standardization"))
    features = SampledFeatures(
        sample.numbers,
        sample.categories,
        sample.groups,
        weights,
        number_names(layout, width),
        [layout.schema[place].name for place in layout.features.copied],
        number_dates(layout, width),
        list(map(str, survey.rows)),
        standardised,
    )
    found = list(features.findings())
    left_out = {
        name for one in found if one.name in ("ids", "timeFeatures", "constantFeatures") for name in one.columns
    }
    near = [place for place, name in enumerate(features.names) if name not in left_out]
    unit = moments(sample.numbers, weights)[1]
    unit = np.where(unit > 0, unit, 1.0)
    around = NeighbourSearch(source, survey, near, unit).types() if near else NeighbourCounts()
    scaled = sample.numbers[:, near] / unit[near]
    paired = _paired(sample.groups)
    equal, conflicting = _equal_rows(source, survey)
    largest = max(survey.valid, key=survey.valid.__getitem__)
    counted = CountedClasses(
        rows=survey.rows,
        invalid=invalid,
        unusable=sum(survey.rows.values()) - sum(survey.valid.values()),
        equal=equal,
        conflicting=conflicting,
        features=width + len(layout.features.copied) - len(left_out),
        others={label: counts for label, counts in around.others.items() if label != largest},
        first=around.first,
        overlap=fisher_overlap(scaled, sample.groups) if near else 0.0,
        hubness=hubness(scaled[paired], K) if near and len(paired) > K else 0.0,
        joined=_joined(scaled[paired], sample.groups[paired], source.labels) if near else {},
        grouped={
            label: np.bincount(np.minimum(sizes, K + 1), minlength=K + 2)[1:].tolist()
            for label, sizes in (_groups(scaled, sample.groups, survey) if near else {}).items()
            if label != largest
        },
        times=[
            field.name
            for place, field in enumerate(layout.schema.fields)
            if isinstance(field.dataType, _TIMES) and place not in layout.features.places
        ],
    )
    note = (
        f"Features were examined in {len(sample.groups):,} of {sum(survey.valid.values()):,} usable rows, neighbours "
        f"for up to {QUERIES:,} rows of each class among all rows."
    )
    every = by_weight([*found, *counted.findings()])
    return Diagnosis(every, dict(survey.rows), len(sample.groups), note, time.perf_counter() - start)


def first_with_features(sampler: Resampler | Chain) -> Resampler:
    steps = flat(sampler)
    return next((step for step in steps if step.hasParam("inputCols")), steps[0])


def reader(
    df: DataFrame, inputCols: Sequence[str] | None, categoricalCols: Sequence[str] | None, labelCol: str
) -> Resampler:
    """A sampler that reads these columns; all that can be features, if none are named."""
    names = Names(df)
    if inputCols is None and categoricalCols is None:
        fields = [field for field in names.schema.fields if not names.same(field.name, labelCol)]
        inputCols = [field.name for field in fields if isinstance(field.dataType, _NUMBERS)]
        categoricalCols = [field.name for field in fields if isinstance(field.dataType, StringType)]
    if not categoricalCols:
        return SMOTE(inputCols=list(inputCols or ()), labelCol=labelCol)
    return SMOTENC(inputCols=list(inputCols or ()), categoricalCols=list(categoricalCols), labelCol=labelCol)


def sampled_rows(
    df: DataFrame, source: InputRows, usable: Mapping[Any, int], rows: int, seed: int
) -> tuple[CollectedRows, NDArray[np.float64]]:
    """Rows of each class on the driver, and how many rows of the class each stands for."""
    valid = {number: count for number, count in enumerate(usable.values()) if count}
    most = max(_LEAST_OF_CLASS, rows // max(1, len(valid)))
    groups = {number: number for number in valid}
    found = real_rows(df, source.layout, source.labels, groups, valid, most, seed)
    stands_for = np.array([count / min(most, count) if count else 1.0 for count in usable.values()])
    return found, stands_for[found.groups]


def _paired(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of some of the sampled rows, evenly of all classes; rows lie class by class."""
    rank = np.arange(len(groups)) - np.searchsorted(groups, groups)
    some = np.flatnonzero(rank < max(1, _PAIRED_ROWS // len(np.unique(groups))))
    return some[:: -(-len(some) // _PAIRED_ROWS)]


def _joined(scaled: NDArray[np.float64], groups: NDArray[np.int64], labels: Sequence[Any]) -> dict[Any, float]:
    across = boundary(scaled, groups)
    shares = {number: across[groups == number] for number in np.unique(groups).tolist()}
    return {labels[number]: float(one.mean()) for number, one in shares.items() if len(one) >= _LEAST_FOR_SHARE}


def _groups(scaled: NDArray[np.float64], groups: NDArray[np.int64], survey: Survey) -> dict[Any, NDArray[np.int64]]:
    """Of the classes that are in the sample with all their rows, the size of the group of each row."""
    found = {}
    for number, (label, rows) in enumerate(survey.valid.items()):
        mine = groups == number
        if K < rows == mine.sum() < len(groups):
            found[label] = group_sizes(scaled, mine, K)
    return found


def _invalid(frame: DataFrame, features: Features) -> dict[str, int]:
    """Rows with a fault, by feature; an aggregation."""
    faults = features.faults()
    counts = frame.agg(*(F.count(fault) for fault in faults.values())).collect()[0]
    return dict(zip(faults, counts, strict=True))


def _equal_rows(source: InputRows, survey: Survey) -> tuple[int, int]:
    """Rows that repeat another, and rows of the smaller classes that contradict one; an aggregation of all rows."""
    largest = list(survey.valid).index(max(survey.valid, key=survey.valid.__getitem__))
    own = source.keyed().filter(F.col(CLASS) >= 0).groupBy(HASH, CLASS).agg(F.count("*").alias("rows"))
    mine = F.sum(F.when(F.col(CLASS) != largest, F.col("rows")).otherwise(F.lit(0)))
    each = own.groupBy(HASH).agg(
        F.sum(F.col("rows") - 1).alias("equal"), F.count("*").alias("classes"), mine.alias("smaller")
    )
    conflicting = F.sum(F.when(F.col("classes") > 1, F.col("smaller")).otherwise(F.lit(0)))
    found = each.agg(F.sum("equal"), conflicting).collect()[0]
    return int(found[0] or 0), int(found[1] or 0)
