"""Figures of the rows of each cell, for planning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.spark.arrow import lists
from spark_smote.spark.columns import HASH
from spark_smote.spark.exchange import Chunk, arranged, collect, cut, marked, to_chunk

Figures = Sequence[NDArray[Any]]
CellFigures = Callable[[int, Iterator[Chunk]], Iterator[tuple[int, Chunk, Figures]]]
"""Takes the number of a cell and its chunks; yields class number, chunk, and a few arrays of figures of the chunk."""


def cell_figures(
    rows: DataFrame, work: CellFigures, *, cells: int, row_cap: Callable[[int], int], tasks: int
) -> list[tuple[int, list[NDArray[Any]]]]:
    """Collects the figures of the chunks of all cells, which must be small; a job runs.

    Parameters
    ----------
    rows : DataFrame
        From :func:`spark_smote.spark.scans.to_cells`.
    work : CellFigures
    cells, row_cap, tasks
        As for :func:`spark_smote.spark.exchange.synthesise`.

    Returns
    -------
    list of pairs
        The number of a cell, and the arrays of one of its chunks, each of one dimension.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for cell, tables in cut(iter(batches), row_cap, marked=True):
            for _, _, arrays in work(cell, (to_chunk(table) for table in tables)):
                columns = [pa.array([cell]), *(lists(array.reshape(1, -1)) for array in arrays)]
                yield pa.RecordBatch.from_arrays(columns, names=[str(index) for index in range(len(columns))])

    found = collect(arranged(marked(rows, cells), tasks, [HASH]), run)
    return [
        (batch.column(0)[0].as_py(), [np.array(column.flatten()) for column in batch.columns[1:]]) for batch in found
    ]
