"""Weights of queries by the classes of their k nearest rows: counted by planning, and found again for the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.kernels.arrays import Indices
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.neighbourhood import Bin, Weighing
from spark_smote.kernels.placement import BinFingerprints
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Measure, Weigh
from spark_smote.search.k_nearest import Neighbourhood
from spark_smote.spark.scans import tally
from spark_smote.spark.weighed_rows import Others, histograms, weigh

_REMEMBERED_BYTES = 1 << 22
"""Bound on what planning remembers of the queries, a byte each or eight, on the driver and in each task."""
_MOST_REMEMBERED = 255


@dataclass(frozen=True)
class Weighting:
    """How queries are weighed by the classes of their k nearest rows, and what planning found of the weights.

    Parameters
    ----------
    neighbourhood : Neighbourhood
    rules : mapping of class to Weigh
    tasks : mapping of class to Task
        Their ``rows`` are the sums of weights; classes left out get no synthetic rows.
    sums, fingerprints : mapping of class to array of int64, shape (bins,)
        Of each bin, the sum of the weights and the fingerprint of the queries.
    others : mapping of bin to bytes or array of int64
        The measure of each query, if there are few queries: they are not searched again. Arrays, if queries are weighed
        by scores of their own; see :mod:`spark_smote.search.scores`.
    measure : Measure, optional
        By default, the number of neighbours of other classes.
    rows : mapping of class to array of int64, shape (k + 1,)
        Rows with 0 to k neighbours of other classes.
    """

    neighbourhood: Neighbourhood
    rules: Mapping[int, Weigh]
    tasks: Mapping[int, Task] = field(default_factory=dict)
    sums: Mapping[int, Indices] = field(default_factory=dict)
    fingerprints: Mapping[int, Indices] = field(default_factory=dict)
    others: Others = field(default_factory=dict)
    measure: Measure | None = None
    rows: Mapping[int, Indices] = field(default_factory=dict)

    def count(
        self, rows: DataFrame, queries: DataFrame
    ) -> tuple[dict[int, Indices], dict[int, Indices], dict[int, bytes]]:
        """Count the queries and add up their weights; jobs run.

        Parameters
        ----------
        rows, queries : DataFrame
            CLASS, HASH and FEATURES of all rows, and of the queries.

        Returns
        -------
        dict of class to array of int64, shape (bins, 2, k + 1)
            Rows and weights, by bin and number of neighbours of other classes.
        dict of class to array of int64, shape (bins,)
            Fingerprints.
        dict of bin to bytes
            The measures; empty if there are too many queries for the driver, or more is wanted of them.
        """
        own, work = self.neighbourhood, self._weighing(0)
        placed, found = own.in_bins(queries), own.found(rows, queries, work.wanted)
        size = sum(own.queries.values()) * work.measured.itemsize
        small = own.k <= _MOST_REMEMBERED or self.measure is not None
        remember = small and not own.near and size <= _REMEMBERED_BYTES
        counted = histograms(placed, found, work, remember=remember, **own.merging)
        nothing = np.zeros(2 * (own.k + 1), dtype=np.int64), 0, b""
        totals, fingerprints = {}, {}
        for number, bins in own.ranges.items():
            of_bins, checksums, _ = zip(*(counted.get(bins.first + i, nothing) for i in range(bins.count)), strict=True)
            totals[number], fingerprints[number] = np.stack(of_bins).reshape(bins.count, 2, -1), np.array(checksums)
        for number, planned in own.queries.items():
            Fingerprint(planned).check(Fingerprint(int(totals[number][:, 0].sum())), "a class")
        others = {one: known for one, (_, _, known) in counted.items()} if remember else {}
        return totals, fingerprints, others

    def count_alike(self, queries: DataFrame) -> tuple[dict[int, Indices], dict[int, Indices], dict[int, bytes]]:
        """As :meth:`count`, where every query weighs 1 whatever its nearest rows: a job runs, but no search."""
        ranges = self.neighbourhood.ranges
        found = {number: BinFingerprints(bins.count) for number, bins in ranges.items()}
        tally(queries, found)
        totals = {
            number: np.zeros((bins.count, 2, self.neighbourhood.k + 1), np.int64) for number, bins in ranges.items()
        }
        for number, own in found.items():
            totals[number][:, :, 0] = own.rows[:, None]
        return totals, {number: own.checksums for number, own in found.items()}, {}

    def weighed(self, rows: DataFrame, queries: DataFrame) -> DataFrame:
        """The queries with QUOTA and OTHERS; see :func:`spark_smote.spark.queries.weigh`.

        Parameters
        ----------
        rows : DataFrame
            CLASS, HASH and FEATURES of all rows.
        queries : DataFrame
            With all their columns.
        """
        own, work = self.neighbourhood, self._weighing(self.neighbourhood.near)
        placed, found = own.in_bins(queries), self.others or own.found(rows, queries, work.wanted)
        return weigh(placed, found, work, near=own.near, **own.merging)

    def _weighing(self, near: int) -> Weighing:
        own = self.neighbourhood
        bins: dict[int, Bin] = {}
        for number, ranges in own.ranges.items():
            weights = self.sums.get(number, np.zeros(ranges.count, dtype=np.int64))
            firsts = (np.cumsum(weights) - weights).tolist()
            unknown = [None] * ranges.count
            planned = weights.tolist() if number in self.sums else unknown
            checksums = self.fingerprints[number].tolist() if number in self.fingerprints else unknown
            of_class = (Bin(number, *of_bin) for of_bin in zip(firsts, planned, checksums, strict=True))
            bins.update(enumerate(of_class, ranges.first))
        idle = {number: Task(number, 1, 0, 0, (0, 0)) for number in own.queries}
        return Weighing(bins, own.k, own.itself, near, {**idle, **self.tasks}, self.rules, self.measure)
