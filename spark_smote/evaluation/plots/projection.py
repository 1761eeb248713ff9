"""Plot of real and synthetic rows in two dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError
from spark_smote.evaluation.plots.sample import ClassSample, Matrix, Sample, sampled
from spark_smote.evaluation.plots.style import OTHERS, REAL, SMALL, SYNTHETIC, figure, legend, note, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GOLDEN = 0.6180339887498949


def projection(
    of: Sample | Resampler | Chain, df: DataFrame | None = None, *, rows: int = 2000, segments: int = 60
) -> Figure:
    """Plots real and synthetic rows in the plane of largest variance, one panel
    for each class with synthetic rows.

    The plane comes from a principal component analysis of the standardised real
    rows in the sample. For some synthetic rows, the segment from seed to
    neighbour is drawn. Rows that are near in the plane may be far apart in
    other dimensions, but not vice versa.

    Parameters
    ----------
    of : Sample, or sampler
        A sample from :func:`spark_smote.evaluation.plots.sample`, or a sampler,
        of which a sample is taken.
    df : DataFrame, optional
        Rows to resample; needed with a sampler.
    rows : int
        Maximum number of rows of a class, see
        :func:`spark_smote.evaluation.plots.sample`.
    segments : int
        Maximum number of segments to draw for each class.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ParameterError
        If the features are categories only, or for a sampler without a
        DataFrame.

    Examples
    --------
    >>> from spark_smote import SMOTE, plots
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount", "id % 7 * 1.0D AS age")
    >>> picture = plots.projection(SMOTE(inputCols=["amount", "age"], labelCol="fraud"), df)
    >>> picture.savefig("projection.png")  # doctest: +SKIP
    """
    seen = sampled(of, df, rows)
    if not seen.numbers:
        raise ParameterError("a projection needs numbers, but all features are categories; use distributions instead")
    columns = min(2, len(seen.classes))
    made, axes = figure(len(seen.classes), columns, width=7.5 if columns == 1 else 11, margin=1.4, height=4.8)
    place, names, about = _plane(seen)
    for one, panel in zip(seen.classes, axes, strict=True):
        others = np.concatenate([seen.others, *(other.real for other in seen.classes if other is not one)])
        _draw(panel, one, others, place, segments)
        panel.set_xlabel(names[0], fontsize=SMALL)
        panel.set_ylabel(names[1], fontsize=SMALL)
        if len(seen.numbers) == 1:
            panel.set_yticks([])
    _legend(made, any(len(_traced(one)) for one in seen.classes))
    note(made, f"A sample of the rows, not all. {about}", plain(seen.note, 200))
    return made


def _plane(seen: Sample) -> tuple[Callable[[Matrix], Matrix], tuple[str, str], str]:
    """Returns the map from numbers to the plane, the names of its axes, and an explanation."""
    from sklearn.decomposition import PCA

    real = np.concatenate([seen.others, *(one.real for one in seen.classes)])
    names = [plain(name) for name in seen.numbers]
    if len(names) == 1:
        return _spread_out, (names[0], ""), "The height has no meaning: it only separates the points."
    if len(names) == 2:
        return (lambda x: x), (names[0], names[1]), ""
    missing = np.isnan(real)
    centre = np.where(missing, 0.0, real).sum(axis=0) / np.maximum(1, (~missing).sum(axis=0))

    def filled(x: Matrix) -> Matrix:
        return np.where(np.isnan(x), centre, x)

    spread = filled(real).std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    pca = PCA(n_components=2, svd_solver="full").fit((filled(real) - centre) / spread)
    # The sign of a component is arbitrary: make its largest weight positive.
    largest = np.abs(pca.components_).argmax(axis=1)
    directions = (pca.components_ * np.sign(pca.components_[[0, 1], largest])[:, None]).T
    first, second = (
        f"direction {number}: {share:.0%} of the variance"
        for number, share in enumerate(pca.explained_variance_ratio_, start=1)
    )
    heavy = [" and ".join(names[i] for i in np.argsort(-np.abs(one), kind="stable")[:2]) for one in directions.T]
    about = (
        f"{len(names)} numbers, projected onto the two directions of largest variance of the real rows; the first is "
        f"mainly {heavy[0]}, the second {heavy[1]}. Rows that look near may be far apart in other directions."
    )
    return (lambda x: (filled(x) - centre) / spread @ directions), (first, second), about


def _spread_out(x: Matrix) -> Matrix:
    return np.column_stack([x[:, 0], np.arange(len(x)) * _GOLDEN % 1.0])


def _traced(one: ClassSample) -> NDArray[np.int64]:
    """Returns the indices of synthetic rows with a segment to draw."""
    if one.real.shape[1] == 1:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.isfinite(one.seeds).all(axis=1) & np.isfinite(one.neighbours).all(axis=1))


def _draw(panel: Axes, one: ClassSample, others: Matrix, place: Callable[[Matrix], Matrix], segments: int) -> None:
    size = 14.0 if len(one.real) + len(one.synthetic) < 1500 else 7.0
    style: dict[str, Any] = {"linewidths": 0, "rasterized": True}
    x, y = place(others).T
    panel.scatter(x, y, s=size * 2, color=OTHERS, alpha=0.5, marker=".", zorder=1, **style)
    x, y = place(one.synthetic).T
    panel.scatter(x, y, s=size, color=SYNTHETIC, alpha=0.6, marker="^", zorder=2, **style)
    x, y = place(one.real).T
    panel.scatter(x, y, s=size * 1.3, color=REAL, alpha=0.8, marker="o", zorder=3, **style)
    known = _traced(one)
    if len(known):
        drawn = known[np.linspace(0, len(known) - 1, min(segments, len(known))).astype(int)]
        ends = zip(place(one.seeds[drawn]), place(one.neighbours[drawn]), strict=True)
        for start, end in ends:
            panel.plot(*np.column_stack([start, end]), color="black", linewidth=0.7, alpha=0.7, zorder=4)
        x, y = place(one.synthetic[drawn]).T
        edge: dict[str, Any] = {"edgecolors": "black", "linewidths": 0.6}
        panel.scatter(x, y, s=size * 2.5, color=SYNTHETIC, marker="^", zorder=5, **edge)
    panel.set_title(
        f"class {plain(one.label, 30)}: {len(one.real):,} of {one.rows:,} real rows, "
        f"{len(one.synthetic):,} of {one.made:,} synthetic",
        fontsize=10,
        loc="left",
    )


def _legend(made: Figure, segments: bool) -> None:
    from matplotlib.lines import Line2D

    def dot(colour: str, marker: str, label: str) -> Line2D:
        return Line2D([], [], linestyle="", marker=marker, color=colour, markersize=6, label=label)

    entries = [
        dot(OTHERS, "o", "real rows of other classes"),
        dot(REAL, "o", "real rows of the class"),
        dot(SYNTHETIC, "^", "synthetic rows of the class"),
    ]
    if segments:
        entries.append(Line2D([], [], color="black", linewidth=0.8, label="from seed to neighbour (some)"))
    legend(made, entries, ncols=2)
