"""Plans and comparisons in a store of MLflow, without Spark."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import mlflow
import pytest
from pictured import HOSTILE, PLAN, compared

from spark_smote import SMOTETomek
from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.errors import MissingExtraError
from spark_smote.evaluation import log_comparison, log_plan
from spark_smote.ml.scores import METRICS


@pytest.fixture
def run() -> Iterator[Any]:
    with mlflow.start_run() as run:
        yield run


def stored(run: Any) -> Any:
    return mlflow.get_run(run.info.run_id).data


def artifacts(run: Any) -> dict[str, str]:
    """The artifacts of a run and, of texts, their content."""
    names = [one.path for one in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
    uri = run.info.artifact_uri
    return {name: "" if name.endswith("png") else mlflow.artifacts.load_text(f"{uri}/{name}") for name in names}


def test_a_plan_is_logged_with_its_figures_and_pages(run: Any) -> None:
    log_plan(PLAN, SMOTETomek(inputCols=["amount"], kNeighbors=3))
    found, hostile = stored(run), "_frac_ _script_alert_1_script_"
    assert found.params["SMOTE.kNeighbors"] == "3"
    assert found.params["TomekLinks.inputCols"] == "['amount']"
    assert found.metrics["removed/ok"] == 100
    assert found.metrics[f"synthetic/{hostile}"] == 850
    assert found.metrics[f"recall/{hostile}"] == 0.953
    assert "recall/ok" not in found.metrics
    files = artifacts(run)
    assert sorted(files) == ["class_counts.png", "plan.html", "plan.json", "plan.txt"]
    assert files["plan.txt"] == str(PLAN)
    assert json.loads(files["plan.json"])["classes"][1]["label"] == HOSTILE
    assert "<script" not in files["plan.html"]


def test_classes_of_one_name_are_told_apart(run: Any) -> None:
    log_plan(Plan(tuple(ClassPlan(label, rows) for label, rows in (("a,b", 1), ("a;b", 2), ("..", 3))), {}, None))
    found = stored(run).metrics
    assert [found[f"rows/{name}"] for name in ("a_b", "a_b 2", "_")] == [1, 2, 3]


def test_each_method_of_a_comparison_is_a_run_with_means_and_folds(run: Any) -> None:
    comparison = compared(("trees",))
    log_comparison(comparison)
    assert stored(run).tags["advice"] == comparison.advice
    assert stored(run).params["folds"] == "3"
    assert {"comparison.html", "precision_recall.png", "calibration.png"} < artifacts(run).keys()
    own = f"tags.mlflow.parentRunId = '{run.info.run_id}'"
    found = {one.data.params["method"]: one for one in mlflow.search_runs(filter_string=own, output_format="list")}
    assert list(reversed(found)) == [row.method for row in comparison.summary]
    for row in comparison.summary:
        one = found[row.method]
        assert {name: one.data.metrics[name] for name in METRICS} == dict(row.mean)
        assert {name: one.data.metrics[f"{name}_std"] for name in METRICS} == dict(row.spread)
        steps = mlflow.MlflowClient().get_metric_history(one.info.run_id, "auprc_fold")
        of_folds = [each.metrics["auprc"] for each in comparison.results if each.method == row.method]
        assert [step.value for step in sorted(steps, key=lambda step: step.step)] == of_folds


def test_without_a_run_one_is_started() -> None:
    log_plan(PLAN)
    assert "rows/ok" in stored(mlflow.active_run()).metrics
    mlflow.end_run()


def test_without_mlflow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtraError, match=r"log_plan needs MLflow; pip install 'spark-smote\[mlflow\]'"):
        log_plan(PLAN)
