"""How near synthetic rows lie to real rows, beside how near these lie to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError
from spark_smote.evaluation.plots.distributions import BINS, distribution_legend
from spark_smote.evaluation.plots.sample import ClassSample, Matrix, Sample, sampled
from spark_smote.evaluation.plots.style import REAL, SMALL, SYNTHETIC, figure, note, plain
from spark_smote.kernels.nearest import k_nearest
from spark_smote.strategy import Label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 2_000


def distances_to_real(one: ClassSample, unit: Matrix) -> tuple[Matrix, Matrix]:
    """Distance of each real row to the nearest other real row of its class, and of each synthetic row to the nearest.

    Parameters
    ----------
    one : ClassSample
        Its first rows are taken, up to 2,000 of each kind; at least two real rows with a number.
    unit : array of float64, shape (d,)
        Unit of each number.

    Returns
    -------
    real, synthetic : array of float64, shape (m,) and (s,)

    Examples
    --------
    >>> none, x = np.empty((3, 0), object), np.array([[0.0], [1.0], [3.0]])
    >>> one = ClassSample("fraud", 3, 3, x, x + 0.25, x, x, none, none)
    >>> [found.tolist() for found in distances_to_real(one, np.ones(1))]
    [[1.0, 1.0, 2.0], [0.25, 0.25, 0.25]]
    """
    real, made = one.real[:MOST_ROWS] / unit, one.synthetic[:MOST_ROWS] / unit
    return np.sqrt(k_nearest(real, real, 2)[1][:, 1]), np.sqrt(k_nearest(real, made, 1)[1][:, 0])


def nearness(
    of: Sample | Resampler | Chain, df: DataFrame | None = None, *, label: Label | None = None, rows: int = 2000
) -> Figure:
    """Plots the distances of synthetic rows to the nearest real row, beside
    those of real rows to each other.

    Distances are those within the sample, by the numbers in units of their
    standard deviations. Synthetic rows far left of the real ones are nearly
    copies.

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

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ParameterError
        If the features are categories only, the class has less than two real
        rows or no synthetic ones, or for a sampler without a DataFrame.

    Examples
    --------
    >>> from spark_smote import SMOTE, plots
    >>> df = spark.range(120).selectExpr("id % 12 = 0 AS fraud", "id * 1.0D AS amount")
    >>> picture = plots.nearness(SMOTE(inputCols=["amount"], labelCol="fraud"), df)
    >>> picture.savefig("nearness.png")  # doctest: +SKIP
    """
    seen = sampled(of, df, rows)
    one = seen.of(label)
    if not seen.numbers or len(one.real) < 2 or not len(one.synthetic):
        raise ParameterError(f"distances of class {one.label!r} need numbers, two real rows and a synthetic one")
    spread = np.nanstd(np.concatenate([seen.others, *(other.real for other in seen.classes)]), axis=0)
    real, made = distances_to_real(one, np.where(spread > 0, spread, 1.0))
    both = np.concatenate([real, made])
    edges = np.linspace(0.0, float(both.max()) or 1.0, BINS + 1).tolist()
    drawn, (panel,) = figure(1, 1, width=7.5, margin=1.0, height=3.2)
    panel.hist(real, edges, weights=np.full(len(real), 1 / len(real)), histtype="stepfilled", color=REAL, alpha=0.45)
    panel.hist(made, edges, weights=np.full(len(made), 1 / len(made)), histtype="step", color=SYNTHETIC, linewidth=1.6)
    panel.set_xlabel("distance to the nearest real row of the class", fontsize=SMALL)
    panel.set_ylabel("share of the rows", fontsize=SMALL)
    panel.set_title(
        f"class {plain(one.label, 30)}: medians {np.median(real):.3g} (real) and {np.median(made):.3g} (synthetic)",
        fontsize=10,
        loc="left",
    )
    distribution_legend(drawn, one)
    note(drawn, "Distances within this sample, in units of the standard deviations.", plain(seen.note, 200))
    return drawn
