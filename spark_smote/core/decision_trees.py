"""Decision trees of scikit-learn as arrays, fitted on the driver or in a task."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spark_smote.errors import ParameterError
from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.trees import Tree


def classifier() -> Any:
    """scikit-learn's class of decision trees, imported now: with it, a worker would take a second longer to start.

    Raises
    ------
    ParameterError
        scikit-learn is not installed here.
    """
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError as error:
        raise ParameterError(
            "IterativePartitioningFilter needs scikit-learn, and with groupCols the workers need it too; pip install "
            "scikit-learn"
        ) from error
    return DecisionTreeClassifier


def fitted(rows: NDArray[np.float32], classes: Indices, weights: NDArray[np.float64]) -> Tree:
    """A decision tree; the same for the same rows in the same order.

    Parameters
    ----------
    rows : array of float32, shape (n, d)
        Finite, contiguous row by row.
    classes : array of int64, shape (n,)
    weights : array of float64, shape (n,)
        How many equal rows each row stands for.

    Raises
    ------
    ParameterError
        scikit-learn is not installed here.
    """
    # The checks of the input take a quarter of the time that a tree of few rows takes.
    found = classifier()(min_samples_leaf=2, random_state=0).fit(
        rows, classes, sample_weight=weights, check_input=False
    )
    tree = found.tree_
    return Tree(
        np.where(tree.children_left < 0, -1, tree.feature),
        tree.threshold,
        tree.children_left,
        tree.children_right,
        found.classes_[tree.value[:, 0, :].argmax(axis=1)],
    )
