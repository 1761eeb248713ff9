"""Plot of the rows of each class before and after resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spark_smote.core.plan import ClassPlan, Plan
from spark_smote.evaluation.plots.style import REAL, REMOVED, SMALL, SYNTHETIC, figure, legend, note, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CLASSES = 20
MADE: dict[str, Any] = {"facecolor": SYNTHETIC, "hatch": "//", "edgecolor": "white"}
LOST: dict[str, Any] = {"facecolor": "white", "hatch": "xx", "edgecolor": REMOVED, "linewidth": 1}


def class_counts(plan: Plan) -> Figure:
    """Plots the number of real, synthetic and removed rows of each class before
    and after resampling.

    With more than 20 classes, the plot shows the 20 that change most.

    Parameters
    ----------
    plan : Plan
        Plan of a sampler, from its method ``plan``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> from spark_smote.core.plan import ClassPlan, Plan
    >>> plan = Plan((ClassPlan("fraud", rows=20, to_synthesise=80), ClassPlan("ok", rows=100)), {}, None)
    >>> [text.get_text() for text in class_counts(plan).axes[0].texts]
    ['20', '100', '100', '100']
    """
    shown = _most_changed(plan.classes)
    made, (axes,) = figure(1, 1, width=8.0, margin=1.4, height=0.62 * len(shown))
    height = 0.36
    widest = max((one.rows + one.to_synthesise for one in shown), default=0) or 1
    for place, one in enumerate(shown):
        before, after = place - 0.2, place + 0.2
        end = one.rows + one.to_synthesise
        axes.barh(before, one.rows, height, color=REAL, alpha=0.55)
        axes.barh(after, one.rows, height, color=REAL)
        axes.barh(after, one.to_synthesise, height, left=one.rows, **MADE)
        if one.to_remove:
            axes.barh(after, one.to_remove, height, left=end - one.to_remove, **LOST)
        for at, rows, reach in ((before, one.rows, one.rows), (after, one.total, end)):
            axes.text(reach + 0.01 * widest, at, f"{rows:,}", va="center", fontsize=SMALL)
    axes.set_yticks(
        [place + side for place in range(len(shown)) for side in (-0.2, 0.2)],
        [text for one in shown for text in (f"{plain(one.label)}: before", "after")],
    )
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.14)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel("rows of the class", fontsize=SMALL)
    _legend(made, shown)
    if len(shown) < len(plan.classes):
        note(made, f"The {len(shown)} of {len(plan.classes)} classes that change most.")
    return made


def _most_changed(classes: tuple[ClassPlan, ...]) -> list[ClassPlan]:
    if len(classes) <= MOST_CLASSES:
        return list(classes)
    most = sorted(classes, key=lambda one: -(one.to_synthesise + one.to_remove))[:MOST_CLASSES]
    return [one for one in classes if one in most]


def _legend(made: Figure, shown: list[ClassPlan]) -> None:
    from matplotlib.patches import Patch

    entries = [Patch(color=REAL, label="real rows")]
    if any(one.to_synthesise for one in shown):
        entries.append(Patch(label="synthetic rows", **MADE))
    if any(one.to_remove for one in shown):
        entries.append(Patch(label="removed", **LOST))
    legend(made, entries, loc="outside upper right", ncols=len(entries))
