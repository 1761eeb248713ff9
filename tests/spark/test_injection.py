"""Names and values that would have an effect if they were read as SQL."""

from __future__ import annotations

from pyspark.sql import SparkSession

from spark_smote import SMOTENC, TomekLinks
from spark_smote.ml import class_weights

NAMES = ["`; DROP TABLE victim; --", "${spark.app.name}", "x' OR '1' = '1", 'a"b\\', "a.b`c"]
VALUES = ["${spark.app.name}", "' OR '1' = '1", "`x`; DROP TABLE victim", "\\' \n -- /*", "{0} %s ${env:HOME}"]


def test_nothing_in_names_or_values_is_read_as_sql(spark: SparkSession) -> None:
    label, category, carried, first, second = NAMES
    rare, common = VALUES[:2]
    rows = [
        (common if index % 3 else rare, VALUES[index % 5], VALUES[index % 5], index * 1.0, index % 7 * 2.0)
        for index in range(24)
    ]
    spark.range(1).createOrReplaceTempView("victim")
    frame = spark.createDataFrame(rows, "a string, b string, c string, d double, e double").toDF(*NAMES)
    sampler = SMOTENC(
        inputCols=[first, second],
        categoricalCols=[category],
        labelCol=label,
        inheritCols=[carried],
        samplingStrategy={rare: 12},
        kNeighbors=3,
    )
    found = sampler.resample(frame)
    made = found.collect()
    assert found.columns == NAMES
    assert sorted(row[label] for row in made) == sorted([rare] * 12 + [common] * 16)
    assert {row[category] for row in made} == {row[carried] for row in made} == set(VALUES)
    weighted, weights = class_weights(frame, labelCol=label, weightCol="w'`;")
    assert {row[label]: row["w'`;"] for row in weighted.collect()} == weights == {rare: 1.5, common: 0.75}
    assert (
        TomekLinks(inputCols=[first, second], labelCol=label, samplingStrategy=[common]).resample(frame).columns
        == NAMES
    )
    assert spark.catalog.dropTempView("victim"), "the table still exists"
