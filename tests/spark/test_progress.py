"""Progress lines while stages run."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_smote.core.timing import timed
from spark_smote.job import progress


def test_stages_and_their_progress_are_logged(spark: Any, mode: str) -> None:
    stream = io.StringIO()
    described = []
    sleep = "java_method('java.lang.Thread', 'sleep', CAST(2500 AS BIGINT))"
    with progress.shown(spark, stream, every=0.2), timed({}, "plan"), timed({}, "survey"):
        if mode == "classic":
            described.append(spark.sparkContext.getLocalProperty("spark.job.description"))
        spark.range(0, 2, 1, 2).selectExpr(sleep).collect()
    if mode == "classic":
        assert described == ["spark_smote: plan, survey"]
        assert spark.sparkContext.getLocalProperty("spark.job.description") is None
    lines = [line[9:] for line in stream.getvalue().splitlines()]
    assert lines[:2] == ["plan ...", "  survey ..."]
    assert any("survey: 0 of 2 tasks, " in line for line in lines), lines
    assert not any("plan: 0 of" in line for line in lines), "the inner stage logs its own lines"
    ended = [line for line in lines if "so far" not in line]
    assert ended[-2].startswith("  survey: ") and ended[-1].startswith("plan: ")


@pytest.mark.classic("it needs no Spark")
def test_lines_go_to_the_handlers_of_the_program(spark: Any, caplog: pytest.LogCaptureFixture) -> None:
    with progress.shown(spark), timed({}, "plan"):
        pass
    assert [line.partition(": ")[0] for line in caplog.messages] == ["plan ...", "plan"]


def test_nothing_is_logged_without_shown(spark: SparkSession) -> None:
    stream = io.StringIO()
    with progress.shown(spark, stream):
        pass
    with timed({}, "survey"):
        pass
    assert stream.getvalue() == ""


def test_a_failed_stage_restores_the_state(spark: Any, mode: str) -> None:
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), progress.shown(spark, stream), timed({}, "plan"):
        1 / 0  # noqa: B018
    if mode == "classic":
        assert spark.sparkContext.getLocalProperty("spark.job.description") is None
    assert "plan: " not in stream.getvalue()
