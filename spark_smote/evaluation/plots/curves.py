"""Curves of a comparison, from the probabilities of held-out rows: one panel for each estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from spark_smote.evaluation.plots.style import DASHES, LINES, MARKERS, SMALL, figure, legend, note, plain
from spark_smote.ml.scores import Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spark_smote.evaluation.comparison import Comparison


def calibration(comparison: Comparison, *, bins: int = 10) -> Figure:
    """Plots calibration curves: the observed share of positive rows against the
    predicted probability.

    The rows of all folds are divided by probability into groups of equal size.
    A calibrated model lies on the diagonal.

    Parameters
    ----------
    comparison : Comparison
        From :func:`spark_smote.evaluation.compare`.
    bins : int
        Maximum number of groups.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from spark_smote.evaluation import Comparison, Result
    >>> from spark_smote.ml.scores import Scores
    >>> scores = Scores(np.array([0.1, 0.6]), np.array([1.0, 2.0]), np.array([9.0, 1.0]))
    >>> result = Result("trees", "nothing", 0, scores.metrics(0.5), scores)
    >>> figure = calibration(Comparison((result,), "fraud", prevalence=0.23, folds=1))
    >>> figure.axes[0].get_title(loc="left")
    'trees'
    """

    def draw(panel: Axes, scores: Scores, **style: Any) -> None:
        mean, observed, _ = scores.calibration(bins)
        panel.plot(mean, observed, **style)

    def finish(panel: Axes) -> None:
        reach = 1.05 * max(1e-6, *(float(np.max(line.get_xydata())) for line in panel.lines))
        panel.plot([0, reach], [0, reach], color="#777777", linewidth=1, linestyle=":")
        panel.text(0.93 * reach, 0.97 * reach, "perfect calibration", ha="right", fontsize=SMALL, color="#555555")
        panel.set_xlim(-0.02 * reach, reach)
        panel.set_ylim(-0.02 * reach, reach)
        panel.set_xlabel("predicted probability", fontsize=SMALL)
        panel.set_ylabel(f"observed share of {plain(comparison.positive, 20)}", fontsize=SMALL)

    text = "Held-out rows of all folds in groups of equal size. Below the diagonal, probabilities are too high."
    return _panels(comparison, draw, finish, text, markers=True)


def precision_recall(comparison: Comparison) -> Figure:
    """Plots precision against recall over all thresholds, for the rows of all
    folds together.

    Parameters
    ----------
    comparison : Comparison
        From :func:`spark_smote.evaluation.compare`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from spark_smote.evaluation import Comparison, Result
    >>> from spark_smote.ml.scores import Scores
    >>> scores = Scores(np.array([0.1, 0.6]), np.array([1.0, 2.0]), np.array([9.0, 1.0]))
    >>> result = Result("trees", "nothing", 0, scores.metrics(0.5), scores)
    >>> figure = precision_recall(Comparison((result,), "fraud", prevalence=0.23, folds=1))
    >>> figure.axes[0].get_title(loc="left")
    'trees'
    """

    def draw(panel: Axes, scores: Scores, **style: Any) -> None:
        recall, precision = scores.precision_recall()
        panel.plot(recall, precision, drawstyle="steps-post", **style)

    def finish(panel: Axes) -> None:
        # Curves start at the left, high, and end at the right, low.
        for level, at, side, text in (
            (comparison.prevalence, 0.0, "left", "by chance"),
            (comparison.precision, 1.0, "right", f"precision {comparison.precision:g}"),
        ):
            panel.axhline(level, color="#777777", linewidth=1, linestyle=":")
            panel.text(at, level + 0.01, text, ha=side, fontsize=SMALL, color="#555555")
        panel.set_xlim(-0.02, 1.02)
        panel.set_ylim(-0.02, 1.05)
        panel.set_xlabel("recall: share of the positive rows that are found", fontsize=SMALL)
        panel.set_ylabel("precision: share of alarms that are right", fontsize=SMALL)

    text = (
        "Held-out rows of all folds. The higher the curve, the better; if curves cross, neither is best throughout. "
        "Methods that rank rows equally have the same curve."
    )
    return _panels(comparison, draw, finish, text, markers=False)


def curves(comparison: Comparison) -> tuple[tuple[str, Callable[[Comparison], Figure]], ...]:
    """Captions and functions that draw the curves of a comparison; none where all classes are measured.

    Parameters
    ----------
    comparison : Comparison

    Examples
    --------
    >>> from spark_smote.evaluation import Comparison
    >>> [caption for caption, _ in curves(Comparison((), "fraud", prevalence=0.23, folds=1))]
    ['Precision and recall', 'Calibration']
    """
    if comparison.positive is None:
        return ()
    return (("Precision and recall", precision_recall), ("Calibration", calibration))


def _panels(
    comparison: Comparison, draw: Callable[..., None], finish: Callable[[Axes], None], text: str, markers: bool
) -> Figure:
    """Draws a panel for each estimator with a line for each method; methods with equal scores share a line."""
    estimators = list(dict.fromkeys(row.estimator for row in comparison.summary))
    methods = list(dict.fromkeys(row.method for row in comparison.summary))
    columns = min(2, len(estimators))
    made, axes = figure(len(estimators), columns, width=7 if columns == 1 else 11, margin=1.6, height=4.0)
    styles = {
        method: {
            "color": LINES[place % len(LINES)],
            "linestyle": DASHES[place % len(DASHES)],
            "linewidth": 1.6,
            **({"marker": MARKERS[place % len(MARKERS)], "markersize": 4.5} if markers else {}),
        }
        for place, method in enumerate(methods)
    }
    shared: dict[str, list[str]] = {}
    for estimator, panel in zip(estimators, axes, strict=True):
        drawn: dict[str, Scores] = {}
        for row in comparison.summary:
            if row.estimator == estimator:
                scores = comparison.pooled(estimator, row.method)
                twin = next((method for method, other in drawn.items() if _equal(scores, other)), None)
                if twin is None:
                    drawn[row.method] = scores
                    draw(panel, scores, **styles[row.method])
                shared.setdefault(twin or row.method, []).append(row.method)
        finish(panel)
        panel.set_title(plain(estimator), fontsize=10, loc="left")
    _legend(made, {name: list(dict.fromkeys(same)) for name, same in shared.items()}, styles)
    note(made, text)
    return made


def _equal(one: Scores, other: Scores) -> bool:
    return all(np.array_equal(mine, vars(other)[name]) for name, mine in vars(one).items())


def _legend(made: Figure, shared: dict[str, list[str]], styles: dict[str, dict[str, Any]]) -> None:
    from matplotlib.lines import Line2D

    entries = [Line2D([], [], label=plain(" = ".join(same), 60), **styles[name]) for name, same in shared.items()]
    legend(made, entries, ncols=min(3, len(entries)))
