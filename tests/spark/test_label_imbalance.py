"""The report on the imbalance of labels: the papers' formulae, each form of labels, and labels that are wrong."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import Any

import pytest
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_smote import label_imbalance
from spark_smote.errors import ColumnError, InvalidDataError, SparkSmoteError
from spark_smote.spark import label_counts

NAMES = ("a", "b", "c", "never")
# Row sets of the labels a, b and c, and how often each occurs.
SETS = {(): 3, ("a",): 40, ("a", "b"): 12, ("a", "b", "c"): 4, ("c",): 1}


def by_the_paper(sets: dict[tuple[str, ...], int]) -> dict[str, Any]:
    """The measures, from the formulae and row by row."""
    rows = [labels for labels, times in sets.items() for _ in range(times)]
    counts = Counter(label for labels in rows for label in labels)
    ir = {label: max(counts.values()) / count for label, count in counts.items()}
    mean = sum(ir.values()) / len(ir)

    def scumble(labels: tuple[str, ...]) -> float:
        values = [ir[label] for label in labels]
        return 1 - math.prod(values) ** (1 / len(values)) / statistics.mean(values) if values else 0.0

    return {
        "ir": ir,
        "mean_ir": mean,
        "cvir": statistics.stdev(ir.values()) / mean,
        "scumble": statistics.mean(map(scumble, rows)),
        "cardinality": sum(map(len, rows)) / len(rows),
    }


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """The labels as an array (with repetitions), as a vector, and as columns of several types."""
    rows = [(list(labels) + list(labels)[:1],) for labels, times in SETS.items() for _ in range(times)]
    marks = {name: F.array_contains("labels", name) for name in NAMES}
    kinds = dict(zip(NAMES, ("int", "boolean", "double", "byte"), strict=True))
    plain = spark.createDataFrame(rows, "labels array<string>")
    return plain.select(
        "labels",
        array_to_vector(F.array(*(mark.cast("double") for mark in marks.values()))).alias("vector"),
        *(mark.cast(kinds[name]).alias(name) for name, mark in marks.items()),
    )


@pytest.mark.parametrize(
    "most",
    [
        pytest.param(label_counts.MOST_SETS, id="few-sets"),
        pytest.param(2, id="many-sets", marks=pytest.mark.classic("the others run on Connect")),
    ],
)
@pytest.mark.parametrize("form", ["array", "vector", "columns"])
def test_the_measures_are_those_of_the_papers(
    frame: DataFrame, monkeypatch: pytest.MonkeyPatch, form: str, most: int
) -> None:
    monkeypatch.setattr(label_counts, "MOST_SETS", most)
    given = {"array": "labels", "vector": "vector", "columns": list(NAMES)}[form]
    found, wanted = label_imbalance(frame.repartition(3), given), by_the_paper(SETS)
    assert (found.rows, found.empty, found.invalid, found.label_sets) == (60, 3, 0, len(SETS))
    named = {NAMES[label] if form == "vector" else label: one for label, one in found.ir_per_label.items()}
    assert named.pop("never", math.inf) == math.inf
    assert named == pytest.approx(wanted["ir"])
    for measure in ("mean_ir", "cvir", "scumble", "cardinality"):
        assert getattr(found, measure) == pytest.approx(wanted[measure], abs=1e-12), measure
    assert found.density == pytest.approx(wanted["cardinality"] / (3 if form == "array" else 4))
    assert [NAMES.index(label) if isinstance(label, str) else label for label in found.minority] == [2]
    assert "MeanIR" in str(found) and "60 rows, 3 without labels" in str(found)


@pytest.mark.parametrize(
    ("labels", "given"),
    [
        ("IF(id = 0, NULL, array(id % 3))", "labels"),
        ("IF(id < 2, array('a', NULL), array('a'))", "labels"),
        ("id", ["labels"]),
    ],
)
def test_rows_whose_labels_are_not_known_are_named_or_counted(
    spark: SparkSession, labels: str, given: str | list[str]
) -> None:
    frame = spark.range(30).selectExpr(f"{labels} AS labels")
    with pytest.raises(InvalidDataError, match=r"labelCol: columns? 'labels' .* in \d+ rows; fill or drop them"):
        label_imbalance(frame, given)
    found = label_imbalance(frame, given, handleInvalid="skip")
    assert found.invalid > 0 and found.invalid + found.rows == 30
    assert "rows left out" in str(found)


@pytest.mark.parametrize("labels", ["id", "array(1.5D)", "array(array(1))", "map('a', 1)"])
def test_a_column_that_holds_no_labels_is_refused(spark: SparkSession, labels: str) -> None:
    with pytest.raises(ColumnError, match="labelCol: column 'labels' has type"):
        label_imbalance(spark.range(3).selectExpr(f"{labels} AS labels"))


def test_all_rows_alike_and_no_rows(spark: SparkSession) -> None:
    alike = label_imbalance(spark.range(5).selectExpr("array(7, 8) AS labels"))
    assert (alike.mean_ir, alike.cvir, alike.scumble, alike.minority) == (1.0, 0.0, 0.0, [])
    none = label_imbalance(spark.range(0).selectExpr("array('a') AS labels"))
    assert (none.rows, none.mean_ir, none.cvir, none.scumble, none.density) == (0, 1.0, 0.0, 0.0, 0.0)
    assert str(none)
    with pytest.raises(SparkSmoteError, match="labelCol is empty"):
        label_imbalance(spark.range(3).toDF("labels"), [])
