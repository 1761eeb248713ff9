"""``groupCols`` of the over-samplers that learn from a class, or from the classes beside it, before they make rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from test_groups import SAMPLERS as GROUPED

from spark_smote.core.registry import COMBINATION, samplers
from spark_smote.errors import TooFewRowsError

ROWS = {"north": (70, 24, 14), "south": (50, 20, 11), "west": (12, 2, 1), "east": (5, 0, 0)}
"""Rows of three kinds in four regions: few in the west, and one kind only in the east."""
NEAR: dict[str, Any] = {"kNeighbors": 3}
UNITS: dict[str, Any] = {"standardization": False}
SAMPLERS: dict[str, dict[str, Any]] = {
    "ANS": {"cMax": 10, "fallback": "smote"},
    "AssembledSMOTE": NEAR,
    "BorderlineSMOTE": {"kind": "borderline-2", "mNeighbors": 6, "fallback": "smote", **NEAR},
    "CCR": UNITS,
    "ClusterSMOTE": NEAR,
    "GaussianSMOTE": NEAR,
    "GeometricSMOTE": NEAR,
    "KMeansSMOTE": {"numClusters": 4, "fallback": "smote", **NEAR},
    "LVQSMOTE": {"codebooks": 4, **UNITS},
    "LeeSMOTE": {"mNeighbors": 4, **NEAR},
    "MWMOTE": {"fallback": "smote"},
    # Distances by the scores above all.
    "NRAS": {"featureWeights": {"x": 0.001, "y": 0.001}, "fallback": "smote", **NEAR, **UNITS},
    "ProWSyn": {"levels": 3, **NEAR},
    "RBO": {"nSteps": 20, **UNITS},
    "RandomOverSampler": {"shrinkage": {"fault": 0.5}},
    "SMOBD": NEAR,
    "SMOTED": NEAR,
    "SMOTEN": {"categoricalCols": ["card", "deck"], **NEAR},
    "SVMSMOTE": {"mNeighbors": 6, "fallback": "smote", **NEAR},
}


@pytest.fixture(scope="module")
def frame(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    path = str(tmp_path_factory.mktemp("groups") / "rows")
    rows = [
        (region, kind, place)
        for region, counts in ROWS.items()
        for kind, count in zip(("fine", "fault", "worn"), counts, strict=True)
        for place in range(count)
    ]
    spark.createDataFrame(rows, "region string, kind string, id long").selectExpr(
        "region",
        "kind",
        "sin(id * id) * 3 + IF(kind = 'fault', id % 2 * 5, 0) + length(region) AS x",
        "cos(id * 7) * 2 + IF(kind = 'worn', 2, 0) + IF(region = 'south', id % 3, 0) AS y",
        "concat('c', (id * id % 11 + length(kind)) % 4) AS card",
        "concat('d', id % 5 DIV length(region)) AS deck",
    ).write.parquet(path)
    return spark.read.parquet(path)


@pytest.mark.classic("no session")
def test_every_sampler_is_held_against_a_group_alone() -> None:
    parts = (step for one in GROUPED.values() for step in (one, *getattr(one, "steps", ())))
    # Its classifiers are those of all groups: test_instance_hardness_threshold.py.
    others = {type(one).__name__ for one in parts} | {"InstanceHardnessThreshold"}
    assert {*SAMPLERS} | others >= {name for name, entry in samplers().items() if entry.family != COMBINATION}


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.classic("the search is that of test_groups")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_group_gets_the_rows_that_it_gets_alone(frame: DataFrame, name: str) -> None:
    kind = samplers()[name].sampler
    given = {"labelCol": "kind", "seed": 7, **SAMPLERS[name]}
    shown = ["kind", "card", "deck"] if name == "SMOTEN" else ["kind", "x", "y"]
    if name != "SMOTEN":
        given["inputCols"] = ["x", "y"]
    few = {"tooFew": "copy"} if hasattr(kind, "tooFew") else {}
    if few:
        with pytest.raises(TooFewRowsError, match=r"group '?west.*tooFew"):
            kind(groupCols=["region"], **given).plan(frame)
    rows = kind(groupCols=["region"], **few, **given).resample(frame).collect()
    assert Counter((row["region"], row["kind"]) for row in rows) == {
        (region, kind): max(counts)
        for region, counts in ROWS.items()
        for kind, count in zip(("fine", "fault", "worn"), counts, strict=True)
        if count
    }
    alone = kind(**given).resample(frame.filter(F.col("region") == "north")).select(shown).collect()
    made = Counter(tuple(row[name] for name in shown) for row in rows if row["region"] == "north")
    assert made == Counter(map(tuple, alone))
