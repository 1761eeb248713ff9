"""bounds: synthetic values stay within, in every numeric type; the plan tells where they could leave their range."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from frames import multiset
from pyspark.sql import DataFrame, Row, SparkSession

from spark_smote import CCR, SMOTE, SMOTENC, SVMSMOTE, Chain, GaussianSMOTE, GeometricSMOTE, Plan, RandomOverSampler
from spark_smote.errors import ColumnError, ParameterError

NAMES = ["age", "visits", "share", "ratio", "amount", "price", "score"]
BOUNDS: dict[str, Any] = {
    "age": (18, 65.5),
    "VISITS": (4 * 10**18 + 1, None),
    "share": (0, 1),
    "ratio": (None, 0.3),
    "amount": [0.0, None],
    "price": (0.1, 9.999),
}


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    """A rare class at the edge of all ranges; visits and some prices are no doubles."""
    return spark.range(240).selectExpr(
        "id % 6 = 0 AS rare",
        "int(18 + id % 40) AS age",
        "4000000000000000001 + id % 7 * 3000 AS visits",
        "(id * 7 % 50) / 50D AS share",
        "float(if(id % 3 = 0, 0.3, id % 13 / 50D)) AS ratio",
        "sqrt(id * 31 % 97) AS amount",
        "cast(if(id = 6, NULL, id * 11 % 999) / 100 AS decimal(28, 2)) AS price",
        "double(id % 11) - 5 AS score",
    )


def test_values_are_clipped_and_nothing_else_changes(frame: DataFrame, tmp_path: Path) -> None:
    given: dict[str, Any] = {"inputCols": NAMES, "labelCol": "rare", "handleInvalid": "skip", "syntheticCol": "made"}
    sampler = GaussianSMOTE(**given, bounds=BOUNDS, sigma=2.0, seed=5)
    plan = sampler.plan(frame)
    assert "observed range" not in str(plan), "the score is below 0, and all else has bounds"
    resampled = sampler.resample(frame, plan)
    assert resampled.schema.fields[:-1] == frame.schema.fields
    rows = resampled.collect()
    free = GaussianSMOTE(**given, sigma=2.0, seed=5).resample(frame).collect()
    made, without = ([row.asDict() for row in one if row["made"]] for one in (rows, free))
    ends: dict[str, tuple[Any, Any]] = {
        "age": (18, 65),
        "visits": (4 * 10**18 + 1, None),
        "share": (0.0, 1.0),
        "ratio": (None, 0.29999998211860657),
        "amount": (0.0, None),
        "price": (Decimal("0.10"), Decimal("9.99")),
        "score": (None, None),
    }
    for name, (low, high) in ends.items():
        expected = []
        for row in without:
            value = row[name] if high is None else min(row[name], high)
            expected.append(value if low is None else max(value, low))
        assert Counter(row[name] for row in made) == Counter(expected)
        changed = Counter(expected) != Counter(row[name] for row in without)
        assert changed == (name != "score"), f"without bounds {name} leaves them"
    assert multiset(row for row in rows if not row["made"]) == multiset(row for row in free if not row["made"])
    plan.save(tmp_path / "plan")
    assert multiset(sampler.resample(frame, Plan.load(tmp_path / "plan")).collect()) == multiset(rows)


@pytest.mark.classic("the survey is the same on Connect, see above")
def test_the_plan_names_columns_that_may_leave_their_range(frame: DataFrame) -> None:
    whole = frame.na.drop()
    sampler = CCR(inputCols=NAMES, labelCol="rare", bounds={"price": (0, None)})
    (note,) = [note for note in sampler.plan(whole).notes if "range" in note]
    assert note == (
        "synthetic rows may leave the observed range of 'age' (whole numbers from 18 to 57), "
        "'visits' (whole numbers from 4000000000000000001 to 4000000000000018001), 'share' (shares from 0 to 0.98), "
        "'ratio' (shares from 0 to 0.3), 'amount' (0 or more); bounds would clip them"
    )
    assert note in str(sampler.plan(whole))
    chained = Chain(RandomOverSampler(shrinkage=1.0), SMOTE()).setParams(inputCols=["age", "score"], labelCol="rare")
    (note,) = chained.plan(whole).notes
    assert note.startswith("RandomOverSampler: synthetic rows may leave the observed range of 'age'")


def test_samplers_say_whether_they_leave_the_range() -> None:
    assert CCR().extrapolates() and SVMSMOTE().extrapolates() and RandomOverSampler(shrinkage=0.5).extrapolates()
    assert not SMOTE().extrapolates() and not RandomOverSampler().extrapolates()
    flat = {"truncationFactor": 1.0, "deformationFactor": 1.0}
    assert GeometricSMOTE().extrapolates() and not GeometricSMOTE(**flat).extrapolates()


@pytest.mark.classic("refused before any job")
@pytest.mark.parametrize(
    ("bounds", "kind", "said"),
    [
        ({"age": (3, 2)}, ParameterError, "column 'age' has 3 as its smallest value, above 2"),
        ({"age": (3, float("nan"))}, ParameterError, "nan of column 'age' is no number"),
        ({"age": (3, float("inf"))}, ParameterError, "column 'age' has an infinite bound; write None"),
        ({"age": 3}, ParameterError, "must be a dict of columns and pairs"),
        ({"age": (0.2, 0.8)}, ParameterError, "no value of column 'age', of type int, is from 0.2 to 0.8"),
        ({"ages": (0, 1)}, ColumnError, "no column 'ages'; did you mean 'age'"),
        ({"amount": (0, 1)}, ColumnError, "'amount' is no such feature; these are 'age', 'rare'"),
        ({"rare": (0, 1)}, ColumnError, "column 'rare' has type boolean, and bounds are numbers"),
    ],
)
def test_what_cannot_bound_is_refused(frame: DataFrame, bounds: Any, kind: Any, said: str) -> None:
    broken = frame.selectExpr("age + raise_error('read') AS age", "rare", "amount", "score AS label")
    with pytest.raises(kind, match=said):
        SMOTE(inputCols=["age", "rare"], bounds=bounds).plan(broken)
    with pytest.raises(ColumnError, match="bounds is for single columns of numbers"):
        SMOTE(featuresCol="x", bounds={"x": (0, 1)}).plan(broken.selectExpr("array(amount) AS x", "label"))


@pytest.mark.classic("refused before any job, or as above")
def test_numbers_beside_categories_have_bounds(frame: DataFrame) -> None:
    sampler = SMOTENC(
        inputCols=["amount"], categoricalCols=["age"], labelCol="rare", bounds={"amount": (3, 5)}, syntheticCol="made"
    )
    rows: list[Row] = sampler.resample(frame).filter("made").collect()
    assert {3.0 <= row["amount"] <= 5.0 for row in rows} == {True}
    with pytest.raises(ColumnError, match="'age' is no such feature; these are 'amount'"):
        sampler.copy().setBounds({"age": (0, 1)}).plan(frame)
