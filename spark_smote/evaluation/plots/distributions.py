"""Compares the distributions of synthetic and real rows of a class, feature by feature."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain
from spark_smote.core.resampler import Resampler
from spark_smote.evaluation.plots.sample import ClassSample, Sample, sampled
from spark_smote.evaluation.plots.style import REAL, SMALL, SYNTHETIC, figure, legend, note, plain
from spark_smote.strategy import Label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, MOST_LEVELS, BINS = 3, 8, 30
_NULL, _REST = "(null)", "(others)"
_BY_CHANCE = 1.3581
"""Factor of the Kolmogorov-Smirnov statistic at the 5 % level: the critical value is this times sqrt((n + m) / nm)."""


@dataclass(frozen=True)
class Distance:
    """Distance between the distributions of synthetic and real rows of a class
    in one feature, measured on a sample.

    Parameters
    ----------
    feature : str
        Name of the feature.
    kind : {'number', 'category'}
    label : bool, int, float or str
        Label of the class.
    real, synthetic : int
        Number of real and synthetic rows compared.
    statistic : float
        From 0 (equal) to 1 (nothing in common). For numbers the
        Kolmogorov-Smirnov statistic, the largest difference of the cumulative
        distributions; for categories the total variation distance, half the sum
        of the differences of their shares.
    shift : float or None
        For numbers the Wasserstein distance in standard deviations of the real
        rows, by which values moved on average; None for categories, and if the
        real values are all equal.
    """

    feature: str
    kind: str
    label: Label
    real: int
    synthetic: int
    statistic: float
    shift: float | None = None


def distances(
    of: Sample | Resampler | Chain, df: DataFrame | None = None, *, label: Label | None = None, rows: int = 2000
) -> tuple[Distance, ...]:
    """Measures the distance between the distributions of synthetic and real
    rows for each feature, numbers first.

    Parameters
    ----------
    of : Sample, or sampler
        A sample from :func:`spark_smote.evaluation.plots.sample`, or a sampler,
        of which a sample is taken.
    df : DataFrame, optional
        Rows to resample; needed with a sampler.
    label : label, optional
        Class to show; by default the one with the most synthetic rows.
    rows : int
        Maximum number of rows of a class, see
        :func:`spark_smote.evaluation.plots.sample`.

    Raises
    ------
    ParameterError
        If the sample lacks the class, or for a sampler without a DataFrame.

    Examples
    --------
    >>> import numpy as np
    >>> none, x = np.empty((3, 0), object), np.array([[0.0], [1.0], [2.0]])
    >>> one = ClassSample("fraud", 3, 3, x, x + 0.5, x, x, none, none)
    >>> found = distances(Sample((one,), x, ("amount",), (False,)))
    >>> found[0].feature, round(found[0].statistic, 3), round(found[0].shift, 3)
    ('amount', 0.333, 0.612)
    """
    seen = sampled(of, df, rows)
    one = seen.of(label)
    numbers = [_number(one, place, name) for place, name in enumerate(seen.numbers)]
    return (*numbers, *(_category(one, place, name) for place, name in enumerate(seen.categories)))


def distributions(
    of: Sample | Resampler | Chain,
    df: DataFrame | None = None,
    *,
    label: Label | None = None,
    features: int = 12,
    rows: int = 2000,
) -> Figure:
    """Plots the distributions of real and synthetic rows of a class, and their
    distance, feature by feature.

    Parameters
    ----------
    of : Sample, or sampler
        A sample from :func:`spark_smote.evaluation.plots.sample`, or a sampler,
        of which a sample is taken.
    df : DataFrame, optional
        Rows to resample; needed with a sampler.
    label : label, optional
        Class to show; by default the one with the most synthetic rows.
    features : int
        Maximum number of features to show; those that differ most are shown.
    rows : int
        Maximum number of rows of a class, see
        :func:`spark_smote.evaluation.plots.sample`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ParameterError
        If the sample lacks the class, or for a sampler without a DataFrame.

    Examples
    --------
    >>> from spark_smote import SMOTE, plots
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> picture = plots.distributions(SMOTE(inputCols=["amount"], labelCol="fraud"), df)
    >>> picture.savefig("distributions.png")  # doctest: +SKIP
    """
    seen = sampled(of, df, rows)
    one = seen.of(label)
    found = distances(seen, label=label)
    most = sorted(range(len(found)), key=lambda place: -found[place].statistic)[: max(1, features)]
    shown = sorted(most)
    columns = min(COLUMNS, len(shown))
    made, axes = figure(len(shown), columns, width=max(6.0, 3.7 * columns), margin=1.3, height=2.5)
    for place, panel in zip(shown, axes, strict=True):
        if found[place].kind == "number":
            _histogram(panel, one, place, found[place], seen.dates[place])
        else:
            _shares(panel, one, place - len(seen.numbers), found[place])
    distribution_legend(made, one)
    note(made, *_explained(one, shown, found), plain(seen.note, 200))
    return made


def _number(one: ClassSample, place: int, name: str) -> Distance:
    from scipy.stats import ks_2samp, wasserstein_distance

    real, synthetic = _present(one, place)
    if not len(real) or not len(synthetic):
        return Distance(name, "number", one.label, len(real), len(synthetic), float("nan"))
    spread = float(real.std())
    # Only the statistic is needed; its exact distribution would take long.
    statistic = float(ks_2samp(real, synthetic, method="asymp").statistic)
    shift = float(wasserstein_distance(real, synthetic)) / spread if spread > 0 else None
    return Distance(name, "number", one.label, len(real), len(synthetic), statistic, shift)


def _present(one: ClassSample, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the values of a number in real and in synthetic rows, without missing ones."""
    real, synthetic = (rows[:, place] for rows in (one.real, one.synthetic))
    return real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]


def _category(one: ClassSample, place: int, name: str) -> Distance:
    real, synthetic = _level_shares(one, place)[1]
    apart = float(np.abs(real - synthetic).sum() / 2)
    return Distance(name, "category", one.label, len(one.real), len(one.synthetic), apart)


def _level_shares(one: ClassSample, place: int) -> tuple[list[str], NDArray[np.float64]]:
    """Returns the categories in order, and the share of each in real and in synthetic rows, shape (2, categories)."""
    parts = one.real_categories[:, place], one.synthetic_categories[:, place]
    counts = [Counter(_NULL if value is None else str(value) for value in part) for part in parts]
    levels = sorted(counts[0] | counts[1])
    return levels, np.array([[found[level] / max(1, found.total()) for level in levels] for found in counts])


def _histogram(panel: Axes, one: ClassSample, place: int, found: Distance, dates: bool) -> None:
    real, synthetic = _present(one, place)
    both = np.concatenate([real, synthetic]) if len(real) + len(synthetic) else np.zeros(1)
    edges = np.histogram_bin_edges(both, bins=BINS) if np.ptp(both) > 0 else np.array([both[0] - 0.5, both[0] + 0.5])
    filled: dict[str, Any] = {"histtype": "stepfilled", "color": REAL, "alpha": 0.45}
    outlined: dict[str, Any] = {"histtype": "step", "color": SYNTHETIC, "linewidth": 1.6}
    for values, style in ((real, filled), (synthetic, outlined)):
        panel.hist(values, edges.tolist(), weights=np.full(len(values), 1 / max(1, len(values))), **style)
    if dates:
        _as_dates(panel)
    panel.yaxis.set_major_formatter(_percent)
    panel.locator_params(axis="y", nbins=4)
    shift = "" if found.shift is None else f", shift {found.shift:.2f}"
    panel.set_title(f"{plain(found.feature, 24)}\nKS {found.statistic:.3f}{shift}", fontsize=SMALL, loc="left")


def _shares(panel: Axes, one: ClassSample, place: int, found: Distance) -> None:
    levels, shares = _level_shares(one, place)
    order = np.argsort(-shares.sum(axis=0), kind="stable")
    kept = order[:MOST_LEVELS]
    names, drawn = [plain(levels[i], 16) for i in kept], shares[:, kept]
    if len(order) > MOST_LEVELS:
        names.append(_REST)
        drawn = np.column_stack([drawn, shares[:, order[MOST_LEVELS:]].sum(axis=1)])
    at = np.arange(len(names))
    panel.barh(at - 0.2, drawn[0], 0.38, color=REAL, alpha=0.45)
    panel.barh(at + 0.2, drawn[1], 0.38, facecolor="none", edgecolor=SYNTHETIC, linewidth=1.6)
    panel.set_yticks(at, names, fontsize=SMALL)
    panel.invert_yaxis()
    panel.xaxis.set_major_formatter(_percent)
    panel.locator_params(axis="x", nbins=4)
    panel.set_title(f"{plain(found.feature, 24)}\ndifference {found.statistic:.3f}", fontsize=SMALL, loc="left")


def _percent(share: float, _: float) -> str:
    return f"{100 * share:g}%"


def _as_dates(panel: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=6)
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _explained(one: ClassSample, shown: list[int], found: tuple[Distance, ...]) -> list[str]:
    lines = ["Computed on this sample only. Height: share of the rows."]
    if len(shown) < len(found):
        lines[0] += f" The {len(shown)} of {len(found)} features that differ most."
    kinds = {found[place].kind for place in shown}
    if "number" in kinds and len(one.real) and len(one.synthetic):
        chance = _BY_CHANCE * np.sqrt(1 / len(one.real) + 1 / len(one.synthetic))
        lines.append(
            "KS: largest difference between the shares of rows up to a value, from 0 (alike) to 1; "
            f"two samples of this size from one source differ by up to {min(1.0, chance):.2f} by chance."
        )
        lines.append("Shift: how far values moved on average, in standard deviations of the real rows.")
    if "category" in kinds:
        lines.append("Difference: share of rows that would have to change category, from 0 (alike) to 1.")
    return lines


def distribution_legend(made: Figure, one: ClassSample) -> None:
    """The legend of real and synthetic rows of a class, as areas."""
    from matplotlib.patches import Patch

    entries = [
        Patch(facecolor=REAL, alpha=0.45, label=f"{len(one.real):,} of {one.rows:,} real rows"),
        Patch(
            facecolor="none",
            edgecolor=SYNTHETIC,
            linewidth=1.6,
            label=f"{len(one.synthetic):,} of {one.made:,} synthetic rows",
        ),
    ]
    legend(made, entries, title=f"class {plain(one.label)}", title_fontsize=10, ncols=2, alignment="left")
