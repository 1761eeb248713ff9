"""Rows are weighed alike by candidates that are brought to them and by what is remembered of these; without Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql.types import BinaryType, StructField, StructType

from spark_smote.errors import ChangedInputError
from spark_smote.kernels.finding import CANDIDATE
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.neighbourhood import Bin, Weighing
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import difficulty
from spark_smote.spark import weighed_rows
from spark_smote.spark.arrow import blobs
from spark_smote.spark.columns import CELL, CLASS, FEATURES, HASH, HOME, OTHERS, QUOTA, not_null
from spark_smote.spark.queries import FOUND

Work = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
ROWS, BINS, K = 60, 3, 4


class Arranged:
    """Stands for a DataFrame whose rows are in the order that is asked for."""

    schema = StructType([*not_null(CLASS, HASH, CELL, HOME), StructField(FEATURES, BinaryType(), False)])
    columns = schema.names

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def mapInArrow(self, work: Work, _: Any) -> Arranged:
        return Arranged(pa.Table.from_batches(list(work(iter(self.table.to_batches(max_chunksize=17))))))

    def collect(self) -> list[dict[str, Any]]:
        return list(self.table.to_pylist())


def test_what_is_remembered_weighs_as_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    cells = np.sort(rng.integers(0, BINS, ROWS))
    hashes = rng.integers(-(2**62), 2**62, ROWS)
    hashes[1::5] = hashes[::5]
    order = np.lexsort((hashes, cells))
    cells, hashes = cells[order], hashes[order]
    columns = {CLASS: np.ones(ROWS, np.int32), HASH: hashes, CELL: cells.astype(np.int32), HOME: np.ones(ROWS, bool)}
    rows = pa.table({**columns, FEATURES: blobs(rng.normal(size=(ROWS, 2)))})
    near = np.zeros((ROWS, K + 1), dtype=CANDIDATE)
    near["square"], near["key"], near["label"] = np.arange(K + 1), 7, hashes[:, None] % np.arange(2, K + 3) > 0
    near["key"][:, 0], near["label"][:, 0] = hashes, 1  # each finds itself
    one_of_equals = np.append(True, (hashes[1:] != hashes[:-1]) | (cells[1:] != cells[:-1]))
    found = (
        rows.filter(pa.array(one_of_equals))
        .drop_columns([FEATURES])
        .set_column(3, HOME, [[False] * one_of_equals.sum()])
    )
    found = found.append_column(FOUND, blobs(near[one_of_equals].view(np.float64).reshape(-1, 3 * (K + 1))))
    both = pa.concat_tables([found, rows], promote_options="default")
    monkeypatch.setattr(
        weighed_rows,
        "_together",
        lambda *_: Arranged(both.sort_by([(CELL, "ascending"), (HOME, "ascending"), (HASH, "ascending")])),
    )

    monkeypatch.setattr(weighed_rows, "arranged", lambda rows, *_: rows)

    plain = Weighing({number: Bin(1) for number in range(BINS)}, K, weigh={1: difficulty})
    counted = weighed_rows.histograms(Arranged(rows), Arranged(found), plain, row_cap=9, tasks=2, remember=True)  # type: ignore[arg-type]
    others = (near["label"][:, 1:] != 1).sum(axis=1)
    known = {number: one for number, (_, _, one) in counted.items()}
    assert {number: list(one) for number, one in known.items()} == {n: others[cells == n].tolist() for n in range(BINS)}

    sums = np.bincount(cells, others, BINS).astype(int)
    bins = {
        n: Bin(1, int(sums[:n].sum()), int(sums[n]), Fingerprint.of(hashes[cells == n]).checksum) for n in range(BINS)
    }
    work = Weighing(bins, K, tasks={1: Task(1, int(sums.sum()), 500, 2, (1, 2))}, weigh={1: difficulty})
    weighed = weighed_rows.weigh(Arranged(rows), known, work, row_cap=9, tasks=2).table  # type: ignore[arg-type, attr-defined]
    assert weighed.column(OTHERS).to_pylist() == others.tolist()
    assert sum(weighed.column(QUOTA).to_pylist()) == 500
    with pytest.raises(ChangedInputError, match="added"):
        weighed_rows.weigh(Arranged(rows), {**known, 1: known[1][:-1]}, work, row_cap=9, tasks=2)  # type: ignore[arg-type]
