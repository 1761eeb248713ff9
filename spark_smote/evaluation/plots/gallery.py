"""All plots of the data at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain
from spark_smote.core.resampler import Resampler
from spark_smote.evaluation.plots.distributions import distributions
from spark_smote.evaluation.plots.projection import projection
from spark_smote.evaluation.plots.sample import Sample, sampled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gallery(
    of: Sample | Resampler | Chain, df: DataFrame | None = None, *, rows: int = 2000
) -> tuple[tuple[str, Figure], ...]:
    """Draws all plots of the data with captions: a projection, if there are
    numbers, and the distributions.

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

    Returns
    -------
    tuple of (str, matplotlib.figure.Figure)
        Captions and figures, for the argument ``pictures`` of
        ``Report.to_html``.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    SparkSmoteError
        As for :func:`spark_smote.evaluation.plots.sample`.

    Examples
    --------
    >>> import numpy as np
    >>> from spark_smote.evaluation.plots import ClassSample
    >>> none, x = np.empty((3, 0), object), np.array([[0.0], [1.0], [2.0]])
    >>> seen = Sample((ClassSample("fraud", 3, 3, x, x + 0.5, x, x, none, none),), x, ("amount",), (False,))
    >>> [caption for caption, _ in gallery(seen)][1]
    'Class fraud: are synthetic rows distributed as real ones?'
    """
    seen = sampled(of, df, rows)
    pictures = []
    if seen.numbers:
        pictures.append(("Synthetic rows and real rows in two dimensions", projection(seen)))
    for one in seen.classes:
        caption = f"Class {one.label}: are synthetic rows distributed as real ones?"
        pictures.append((caption, distributions(seen, label=one.label)))
    return tuple(pictures)
