"""The rows of the input with further numbers behind their features, which a kernel computes of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.spark.arrow import by_class, lists
from spark_smote.spark.columns import FEATURES
from spark_smote.spark.input_rows import InputRows

Scoring = Callable[[int, NDArray[np.float64]], NDArray[np.float64]]
"""Takes a class number and features (n, d); returns these and further numbers, shape (n, d + c). Must be picklable."""


@dataclass(frozen=True)
class ScoredRows(InputRows):
    """The rows of the input, whose features are followed by further numbers; content hashes are those without them.

    Parameters
    ----------
    scoring : Scoring
    """

    scoring: Scoring

    def rows(self, classes: Sequence[int] | None = None, carrying: bool = False) -> DataFrame:
        """As :meth:`InputRows.rows`, without rows whose features are null, NaN or infinite."""
        rows, scoring = super().rows(classes, carrying), self.scoring
        names = rows.columns

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for number, mine, features in by_class(batches):
                scored = lists(scoring(number, features))
                yield pa.RecordBatch.from_arrays(
                    [scored if name == FEATURES else mine.column(name) for name in names], names=names
                )

        return rows.mapInArrow(run, rows.schema)
