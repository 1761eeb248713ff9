"""Jobs of samplers for regression and for several labels: bumps and labels in the report, counts held to the plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kept import Kept
from pyspark.sql import SparkSession

from spark_smote import SMOTER, Plan
from spark_smote.core.plan import ClassPlan
from spark_smote.job import cli
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec
from spark_smote.job.shape import differences


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("SMOTER", {"inputCols": ["x"]}, {0: (108, 60, 60), 1: (12, 60, 60)}),
        ("SMOGN", {"inputCols": ["x"]}, {0: (108, 60, 60), 1: (12, 60, 60)}),
        ("WERCS", {}, {"relevance 0.0 to 0.1": (108, 48, 48), "relevance 0.9 to 1.0": (12, 72, 72)}),
        ("MLSMOTE", {"inputCols": ["x"]}, {"war": (12, 24, 24)}),
        ("MLROS", {"share": 0.1}, {'["drama"]': (108, 108, 108), '["war"]': (12, 22, 22)}),
    ],
)
@pytest.mark.classic("what a job counts")
def test_a_job_counts_what_it_wrote_in_the_classes_of_its_plan(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    params: dict[str, Any],
    told: dict[Any, tuple[int, int, int]],
) -> None:
    monkeypatch.setattr(cli, "SparkSession", Kept(spark))
    rows = spark.range(120).selectExpr(
        "IF(id % 10 = 0, 90.0D, 0.0D) + id % 7 AS y",
        "IF(id % 10 = 0, array('war'), array('drama')) AS labels",
        "id * 1.0D AS x",
    )
    rows.write.parquet(f"{tmp_path}/in")
    target = {"labelCol": "labels"} if name.startswith("ML") else {"targetCol": "y", "relevance": [[20, 0], [80, 1]]}
    (tmp_path / "job.yaml").write_text(
        f"input: {{path: {tmp_path}/in}}\nsampler: {{class: {name}, params: {json.dumps(target | params)}}}\n"
        f"output: {{path: {tmp_path}/out, partitionBy: [y]}}\n"
        f"report: {{json: {tmp_path}/r.json, html: {tmp_path}/r.html}}\n"
    )
    arguments = ["--quiet", "--config", f"{tmp_path}/job.yaml"]
    assert cli.main(["plan", *arguments]) == 0
    assert not (tmp_path / "out").exists()
    assert cli.main(["resample", *arguments]) == 0, capsys.readouterr().err
    assert capsys.readouterr().err == ""
    found = json.loads((tmp_path / "r.json").read_text())
    counted = {one["label"]: (one["rowsBefore"], one["rowsAfter"], one["rowsWritten"]) for one in found["classes"]}
    if name == "SMOGN":  # noise may carry a target out of its bump
        assert sum(one[2] for one in counted.values()) == 120
        counted = {label: (*one[:2], one[1]) for label, one in counted.items()}
    assert counted == told
    assert (tmp_path / "r.html").exists() and found["passesOverInput"]["writing"] >= 2


def test_rows_that_are_missing_are_found_as_far_as_the_plan_tells() -> None:
    config = JobConfig(Input("in"), (SamplerSpec("SMOTER"),), Output("out"))
    plan = Plan((ClassPlan("a", 5, to_synthesise=5), ClassPlan("b", 7)), {}, None)
    sampler = SMOTER()
    wrong: dict[str, list[str]] = {
        "each": ["class 'a' has 9 rows in place of 10", "class 'b' has 8 rows in place of 7"],
        "least": ["class 'a' has 9 rows in place of 10"],
        "total": [],
    }
    for promised, found in wrong.items():
        sampler.COUNTS = promised  # type: ignore[misc]
        assert differences(config, plan, sampler, {"a": 9, "b": 8}) == found
    assert differences(config, plan, sampler, {"a": 9, "b": 7}) == ["there are 16 rows in place of 17"]
