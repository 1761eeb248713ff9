"""A report as one self-contained HTML file."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib import resources
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from spark_smote.core.plan import Plan
from spark_smote.errors import MissingExtraError, ParameterError
from spark_smote.evaluation.plots.counts import class_counts
from spark_smote.evaluation.plots.curves import curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spark_smote.evaluation.comparison import Comparison
    from spark_smote.evaluation.diagnosis import Diagnosis
    from spark_smote.evaluation.summary import Report

DOTS_PER_INCH = 140
_SHOWN_PER_INCH = 94
MOST_CLASSES = 200


def to_html(
    path: str | os.PathLike[str],
    report: Report | Plan | None = None,
    comparison: Comparison | None = None,
    pictures: Iterable[tuple[str, Figure]] = (),
    diagnosis: Diagnosis | None = None,
) -> None:
    """Writes an HTML page with the report of a resampling, a comparison,
    pictures, and a diagnosis.

    The page is one file without scripts, and it loads nothing else. An existing
    file is replaced.

    Parameters
    ----------
    path : str or path
        A local file, in an existing folder.
    report : Report or Plan, optional
        Report of a job, or a plan not yet executed.
    comparison : Comparison, optional
        Comparison of estimators with and without resampling.
    pictures : iterable of (str, matplotlib.figure.Figure)
        Captions and figures, as :func:`spark_smote.evaluation.plots.gallery`
        returns them.
    diagnosis : Diagnosis, optional
        Findings of :func:`spark_smote.diagnose` or :func:`spark_smote.inspect`.

    Raises
    ------
    MissingExtraError
        If matplotlib or Jinja2 is not installed.
    ParameterError
        If the path cannot be written, or there is nothing to write.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from spark_smote.core.plan import ClassPlan, Plan
    >>> plan = Plan((ClassPlan("fraud", rows=20, to_synthesise=80), ClassPlan("ok", rows=100)), {}, None)
    >>> with TemporaryDirectory() as folder:
    ...     to_html(f"{folder}/report.html", plan)
    ...     "80 synthetic rows will be added to class fraud" in Path(f"{folder}/report.html").read_text("utf-8")
    True
    """
    given = tuple(pictures)
    if report is None and comparison is None and diagnosis is None and not given:
        raise ParameterError("there is nothing to write: give a report, a comparison, pictures or a diagnosis")
    target = Path(path)
    try:
        _check(target)
        text = render(report, comparison, given, diagnosis)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"path: {str(target)!r} cannot be written: {error.strerror or error}") from error


def _check(target: Path) -> None:
    if target.is_dir():
        raise ParameterError(f"path: {str(target)!r} is a folder; name a file in it, such as report.html")
    if not target.parent.is_dir():
        raise ParameterError(f"path: there is no folder {str(target.parent)!r}; make it first, or choose another")


def render(
    report: Report | Plan | None,
    comparison: Comparison | None,
    pictures: Sequence[tuple[str, Figure]],
    diagnosis: Diagnosis | None = None,
) -> str:
    """Returns the page; the arguments are those of :func:`to_html`.

    Raises
    ------
    MissingExtraError
        If matplotlib or Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtraError(f"the page needs Jinja2; pip install 'spark-smote[plot]' ({error})") from error
    source = (resources.files("spark_smote.evaluation") / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(
        report=None if isinstance(report, Plan) else report,
        plan=report if isinstance(report, Plan) or report is None else report.plan,
        comparison=comparison,
        diagnosis=diagnosis,
        best=_best(comparison) if comparison else None,
        pictures=pictures,
        picture=_picture,
        class_counts=class_counts,
        curves=curves(comparison) if comparison else (),
        most=MOST_CLASSES,
        number=_number,
        written=datetime.now(timezone.utc).strftime("%d %B %Y, %H:%M UTC"),
    )


def _best(comparison: Comparison) -> set[tuple[str, str, str]]:
    """Returns metric, estimator and method where no other method of the estimator is better."""
    found = set()
    for metric in comparison.metrics:
        for estimator in {row.estimator for row in comparison.summary}:
            rows = [row for row in comparison.summary if row.estimator == estimator]
            goodness = {row.method: float(comparison.goodness(metric, row.mean[metric])) for row in rows}
            most = max(filter(isfinite, goodness.values()), default=None)
            found |= {(metric, estimator, method) for method, value in goodness.items() if value == most}
    return found


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None and isfinite(value) else "-"


def _picture(figure: Figure) -> dict[str, str]:
    """Encodes a figure as base64 of a PNG, which cannot inject text and needs no fonts."""
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    except AttributeError as error:
        raise ParameterError(
            f"pictures: {figure!r} is no matplotlib figure; give pairs of a caption and a figure"
        ) from error
    return {
        "data": base64.b64encode(buffer.getvalue()).decode("ascii"),
        "width": str(round(figure.get_figwidth() * _SHOWN_PER_INCH)),
    }
