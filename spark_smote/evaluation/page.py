"""A report as one self-contained HTML file."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import resources
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.errors import MissingExtraError, ParameterError
from spark_smote.evaluation.plots.counts import class_counts
from spark_smote.evaluation.plots.curves import calibration, precision_recall
from spark_smote.ml.scores import METRICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spark_smote.evaluation.comparison import Comparison
    from spark_smote.evaluation.summary import Report

DOTS_PER_INCH = 140
_SHOWN_PER_INCH = 94
MOST_CLASSES = 200
_SEARCHES = {"none": "-", "exact": "exact", "lsh": "approximate (LSH)"}


@dataclass(frozen=True)
class Measure:
    """A column of the comparison's table: its heading and its meaning in one sentence."""

    head: str
    meaning: str


def to_html(
    path: str | os.PathLike[str],
    report: Report | Plan | None = None,
    comparison: Comparison | None = None,
    pictures: Iterable[tuple[str, Figure]] = (),
) -> None:
    """Writes an HTML page with the report of a resampling, a comparison, and pictures.

    The page is one file without scripts, and it loads nothing else. An existing file is replaced.

    Parameters
    ----------
    path : str or path
        A local file, in an existing folder.
    report : Report or Plan, optional
        Report of a job, or a plan not yet executed.
    comparison : Comparison, optional
        Comparison of estimators with and without resampling.
    pictures : iterable of (str, matplotlib.figure.Figure)
        Captions and figures, as :func:`spark_smote.evaluation.plots.gallery` returns them.

    Raises
    ------
    MissingExtraError
        If matplotlib or Jinja2 is not installed.
    ParameterError
        If the path cannot be written, or there is nothing to write.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> plan = Plan((ClassPlan("fraud", rows=20, to_synthesise=80), ClassPlan("ok", rows=100)), {}, None)
    >>> with TemporaryDirectory() as folder:
    ...     to_html(f"{folder}/report.html", plan)
    ...     "80 synthetic rows will be added to class fraud" in Path(f"{folder}/report.html").read_text("utf-8")
    True
    """
    given = tuple(pictures)
    if report is None and comparison is None and not given:
        raise ParameterError("there is nothing to write: give a report, a comparison or pictures")
    target = Path(path)
    try:
        _check(target)
        text = _render(report, comparison, given)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"path: {str(target)!r} cannot be written: {error.strerror or error}") from error


def _check(target: Path) -> None:
    if target.is_dir():
        raise ParameterError(f"path: {str(target)!r} is a folder; name a file in it, such as report.html")
    if not target.parent.is_dir():
        raise ParameterError(f"path: there is no folder {str(target.parent)!r}; make it first, or choose another")


def _render(report: Report | Plan | None, comparison: Comparison | None, pictures: Sequence[tuple[str, Figure]]) -> str:
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtraError(f"the page needs Jinja2; pip install 'spark-smote[plot]' ({error})") from error
    source = (resources.files("spark_smote.evaluation") / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(
        title="Resampling report" if report or not comparison else "Should you oversample?",
        sentences=[*([_sentence(report)] if report else []), *([comparison.advice] if comparison else [])],
        happened=_happened(report) if report else None,
        helped=_helped(comparison) if comparison else None,
        pictures=[_picture(caption, figure) for caption, figure in pictures],
        written=datetime.now(timezone.utc).strftime("%d %B %Y, %H:%M UTC"),
    )


def _sentence(report: Report | Plan) -> str:
    """Returns one sentence on the rows added and removed, or to be added and removed."""
    done = not isinstance(report, Plan)
    classes = report.plan.classes if not isinstance(report, Plan) else report.classes
    made, removed = sum(one.to_synthesise for one in classes), sum(one.to_remove for one in classes)
    was, were, had, has = ("was", "were", "had", "has") if done else ("will be", "will be", "has", "will have")
    grown = [one for one in classes if one.to_synthesise]
    text = f"{made:,} synthetic rows {were} added to {len(grown)} of {len(classes)} classes"
    if len(grown) == 1:
        (one,) = grown
        text = f"{made:,} synthetic rows {were} added to class {one.label}, which {had} {one.rows:,} rows and {has} "
        text += f"{one.total:,}"
    elif not grown:
        text = f"No synthetic row {was} added"
    return f"{text}; {f'{removed:,} rows {were}' if removed else f'no row {was}'} removed."


def _happened(report: Report | Plan) -> dict[str, Any]:
    written, plan = (None, report) if isinstance(report, Plan) else (report.written, report.plan)
    seconds = report.seconds
    shown = plan.classes[:MOST_CLASSES]
    removes = any(one.to_remove for one in plan.classes)
    heads = ["class", "rows before", "synthetic", *(["removed"] if removes else []), "rows after"]
    rows = [
        [
            str(one.label),
            f"{one.rows:,}",
            f"+{one.to_synthesise:,}" if one.to_synthesise else "-",
            *([f"-{one.to_remove:,}" if one.to_remove else "-"] if removes else []),
            f"{one.total if written is None else written.get(one.label, 0):,}",
            _search(one),
            _recall(one),
        ]
        for one in shown
    ]
    spent = [(stage, f"{value:,.1f}") for stage, value in seconds.items()]
    return {
        "title": "What would happen" if isinstance(report, Plan) else "What happened",
        "heads": [*heads, "search", "neighbours found"],
        "rows": rows,
        "left_out": len(plan.classes) - len(shown),
        "notes": plan.notes,
        "counted": written is not None,
        "searched": any(_search(one) != "-" for one in plan.classes),
        "seconds": [*spent, ("in all", f"{sum(seconds.values()):,.1f}")] if spent else [],
        "picture": _picture("Rows per class before and after", class_counts(plan)),
    }


def _search(one: ClassPlan) -> str:
    kind = one.search if one.search != "none" else one.surroundings
    return _SEARCHES.get(kind, kind)


def _recall(one: ClassPlan) -> str:
    found = one.recall if one.recall is not None and one.search != "none" else one.surroundings_recall
    return "-" if found is None else f"{found:.1%}"


def _helped(comparison: Comparison) -> dict[str, Any]:
    measures = {name: Measure(head, meaning) for name, (head, meaning) in _meanings(comparison).items()}
    measures |= {name: Measure(head, "") for name, head in METRICS.items() if name not in measures}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in comparison.summary:
        groups.setdefault(row.estimator, []).append({"method": row.method, "row": row, "cells": []})
    for entries in groups.values():
        for name in METRICS:
            goodness = [float(comparison.goodness(name, entry["row"].mean[name])) for entry in entries]
            best = max((value for value in goodness if isfinite(value)), default=None)
            for entry, value in zip(entries, goodness, strict=True):
                row = entry["row"]
                entry["cells"].append(
                    {"mean": _number(row.mean[name]), "spread": _number(row.spread[name]), "best": value == best}
                )
    estimators = list(groups)
    of = f"({', '.join(estimators)})" if len(estimators) <= 3 else ""
    return {
        "measures": [measures[name] for name in METRICS],
        "groups": groups,
        "positive": str(comparison.positive),
        "prevalence": f"{comparison.prevalence:.2%}",
        "folds": comparison.folds,
        "seconds": f"{comparison.seconds:,.0f}" if comparison.seconds else "",
        "pictures": [
            _picture(f"Precision and recall on held-out rows {of}".strip(), precision_recall(comparison)),
            _picture(f"Calibration on held-out rows {of}".strip(), calibration(comparison)),
        ],
    }


def _meanings(comparison: Comparison) -> dict[str, tuple[str, str]]:
    """Returns heading and meaning of the metrics; a metric that is missing has its heading from the log."""
    return {
        "auc": ("AUC", "chance that a positive row is ranked above another row; 0.5 is guessing, 1 is perfect"),
        "auprc": (
            "AUPRC",
            f"area under the curve of precision and recall; {comparison.prevalence:.3f} is guessing, 1 is perfect",
        ),
        "gMean": ("G-mean", "geometric mean of the recalls of positive and of other rows; 1 is perfect"),
        "recallAtPrecision": (
            f"recall at precision {comparison.precision:g}",
            f"share of the positive rows found while {comparison.precision:.0%} of the alarms are right; 1 is perfect",
        ),
        "brier": ("Brier", "mean squared error of the probabilities; 0 is perfect"),
        "calibrationSlope": (
            "calibration slope",
            "1 if probabilities are calibrated, below 1 if they are too extreme",
        ),
        "meanProbability": (
            "mean probability",
            f"should be the share of positive rows, {comparison.prevalence:.3f}",
        ),
    }


def _number(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else "-"


def _picture(caption: str, figure: Figure) -> dict[str, str]:
    """Encodes a figure as base64 of a PNG, which cannot inject text and needs no fonts."""
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    except AttributeError as error:
        raise ParameterError(
            f"pictures: {figure!r} is no matplotlib figure; give pairs of a caption and a figure"
        ) from error
    return {
        "caption": str(caption),
        "data": base64.b64encode(buffer.getvalue()).decode("ascii"),
        "width": str(round(figure.get_figwidth() * _SHOWN_PER_INCH)),
    }
