"""All pictures of the data at once."""

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
    """The pictures of the data, each with a caption: a projection, if there are numbers, and the distributions.

    Parameters
    ----------
    of : Sample, or sampler
        What :func:`spark_smote.evaluation.plots.sample` returned; a sampler takes one of ``df``.
    df : DataFrame, optional
        To be resampled.
    rows : int
        Rows to take at most, see :func:`spark_smote.evaluation.plots.sample`.

    Returns
    -------
    tuple of (str, matplotlib.figure.Figure)
        As ``pictures`` of ``Report.to_html`` takes them.

    Raises
    ------
    MissingExtraError
        Without matplotlib.
    SparkSmoteError
        As :func:`spark_smote.evaluation.plots.sample`.

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
        pictures.append(("Where synthetic rows come to lie among real ones", projection(seen)))
    for one in seen.classes:
        caption = f"Class {one.label}: are synthetic rows distributed as real ones?"
        pictures.append((caption, distributions(seen, label=one.label)))
    return tuple(pictures)
