"""imbalanced-learn's cleaners with our rule for ties: an oracle that must keep the same rows.

Equally near rows are ordered by their content hashes. Of rows with equal features, rows of the query's own class come
first, then the others by class. scikit-learn leaves such ties to chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from frames import Matrix
from numpy.typing import NDArray
from scipy.stats import mode
from sklearn.base import BaseEstimator

_MODULES = "imblearn.under_sampling._prototype_selection"


class Tied(BaseEstimator):  # type: ignore[misc]
    """Nearest rows of a matrix whose last two columns are the rank of the row's content hash and its class."""

    def __init__(self, n_neighbors: int = 5, n_jobs: None = None) -> None:
        self.n_neighbors = n_neighbors
        self.n_jobs = n_jobs

    def fit(self, rows: Matrix, labels: NDArray[np.int64] | None = None) -> Tied:
        self.rows_, self.labels_ = rows, labels
        return self

    def kneighbors(
        self, queries: Matrix, n_neighbors: int | None = None, return_distance: bool = True
    ) -> NDArray[Any] | tuple[Matrix, NDArray[np.int64]]:
        wanted = n_neighbors or self.n_neighbors
        near = np.empty((len(queries), wanted), dtype=np.int64)
        far = np.empty((len(queries), wanted))
        rank, number = self.rows_[:, -2], self.rows_[:, -1]
        for index, query in enumerate(queries):
            square = ((self.rows_[:, :-2] - query[:-2]) ** 2).sum(axis=1)
            near[index] = np.lexsort((number, number != query[-1], rank, square))[:wanted]
            far[index] = np.sqrt(square[near[index]])
        return (far, near) if return_distance else near

    def kneighbors_graph(self, queries: Matrix) -> None:
        """imbalanced-learn requires this method, but never calls it."""
        raise NotImplementedError

    def predict(self, queries: Matrix) -> NDArray[Any]:
        assert self.labels_ is not None
        near: Any = self.kneighbors(queries, return_distance=False)
        return np.asarray(mode(self.labels_[near], axis=1, keepdims=False)[0])


@contextmanager
def tied() -> Iterator[None]:
    """imbalanced-learn searches with :class:`Tied`."""
    with (
        patch("imblearn.utils._validation.NearestNeighbors", Tied),
        patch(f"{_MODULES}._tomek_links.NearestNeighbors", Tied),
        patch(f"{_MODULES}._neighbourhood_cleaning_rule.KNeighborsClassifier", Tied),
        patch(f"{_MODULES}._nearmiss.NearestNeighbors", Tied, create=True),
    ):
        yield


def ranked(x: Matrix, hashes: NDArray[np.int64], labels: NDArray[np.int64]) -> Matrix:
    """Rows as :class:`Tied` takes them."""
    return np.column_stack([x, np.unique(hashes, return_inverse=True)[1], labels])
