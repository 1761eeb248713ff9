"""The work of an under-sampler or cleaner: some of the input's own rows stay, whole and unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import DataFrame

from spark_smote.spark.input_rows import InputRows


@dataclass(frozen=True)
class Selection:
    """Which rows of the input stay.

    Parameters
    ----------
    select : callable
        Takes all rows, with CLASS and HASH, and returns those that stay.
    by_row : bool
        Whether HASH is that of the whole row, rather than of its features.
    """

    select: Callable[[DataFrame], DataFrame]
    by_row: bool = False
    ADDS: ClassVar[bool] = False

    def make(self, source: InputRows) -> DataFrame:
        """The rows that stay, with CLASS and HASH."""
        return self.select(source.drawable() if self.by_row else source.keyed())
