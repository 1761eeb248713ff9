"""The nearest of all rows, whatever their class, to each row of some classes: cells, search and weights.

Rows to be searched and queries meet in cells; what each query finds there is merged, by ranges of content hashes, and
weighed. Exact search cuts the rows into parts and sends each query to all of them. LSH search learns cells from a
sample of all rows; where queries are few, they go to the cells about them, and each row to its own cell only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.kernels import calibration
from spark_smote.kernels.arrays import Indices, Matrix
from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import MAX_COPIES
from spark_smote.kernels.cleaning import Judge
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.nearest import k_nearest
from spark_smote.kernels.neighbourhood import Bin, Finding, Judging, Search, Weighing
from spark_smote.kernels.placement import Asking, Grid, HashRanges, RangesByClass, SharedCells, together
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import Weigh
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.settings import MOST_TASKS, QUERIES, SearchSettings
from spark_smote.spark.queries import find, histograms, judge, judge_at_once, weigh
from spark_smote.spark.scans import Placement, SampledRows, sample, tally, to_cells

EXACT_PAIRS = 1 << 34
"""Up to so many pairs of a query and a row 'auto' compares them all: learning cells would take as long."""
_TASK_PAIRS = 1 << 29
_TASK_ROWS = 60_000
_BIN_ROWS = 8_192
_MOST_BINS = 4_096
_SEARCHED_ROWS = 160_000
"""Rows that a query shall be compared with at most in the mean, by LSH search."""
_SEARCHED_ROWS_SENT = 40_000
"""The same where the rows are sent about, for carrying them costs more than searching."""


@dataclass(frozen=True)
class Neighbourhood:
    """How the rows about each query are found.

    Parameters
    ----------
    settings : SearchSettings
    queries : mapping of class to int
        Queries of each class.
    m : int
        Nearest rows wanted.
    itself : bool
        Whether queries are rows of the input, which find themselves.
    to_search, to_ask : mapping of class to Placement
        Of the rows to search, and of the queries.
    partitions : int
        Number of Spark's tasks for the search.
    search : ClassSearch
        For the plan.
    near : int
        How many of the nearest rows to name, where rows are weighed.
    once : bool
        Whether each query is sent to one cell only.
    marks : mapping of class to array of int64, shape (bins,)
        Of the queries in each bin, as planning saw them.
    """

    settings: SearchSettings
    queries: Mapping[int, int]
    m: int
    itself: bool
    to_search: Mapping[int, Placement]
    to_ask: Mapping[int, Placement]
    partitions: int
    search: ClassSearch
    near: int = 0
    once: bool = False
    marks: Mapping[int, Indices] = field(default_factory=dict)

    def _placed(self, rows: DataFrame, queries: DataFrame) -> DataFrame:
        return to_cells(rows, self.to_search).union(to_cells(queries.select(*rows.columns), self.to_ask))

    def _finding(self, wanted: int, search: Search = k_nearest) -> Finding:
        unit = self.settings.units()[1]
        return Finding(wanted, 1.0 if unit is None else unit, search)

    def _first(self) -> dict[str, int]:
        return {"row_cap": self.settings.chunk_rows(), "tasks": self.partitions}

    def _found(self, rows: DataFrame, queries: DataFrame, finding: Finding) -> DataFrame:
        """Every query with the nearest rows of each cell that it was sent to."""
        return find(self._placed(rows, queries), finding, RangesByClass(self.ranges()), **self._first())

    def verdicts(
        self, rows: DataFrame, queries: DataFrame, rule: Judge, names: Sequence[str], search: Search = k_nearest
    ) -> DataFrame:
        """What the rule says of each query.

        Parameters
        ----------
        rows, queries : DataFrame
            CLASS, HASH and FEATURES of all rows, and of those that ask.
        rule : Judge
        names : sequence of str
            Of the columns of its verdicts.
        search : callable
            See :class:`Finding`.
        """
        if self.once:
            work = Judging({number: Bin(number) for number in self.queries}, self.m, self.itself, judge=rule)
            return judge_at_once(
                self._placed(rows, queries), self._finding(work.wanted, search), work, names, **self._first()
            )
        bins = {own.first + index: Bin(number) for number, own in self.ranges().items() for index in range(own.count)}
        work = Judging(bins, self.m, self.itself, judge=rule)
        return judge(self._found(rows, queries, self._finding(work.wanted, search)), work, names, **self._second())

    def weights(
        self, rows: DataFrame, queries: DataFrame, rules: Mapping[int, Weigh]
    ) -> tuple[dict[int, Indices], dict[int, Indices]]:
        """Of each class, by bin and number of neighbours of other classes, rows and weights: (bins, 2, m + 1); marks.

        Parameters
        ----------
        rows, queries : DataFrame
            CLASS, HASH and FEATURES of all rows, and of those that ask.
        rules : mapping of class to Weigh
        """
        work = self._weighing({}, rules, {})
        placed = to_cells(queries, self.ranges())
        counted = histograms(placed, self._found(rows, queries, self._finding(work.wanted)), work, **self._second())
        none = np.zeros(2 * (self.m + 1), dtype=np.int64), 0
        totals, marks = {}, {}
        for number, own in self.ranges().items():
            of_bins, marked = zip(*(counted.get(own.first + index, none) for index in range(own.count)), strict=True)
            totals[number], marks[number] = np.stack(of_bins).reshape(own.count, 2, -1), np.array(marked)
        for number, planned in self.queries.items():
            Fingerprint(planned).check(Fingerprint(int(totals[number][:, 0].sum())), "a class")
        return totals, marks

    def weighed(
        self,
        rows: DataFrame,
        queries: DataFrame,
        tasks: Mapping[int, Task],
        rules: Mapping[int, Weigh],
        sums: Mapping[int, Indices],
    ) -> DataFrame:
        """The queries with OWED and OTHERS; see :func:`spark_smote.spark.queries.weigh`.

        Parameters
        ----------
        rows : DataFrame
            CLASS, HASH and FEATURES of all rows.
        queries : DataFrame
            With all their columns.
        tasks : mapping of class to Task
            Their ``rows`` are the sums of weights; classes left out owe nothing.
        rules : mapping of class to Weigh
        sums : mapping of class to array of int64, shape (bins,)
            Sums of weights.
        """
        work = self._weighing(tasks, rules, sums, self.near)
        placed = to_cells(queries, self.ranges())
        return weigh(
            placed, self._found(rows, queries, self._finding(work.wanted)), work, near=self.near, **self._second()
        )

    def ranges(self) -> dict[int, HashRanges]:
        """The bins of each class, by content hash, in which findings are merged."""
        # A bin shall fit one chunk with all that comes to it.
        most = int(np.clip(self.settings.chunk_rows() // (2 * max(self.m, self.near) + 4), 1, _BIN_ROWS))
        found, first = {}, 0
        for number, rows in self.queries.items():
            found[number] = HashRanges(first, min(rows // most + 1, _MOST_BINS))
            first += found[number].count
        return found

    def _weighing(
        self, tasks: Mapping[int, Task], rules: Mapping[int, Weigh], sums: Mapping[int, Indices], near: int = 0
    ) -> Weighing:
        cells: dict[int, Bin] = {}
        for number, own in self.ranges().items():
            weights = sums.get(number, np.zeros(own.count, dtype=np.int64))
            firsts = (np.cumsum(weights) - weights).tolist()
            nothing = [None] * own.count
            planned = weights.tolist() if number in sums else nothing
            marks = self.marks[number].tolist() if number in self.marks else nothing
            bins = (Bin(number, *of_bin) for of_bin in zip(firsts, planned, marks, strict=True))
            cells.update(enumerate(bins, own.first))
        idle = {number: Task(number, 1, 0, 0, (0, 0)) for number in self.queries}
        return Weighing(cells, self.m, self.itself, near, {**idle, **tasks}, rules)

    def partitions_of_queries(self) -> int:
        """Number of Spark's tasks for the queries alone."""
        total = sum(own.count for own in self.ranges().values())
        return min(total, MOST_TASKS, sum(self.queries.values()) // _TASK_ROWS + 2)

    def _second(self) -> dict[str, int]:
        return {"row_cap": self.settings.chunk_rows(), "tasks": self.partitions_of_queries()}


def lay_out(
    settings: SearchSettings,
    rows: DataFrame,
    counts: Mapping[int, int],
    m: int,
    asking: Sequence[int],
    synthetic: Mapping[int, int] | None = None,
    near: int = 0,
) -> Neighbourhood:
    """Choose and lay out the search for the m nearest of all rows.

    Parameters
    ----------
    settings : SearchSettings
    rows : DataFrame
        CLASS, HASH and FEATURES of all usable rows.
    counts : mapping of class to int
        Usable rows of each class.
    m : int
    asking : sequence of int
        Classes whose rows are the queries; they do not find themselves.
    synthetic : mapping of class to int, optional
        Queries of each class where they are not its rows but synthetic ones, near those.
    near : int
        How many of the nearest rows will be named, to be brought to the queries' bins.
    """
    queries = synthetic or {number: counts[number] for number in asking}
    pairs = sum(counts.values()) * sum(queries.values())
    if settings.method == "exact" or (settings.method == "auto" and pairs <= EXACT_PAIRS):
        found = _exact(settings, counts, queries, m)
    else:
        with settings.stage("surroundings"):
            found = _lsh(settings, rows, counts, queries, m)
    return replace(found, itself=synthetic is None, near=near)


def _exact(settings: SearchSettings, counts: Mapping[int, int], queries: Mapping[int, int], m: int) -> Neighbourhood:
    rows, asking = sum(counts.values()), sum(queries.values())
    cap = settings.chunk_rows()
    wanted = int(np.clip(rows * asking // _TASK_PAIRS + 1, 1, MOST_TASKS))
    parts, groups = -(-rows // cap), -(-asking // cap)
    # A row copied costs about as much as a dozen findings of a query: split what is cheaper to send twice.
    if asking * (m + 1) < 4 * rows:
        parts = max(parts, -(-wanted // groups))
    else:
        groups = max(groups, -(-wanted // parts))
    return _grid(settings, counts, queries, m, parts, groups)


def _grid(
    settings: SearchSettings, counts: Mapping[int, int], queries: Mapping[int, int], m: int, parts: int, groups: int
) -> Neighbourhood:
    return Neighbourhood(
        settings,
        queries,
        m,
        True,
        dict.fromkeys(counts, Grid(parts, groups)),
        dict.fromkeys(queries, Grid(parts, groups, rows=False, queries=True)),
        min(parts * groups, MOST_TASKS),
        ClassSearch("exact", parts * groups, 0.0, 1.0),
        once=parts == 1,
    )


def _lsh(
    settings: SearchSettings, rows: DataFrame, counts: Mapping[int, int], queries: Mapping[int, int], m: int
) -> Neighbourhood:
    total, asking = sum(counts.values()), sum(queries.values())
    present = sum(counts[number] for number in queries)
    projections = settings.projections(rows.sparkSession, dict.fromkeys((0, 1), settings.space()))
    share, shown = settings.sampled_share(total), min(1.0, 1.25 * QUERIES / present)
    rates = {0: share, 1: min(1.0, share + shown)}
    samples = sample(rows, rates, {0: 0.0, 1: shown}, projections, Asking(frozenset(queries)))
    if not samples:
        # So few distinct rows that none was drawn: one cell has room for them.
        return _grid(settings, counts, queries, m, 1, 1)
    hashing = settings.hashing(projections.of[0], samples)
    asked = len(samples[1].features) if 1 in samples else 0
    points, weights = _known(samples, asked)
    cells = settings.learn(points, weights, hashing, total, m)

    few = 2 * asking <= total
    features = samples[1].features[:QUERIES] if asked else np.empty((0, settings.width))
    found = Calibration(cells, hashing, features, m, settings.space(), queries_move=few)
    tally(rows, {0: found}, together)
    Fingerprint(total).check(found.found.whole(), "the input")
    rows_a_cell = total / len(cells)
    if few:
        copies = min(_SEARCHED_ROWS / rows_a_cell, MAX_COPIES + total / asking)
        points, weights = (samples[1].projections, samples[1].weights) if asked else (points, weights)
    else:
        copies = min(_SEARCHED_ROWS_SENT / rows_a_cell, MAX_COPIES)
    hashes = hashing.buckets(points)
    widest = calibration.widest_margin(cells, hashes, weights, max(1.0, copies))
    wide = cells.with_margin(calibration.choose_margin(found.needed(), settings.recall_target, widest))
    halo = float(wide.sizes(hashes, weights).sum() / weights.sum() - 1)
    sent = total + asking + halo * (asking if few else total)
    return Neighbourhood(
        settings,
        queries,
        m,
        True,
        dict.fromkeys(counts, SharedCells(cells if few else wide, None, hashing)),
        dict.fromkeys(queries, SharedCells(None, wide if few else cells, hashing)),
        int(min(len(cells), MOST_TASKS, sent // _TASK_ROWS + 2)),
        ClassSearch("lsh", len(cells), halo, found.recall(wide.margin, np.ones(len(cells)))),
        once=not few,
    )


def _known(samples: Mapping[int, SampledRows], asked: int) -> tuple[Matrix, NDArray[np.float64]]:
    """Of both samples the rows to learn cells from, in the order of their content hashes."""
    parts = [(one, slice(asked if group else 0, None)) for group, one in samples.items()]
    if not sum(len(one.weights[rows]) for one, rows in parts):
        parts = [(one, slice(None)) for one in samples.values()]
    order = np.argsort(np.concatenate([one.hashes[rows] for one, rows in parts]), kind="stable")
    return (
        np.concatenate([one.projections[rows] for one, rows in parts])[order],
        np.concatenate([one.weights[rows] for one, rows in parts])[order],
    )
