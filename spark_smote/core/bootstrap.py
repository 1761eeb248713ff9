"""The draws of an under-sampler with replacement, made by Spark's tasks from counters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.kernels.draws import Key, with_replacement
from spark_smote.spark.columns import CLASS
from spark_smote.spark.draw import PLACE, RANGE, TIMES, Ranges

_DRAWS = f"{CLASS} int, {RANGE} int, {PLACE} int"


@dataclass(frozen=True)
class Bootstrap:
    """Rows of some classes, drawn with replacement.

    Parameters
    ----------
    ranges : Ranges
        The rows of these classes.
    wanted : mapping of class to int
        Number of draws.
    keys : mapping of class to Key
    """

    ranges: Ranges
    wanted: Mapping[int, int]
    keys: Mapping[int, Key]

    @property
    def fingerprints(self) -> Mapping[int, int]:
        """Sum of the fingerprints of all rows of each class."""
        return self.ranges.fingerprints

    def keep(self, frame: DataFrame) -> DataFrame:
        """Returns the rows drawn, as often as they are, and all rows of other classes."""
        wanted, keys, rows = dict(self.wanted), dict(self.keys), dict(self.ranges.rows)

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                numbers, first = batch.column(0).to_numpy(), 0
                for number, draws in wanted.items():
                    own = numbers[(numbers >= first) & (numbers < first + draws)] - first
                    ranges, places = with_replacement(keys[number], own, rows[number])
                    columns = np.full(len(own), number), ranges, places + 1
                    yield pa.RecordBatch.from_arrays([pa.array(c.astype(np.int32)) for c in columns], names)
                    first += draws

        names = [CLASS, RANGE, PLACE]
        draws = frame.sparkSession.range(sum(wanted.values())).mapInArrow(run, _DRAWS)
        return self.ranges.keep(frame, draws.groupBy(*names).agg(F.count("*").alias(TIMES)))
