"""Compares three models with and without resampling on the flights of the demo.

    make data
    python -m benchmarks.models                   # 3 folds, all rows
    python -m benchmarks.models --share 0.1       # on a tenth of the rows, to try it

11 numbers and 3 categories. SMOTENC and random under-sampling use the columns directly; the models are pipelines that
index the categories of their training rows.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from benchmarks.nominal import CATEGORIES, FLIGHTS, LABEL, NUMBERS
from benchmarks.session import Machine, spark_session


def models() -> dict[str, Any]:
    """Pipelines from the table's own columns to a classifier."""
    from pyspark.ml import Pipeline
    from pyspark.ml.classification import GBTClassifier, LogisticRegression, RandomForestClassifier
    from pyspark.ml.feature import OneHotEncoder, StringIndexer, VectorAssembler

    indices, flags = [f"{name}_index" for name in CATEGORIES], [f"{name}_flags" for name in CATEGORIES]
    index = StringIndexer(inputCols=CATEGORIES, outputCols=indices, handleInvalid="keep")
    encode = OneHotEncoder(inputCols=indices, outputCols=flags)
    linear = VectorAssembler(inputCols=[*NUMBERS, *flags], outputCol="features")
    trees = VectorAssembler(inputCols=[*NUMBERS, *indices], outputCol="features")
    forest = RandomForestClassifier(labelCol=LABEL, maxBins=128, seed=1)
    boosted = GBTClassifier(labelCol=LABEL, maxBins=128, seed=1)
    return {
        "logistic regression": Pipeline(stages=[index, encode, linear, LogisticRegression(labelCol=LABEL)]),
        "random forest": Pipeline(stages=[index, trees, forest]),
        "boosted trees": Pipeline(stages=[index, trees, boosted]),
    }


def main() -> None:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the rows, chosen by content")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    from spark_smote import SMOTENC, RandomUnderSampler, compare

    with spark_session(Machine()) as spark:
        df = spark.read.parquet(str(FLIGHTS)).select(LABEL, *NUMBERS, *CATEGORIES)
        df = df.filter(F.pmod(F.xxhash64(*df.columns), F.lit(1000)) < F.lit(1000 * options.share))
        samplers = {
            "SMOTENC": SMOTENC(
                inputCols=NUMBERS, categoricalCols=CATEGORIES, labelCol=LABEL, standardization=True, seed=1
            ),
            "under-sampling": RandomUnderSampler(labelCol=LABEL, seed=1),
        }
        found = compare(df, models(), samplers, folds=options.folds)
    print(found)
    print(f"{found.seconds:.0f} seconds")
    if options.json:
        options.json.write_text(json.dumps(found.to_dict(), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
