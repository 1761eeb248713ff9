"""Plans and comparisons as runs of MLflow: params, metrics, figures and pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from spark_smote.core.plan import Plan
from spark_smote.errors import MissingExtraError
from spark_smote.evaluation.page import render
from spark_smote.evaluation.plots.counts import class_counts
from spark_smote.evaluation.plots.curves import curves
from spark_smote.evaluation.record import record

if TYPE_CHECKING:
    from spark_smote.core.chain import Chain
    from spark_smote.core.resampler import Resampler
    from spark_smote.evaluation.comparison import Comparison

_OF_CLASS = {
    "rows": "rows",
    "to_synthesise": "synthetic",
    "to_remove": "removed",
    "total": "total",
    "recall": "recall",
    "surroundings_recall": "surroundings recall",
}
"""Figures of a class in a plan, and their names as metrics."""


def log_plan(plan: Plan, sampler: Resampler | Chain | None = None) -> None:
    """Logs a plan to the active run of MLflow; MLflow starts one if there is none.

    Parameters
    ----------
    plan : Plan
    sampler : sampler or chain, optional
        Its parameters are logged as well, as 'SMOTE.kNeighbors'.

    Notes
    -----
    Metrics are 'rows', 'synthetic', 'removed', 'total' and, where measured,
    'recall' of each class, as 'recall/fraud', and 'worker MB', the bound on the
    memory of a Python worker. Artifacts are ``plan.txt``, ``plan.json``,
    ``plan.html`` and ``class_counts.png``. In names of metrics and params, runs
    of characters that MLflow does not accept become '_'.

    Raises
    ------
    MissingExtraError
        If MLflow, matplotlib or Jinja2 is not installed.

    Examples
    --------
    >>> import mlflow
    >>> from spark_smote import SMOTE
    >>> from spark_smote.evaluation import log_plan
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> smote = SMOTE(inputCols=["amount"], labelCol="fraud")
    >>> with mlflow.start_run() as run:
    ...     log_plan(smote.plan(df), smote)
    >>> mlflow.get_run(run.info.run_id).data.metrics["synthetic/True"]
    100.0
    """
    mlflow = _mlflow("log_plan")
    if sampler is not None:
        mlflow.log_params(_params(sampler))
    metrics: dict[str, float] = {"worker MB": plan.worker_bytes / 1e6}
    for name, one in zip(_names(str(one.label) for one in plan.classes), plan.classes, strict=True):
        figures = {title: getattr(one, field) for field, title in _OF_CLASS.items()}
        metrics |= {f"{title}/{name}": float(value) for title, value in figures.items() if value is not None}
    mlflow.log_metrics(metrics)
    mlflow.log_text(str(plan), "plan.txt")
    mlflow.log_text(record(None, plan, None, {}), "plan.json")
    mlflow.log_text(render(plan, None, ()), "plan.html")
    mlflow.log_figure(class_counts(plan), "class_counts.png")


def log_comparison(comparison: Comparison) -> None:
    """Logs a comparison to the active run of MLflow, with a run of its own,
    nested in it, for each method.

    Parameters
    ----------
    comparison : Comparison

    Notes
    -----
    The run of an estimator with a method has these two as params. Its metrics
    are the mean of each metric over folds, such as 'auprc', the deviation over
    folds as 'auprc_std', and the values as 'auprc_fold', with the fold's number
    as the step. The outer run has the advice and the action that it advises as
    tags, the positive class, folds and metric as params, and as artifacts
    ``comparison.txt``, ``comparison.json``, ``comparison.html`` and, if there
    is a positive class, ``precision_recall.png`` and ``calibration.png``.

    Raises
    ------
    MissingExtraError
        If MLflow, matplotlib or Jinja2 is not installed.
    """
    mlflow = _mlflow("log_comparison")
    about = ("positive", "folds", "repeats", "metric", "precision", "prevalence")
    mlflow.log_params({name: getattr(comparison, name) for name in about})
    mlflow.set_tags({"advice": comparison.advice, "action": comparison.verdict.action})
    mlflow.log_text(str(comparison), "comparison.txt")
    mlflow.log_text(json.dumps(comparison.to_dict(), indent=2), "comparison.json")
    mlflow.log_text(render(None, comparison, ()), "comparison.html")
    for _, draw in curves(comparison):
        mlflow.log_figure(draw(comparison), f"{draw.__name__}.png")
    for row in comparison.summary:
        with mlflow.start_run(run_name=f"{row.estimator}, {row.method}", nested=True):
            mlflow.log_params({"estimator": row.estimator, "method": row.method})
            mlflow.log_metrics({**row.mean, **{f"{metric}_std": value for metric, value in row.spread.items()}})
            for one in comparison.results:
                if (one.estimator, one.method) == (row.estimator, row.method):
                    values = {f"{metric}_fold": value for metric, value in one.metrics.items()}
                    mlflow.log_metrics(values, step=one.fold)


def _mlflow(caller: str) -> Any:
    try:
        import mlflow
    except ImportError as error:
        raise MissingExtraError(f"{caller} needs MLflow; pip install 'spark-smote[mlflow]' ({error})") from error
    # An active run is what MLflow's own functions start where there is none.
    if mlflow.active_run() is None:
        mlflow.start_run()
    return mlflow


def _params(sampler: Resampler | Chain) -> Mapping[str, Any]:
    """The parameters of a sampler or of the steps of a chain that have a value."""
    steps = getattr(sampler, "steps", (sampler,))
    found: dict[str, Any] = {}
    for title, step in zip(_names(type(step).__name__ for step in steps), steps, strict=True):
        found |= {f"{title}.{param.name}": value for param, value in step.extractParamMap().items()}
    return found


def _names(texts: Iterable[str]) -> list[str]:
    """Each text as MLflow takes it as a name, numbered where an earlier one is the same.

    Examples
    --------
    >>> _names(["fraud", "a/b", "a,b", "..", "fraud 2"])
    ['fraud', 'a_b', 'a_b 2', '_', 'fraud 2']
    """
    names: list[str] = []
    for text in texts:
        plain = re.sub(r"[^\w \-]+", "_", text, flags=re.ASCII) or "_"
        numbered = (f"{plain} {number}" if number > 1 else plain for number in count(1))
        names.append(next(name for name in numbered if name not in names))
    return names
