"""What the synthetic rows of a resampled DataFrame are like."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.chain import Chain
from spark_smote.core.resampler import Resampler
from spark_smote.core.symptom import by_weight
from spark_smote.errors import ColumnError, StrategyError
from spark_smote.evaluation.crossing import Crossing, crossings
from spark_smote.evaluation.diagnose import first_with_features, reader, sampled_rows
from spark_smote.evaluation.diagnosis import Diagnosis
from spark_smote.evaluation.feature_rules import CODES
from spark_smote.evaluation.neighbours import NeighbourCounts, NeighbourSearch
from spark_smote.evaluation.plots.distributions import distances
from spark_smote.evaluation.plots.nearness import distances_to_real
from spark_smote.evaluation.plots.sample import ClassSample, Sample
from spark_smote.evaluation.synthetic_rules import InspectedRows
from spark_smote.kernels.complexity import moments
from spark_smote.spark.cached import FrameCache
from spark_smote.spark.collected import CollectedRows, number_dates, number_names
from spark_smote.spark.columns import CLASS, FEATURES, HASH, Names, positional, quoted
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.survey import Survey, take_survey


def inspect(
    df: DataFrame,
    sampler: Resampler | Chain | None = None,
    *,
    syntheticCol: str | None = None,
    provenanceCol: str | None = None,
    idCol: str | None = None,
    inputCols: Sequence[str] | None = None,
    categoricalCols: Sequence[str] | None = None,
    labelCol: str = "label",
    rows: int = 20_000,
    seed: int = 0,
) -> Diagnosis:
    """Finds what is wrong with the synthetic rows of a resampled DataFrame.

    Looked for are: rows nearer to another class than to their own, values
    between codes or beyond the range of the class, copies of real rows, rows
    very close to real ones, and features whose distribution moved.

    Parameters
    ----------
    df : DataFrame
        Real and synthetic rows together, with a column that says which are
        synthetic.
    sampler : sampler or chain, optional
        What made the rows: says the columns; the first step of a chain with
        features.
    syntheticCol : str, optional
        Boolean column, true for synthetic rows; by default that of the sampler,
        or 'is_synthetic'.
    provenanceCol, idCol : str, optional
        Columns that tell the parents of synthetic rows, for the examples; by
        default those of the sampler.
    inputCols, categoricalCols, labelCol
        As for :func:`spark_smote.diagnose`.
    rows : int
        Real rows, and synthetic rows, that the driver receives at most, evenly
        of all classes, 50 of each at least.
    seed : int
        Of the sample.

    Returns
    -------
    Diagnosis
        Its ``rows`` are the synthetic rows of each class, its ``examples`` up
        to five synthetic rows whose nearest real row is of another class, with
        their parents. ``pictures()`` draws the samples behind the figures, as
        the HTML page does.

    Raises
    ------
    ColumnError
        For columns that are missing or of another type.
    StrategyError
        If no row is synthetic.

    Notes
    -----
    Copies and values beyond the range are counted in all rows. The nearest real
    row is searched among all real rows, for 2,000 synthetic and 2,000 real rows
    of each class. Codes, closeness and distributions are examined in samples,
    drawn by a hash of the rows' content. The rows are cached meanwhile, where
    the platform can.

    Python has a module of the same name, which ``from spark_smote import *``
    leaves alone: import this function by its name, or call it as
    ``spark_smote.inspect``.

    Examples
    --------
    >>> from spark_smote import SMOTE, inspect
    >>> df = spark.range(400).selectExpr("id % 8 = 0 AS fraud", "sin(id) AS amount", "INT(id / 8) % 12 * 10 AS code")
    >>> smote = SMOTE(inputCols=["amount", "code"], labelCol="fraud", syntheticCol="made")
    >>> [one.name for one in inspect(smote.resample(df), smote).faults]
    ['betweenCodes']
    """
    start = time.perf_counter()
    flag = syntheticCol or _given(sampler, "syntheticCol") or "is_synthetic"
    names, traced = Names(df), []
    for param, name in (("provenanceCol", provenanceCol), ("idCol", idCol)):
        of = name or _given(sampler, param)
        traced.append(None if of is None else names.field(names.find(of, param)).name)
    flag = names.field(names.find(flag, "syntheticCol")).name
    if df.schema[flag].dataType.typeName() != "boolean":
        raise ColumnError(f"syntheticCol: column {flag!r} must be boolean, true for synthetic rows")
    with FrameCache(df.sparkSession) as cache:
        # Many queries read the rows, and it may take long to make them.
        kept = cache.keep(df)
        chosen = F.coalesce(F.col(quoted(flag)), F.lit(False))
        parts = [kept.filter(condition).drop(flag) for condition in (~chosen, chosen)]
        asked = reader(parts[0], inputCols, categoricalCols, labelCol) if sampler is None else _unmarked(sampler)
        found, sizes, examples, seen = _inspected(parts, asked, flag, traced, rows, seed)
    note = f"Samples of {sizes[0]:,} real and {sizes[1]:,} synthetic rows."
    every, seconds = by_weight(list(found.findings())), time.perf_counter() - start
    return Diagnosis(every, found.rows, sizes[1], note, seconds, examples, seen)


def _unmarked(sampler: Resampler | Chain) -> Resampler:
    """The step that names the features, without the columns that the result has already."""
    asked = first_with_features(sampler).copy()
    for param in (asked.getParam(name) for name in ("syntheticCol", "provenanceCol") if asked.hasParam(name)):
        asked.clear(param)
    return asked


def _inspected(
    parts: Sequence[DataFrame], asked: Resampler, flag: str, traced: Sequence[str | None], rows: int, seed: int
) -> tuple[InspectedRows, tuple[int, int], tuple[Crossing, ...], Sample]:
    """What real and synthetic rows show, the sizes of their samples, examples, and the samples."""
    layout = replace(asked.layout(parts[0]), groups=())
    surveys = []
    for part, what in zip(parts, ("real", "synthetic"), strict=True):
        if not part.limit(1).count():
            raise StrategyError(f"syntheticCol: no row of column {flag!r} is {what}; there is nothing to inspect")
        surveys.append(take_survey(positional(part), layout.schema, layout.label, layout.features, skip=True))
    known, made = surveys
    labels = list(known.rows)
    real, synthetic = (InputRows(positional(part), layout, labels) for part in parts)
    # Labels of synthetic rows are those of real ones.
    made_rows = {label: made.valid.get(label, 0) for label in labels}
    sample, weights = sampled_rows(parts[0], real, known.valid, rows, seed)
    drawn, _ = sampled_rows(parts[1], synthetic, made_rows, rows, seed)
    width = sample.numbers.shape[1]
    unit = moments(sample.numbers, weights)[1]
    unit = np.where(unit > 0, unit, 1.0)
    search = NeighbourSearch(real, known, range(width), unit)
    grown = {number: made_rows[label] for number, label in enumerate(labels) if made_rows[label]}
    feature_names = number_names(layout, width)
    crossed = search.types(synthetic, grown) if width else NeighbourCounts()
    seen = Sample(
        tuple(
            _of_class(sample.of(number), drawn.of(number), labels[number], known, made_rows)
            for number in sorted(np.unique(drawn.groups).tolist(), key=lambda number: -made_rows[labels[number]])
        ),
        sample.numbers[~np.isin(sample.groups, drawn.groups)],
        tuple(feature_names),
        tuple(number_dates(layout, width)),
        tuple(layout.schema[place].name for place in layout.features.copied),
    )
    found = InspectedRows(
        rows={label: count for label, count in made.rows.items() if count},
        crossed=crossed.first,
        own=search.types().first if width else {},
        outside=_outside(real, synthetic, feature_names),
        copies=_copies(real, synthetic),
        between=_between(sample, drawn, feature_names),
        closeness=_closeness(seen, unit),
        moved=[one for of_class in seen.classes for one in distances(seen, label=of_class.label)],
    )
    return found, (len(sample.groups), len(drawn.groups)), crossings(real, synthetic, crossed.crossed, *traced), seen


def _given(sampler: Resampler | Chain | None, param: str) -> str | None:
    asked = None if sampler is None else first_with_features(sampler)
    return asked.optional(asked.getParam(param)) if asked is not None and asked.hasParam(param) else None


def _outside(real: InputRows, synthetic: InputRows, names: Sequence[str]) -> dict[str, int]:
    """Synthetic rows with a number beyond the range of the real rows of the class, by feature."""
    if not names:
        return {}

    def numbers(source: InputRows) -> DataFrame:
        # The numbers come first, then the codes of categories.
        first = F.slice(F.col(FEATURES), 1, len(names))
        return source.usable().select(CLASS, F.posexplode(first).alias("place", "value"))

    ranges = numbers(real).groupBy(CLASS, "place").agg(F.min("value").alias("least"), F.max("value").alias("most"))
    beyond = (F.col("value") < F.col("least")) | (F.col("value") > F.col("most"))
    found = numbers(synthetic).join(ranges, [CLASS, "place"]).filter(beyond).groupBy("place").count().collect()
    return {names[row["place"]]: row["count"] for row in sorted(found, key=lambda row: row["place"])}


def _copies(real: InputRows, synthetic: InputRows) -> int:
    """Synthetic rows with the class and the features of a real row."""
    parts = [
        source.usable().select(CLASS, HASH, F.lit(made).alias("made")) for source, made in ((real, 0), (synthetic, 1))
    ]
    own = parts[0].union(parts[1]).groupBy(CLASS, HASH).agg(F.sum("made").alias("made"), F.count("*").alias("rows"))
    found = own.filter(F.col("rows") > F.col("made")).agg(F.sum("made")).collect()[0][0]
    return int(found or 0)


def _between(sample: CollectedRows, drawn: CollectedRows, names: Sequence[str]) -> dict[str, float]:
    """Share of synthetic rows with a value that no real row has, of features of few values."""
    shares = {}
    for place, name in enumerate(names):
        known = np.unique(sample.numbers[:, place])
        if len(known) <= CODES.threshold:
            shares[name] = float((~np.isin(drawn.numbers[:, place], known)).mean()) if len(drawn.groups) else 0.0
    return shares


def _closeness(seen: Sample, unit: NDArray[np.float64]) -> float:
    """Median distance of synthetic rows to the nearest real one, over that of real rows; the least of all classes."""
    ratios = []
    for one in seen.classes if seen.numbers else ():
        if len(one.real) < 10:
            continue
        real, synthetic = map(np.median, distances_to_real(one, unit))
        if real > 0:
            ratios.append(synthetic / real)
    return float(min(ratios, default=np.nan))


def _of_class(
    real: CollectedRows, made: CollectedRows, label: Any, known: Survey, counts: dict[Any, int]
) -> ClassSample:
    numbers = (real.numbers, made.numbers, made.seeds, made.neighbours)
    return ClassSample(label, known.valid[label], counts[label], *numbers, real.categories, made.categories)
