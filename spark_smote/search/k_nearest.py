"""The k nearest of all rows, whatever their class, to each row of some classes: cells, search and weights.

Rows to be searched and queries meet in cells. What a query finds in its cells is merged, by ranges of content hashes,
and weighed or judged. Exact search cuts the rows into parts and sends each query to all of them. LSH search learns
cells from a sample of all rows; where queries are few, they go to the cells about them, and each row to its own cell
only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from pyspark.sql import DataFrame

from spark_smote.kernels.calibration import Calibration
from spark_smote.kernels.cells import MAX_COPIES, Cells
from spark_smote.kernels.cleaning import Judge
from spark_smote.kernels.finding import Finding, Search
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.nearest import k_nearest
from spark_smote.kernels.neighbourhood import Bin, Judging
from spark_smote.kernels.placement import (
    Asking,
    CellOfClass,
    Grid,
    HashRanges,
    RangesByClass,
    SharedCells,
    together,
)
from spark_smote.search import lsh
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.lsh import LshCells, Points
from spark_smote.search.settings import MOST_TASKS, SearchSettings
from spark_smote.spark.columns import CLASS, HASH, in_classes
from spark_smote.spark.queries import find, judge, judge_at_once
from spark_smote.spark.removal import ROWS
from spark_smote.spark.scans import SampledRows, tally, to_cells

VERDICT = (CLASS, HASH, ROWS)
"""A class and content hash, and how many of the rows that have both."""
_TASK_PAIRS = 1 << 29
_MOST_COMPARING = 200
"""Tasks among which exact search of very many pairs is divided, unless memory asks for more."""
_TASK_ROWS = 60_000
_BIN_ROWS = 8_192
_MOST_BINS = 4_096
_SEARCHED_ROWS = 160_000
"""Rows that a query shall be compared with at most in the mean, by LSH search."""


@dataclass(frozen=True)
class Neighbourhood:
    """How the k nearest rows of each query are found.

    Parameters
    ----------
    settings : SearchSettings
    queries : mapping of class to int
        Queries of each class.
    k : int
        Nearest rows wanted.
    to_search, to_ask : mapping of class to Grid or SharedCells
        Of the rows to search, and of the queries.
    partitions : int
        Number of Spark's tasks for the search.
    search : ClassSearch
        For the plan.
    once : bool
        Whether each query is sent to one cell only.
    itself : bool
        Whether queries are rows of the input, which find themselves.
    near : int
        How many of the nearest rows to name, where rows are weighed.
    within : float
        Share of the nearest rows in a cell that the search there shall find.
    others_only : bool
        Whether a query finds rows of other classes only. Cells and their recall are for rows of all classes.
    own_only : frozenset of int
        Classes whose rows are found by queries of the same class only.
    whole : CellOfClass, optional
        Of the rows and the queries of classes that lie in one cell; these are not in ``to_search`` and ``to_ask``.
    """

    settings: SearchSettings
    queries: Mapping[int, int]
    k: int
    to_search: Mapping[int, Grid | SharedCells]
    to_ask: Mapping[int, Grid | SharedCells]
    partitions: int
    search: ClassSearch
    once: bool = False
    itself: bool = True
    near: int = 0
    within: float = 1.0
    others_only: bool = False
    own_only: frozenset[int] = frozenset()
    whole: CellOfClass | None = None

    def verdicts(
        self,
        rows: DataFrame,
        queries: DataFrame | None,
        rule: Judge,
        names: Sequence[str] = VERDICT,
        search: Search | None = None,
    ) -> DataFrame:
        """The rule's verdict on each query, by its k nearest rows.

        Parameters
        ----------
        rows : DataFrame
            CLASS, HASH and FEATURES of all rows.
        queries : DataFrame or None
            The same of the queries; None if these are the rows of their classes.
        rule : Judge
        names : sequence of str
            Of the columns of its verdicts, whole numbers.
        search : callable, optional
            See :class:`spark_smote.kernels.finding.Finding`; by default, the search for nearest rows.
        """
        if self.once:
            work = Judging({number: Bin(number) for number in self.queries}, self.k, self.itself, judge=rule)
            if queries is None:
                # One copy of a row is query and row to search in one.
                both = {n: replace(own, queries=n in self.queries) for n, own in self.to_search.items()}
                placed = to_cells(rows, both, shared=self.whole and self.whole.asking(self.queries))
            else:
                placed = self._placed(rows, queries)
            cap = self.settings.chunk_rows
            finding = self._finding(work.wanted, search, queries is None)
            return judge_at_once(placed, finding, work, names, row_cap=cap, tasks=self.partitions)
        bins = {own.first + index: Bin(number) for number, own in self.ranges.items() for index in range(own.count)}
        work = Judging(bins, self.k, self.itself, judge=rule)
        if queries is None:
            queries = rows.filter(in_classes(self.queries))
        return judge(self.found(rows, queries, work.wanted, search), work, names, **self.merging)

    @property
    def reads(self) -> int:
        """How often the verdicts on rows of the input read these: as rows and as queries, unless one copy is both."""
        return 1 if self.once else 2

    def asked_by(self, queries: Mapping[int, int]) -> Neighbourhood:
        """The same search for other queries, rows of the input as well, of so many rows at most in each class."""
        return replace(self, queries=queries, to_ask=dict.fromkeys(queries, next(iter(self.to_ask.values()))))

    def of_others(self) -> Neighbourhood:
        """The same search for the one nearest row of another class, -1 where there is none in a query's cells."""
        return replace(self, k=1, itself=False, others_only=True)

    def found(self, rows: DataFrame, queries: DataFrame, wanted: int, search: Search | None = None) -> DataFrame:
        """Every query with the nearest rows of each cell that it was sent to."""
        finding = self._finding(wanted, search)
        cap = self.settings.chunk_rows
        bin_of, placed = RangesByClass(self.ranges), self._placed(rows, queries)
        return find(placed, finding, bin_of, row_cap=cap, tasks=self.partitions)

    def _placed(self, rows: DataFrame, queries: DataFrame) -> DataFrame:
        searched = to_cells(rows, self.to_search, shared=self.whole)
        asked = self.whole and self.whole.asking(self.queries, only=True)
        return searched.union(to_cells(queries.select(*rows.columns), self.to_ask, shared=asked))

    def in_bins(self, queries: DataFrame) -> DataFrame:
        """The queries, sent to the bins in which their findings are merged."""
        ranges = self.ranges
        single = {number: own.first for number, own in ranges.items() if own.count == 1}
        several = {number: own for number, own in ranges.items() if own.count > 1}
        return to_cells(queries, several, shared=CellOfClass.of(single) if single else None)

    def _finding(self, wanted: int, search: Search | None, both: bool = False) -> Finding:
        near = search or partial(k_nearest, recall=self.within, manhattan=self.settings.metric == "manhattan")
        # In units in which products of features neither overflow nor vanish.
        space = replace(self.settings.space(), unit=self.settings.units()[1])
        return Finding(wanted, space, near, both, self.others_only, self.own_only)

    @property
    def ranges(self) -> dict[int, HashRanges]:
        """The bins of each class, by content hash, in which findings are merged."""
        # A bin shall fit one chunk with all that comes to it.
        most = int(np.clip(self.settings.chunk_rows // (2 * max(self.k, self.near) + 4), 1, _BIN_ROWS))
        found, first = {}, 0
        for number, rows in self.queries.items():
            found[number] = HashRanges(first, min(rows // most + 1, _MOST_BINS))
            first += found[number].count
        return found

    @property
    def merging(self) -> dict[str, int]:
        """Rows that a task holds, and number of Spark's tasks, where findings are merged by bin."""
        total = sum(own.count for own in self.ranges.values())
        tasks = min(total, MOST_TASKS, sum(self.queries.values()) // _TASK_ROWS + 2)
        return {"row_cap": self.settings.chunk_rows, "tasks": tasks}


def neighbourhood(
    settings: SearchSettings,
    rows: DataFrame,
    counts: Mapping[int, int],
    k: int,
    asking: Sequence[int],
    synthetic: Mapping[int, int] | None = None,
    near: int = 0,
    apart: DataFrame | None = None,
) -> Neighbourhood:
    """Choose the search for the k nearest of all rows and lay out its cells; jobs run for LSH search.

    Parameters
    ----------
    settings : SearchSettings
    rows : DataFrame
        CLASS, HASH and FEATURES of all usable rows.
    counts : mapping of class to int
        Usable rows of each class.
    k : int
    asking : sequence of int
        Classes whose rows are the queries; they do not find themselves.
    synthetic : mapping of class to int, optional
        Queries of each class where they are not its rows but synthetic ones, near those.
    near : int
        How many of the nearest rows will be named, to be brought to the queries' bins.
    apart : DataFrame, optional
        CLASS, HASH and FEATURES of the queries, as many as ``synthetic`` says, where their classes are not in ``rows``.
    """
    queries = synthetic or {number: counts[number] for number in asking}
    total, wanted = sum(counts.values()), sum(queries.values())
    # Queries of other classes come to the cells of the rows, and a cell must hold its own.
    crowded = apart is not None and wanted * lsh.rows_a_cell(settings, total) > total * settings.chunk_rows
    if crowded or settings.is_exact_in_all(total, wanted):
        found = _exact(settings, counts, queries, k)
    else:
        with settings.stage("surroundings"):
            found = _lsh(settings, rows, counts, queries, k, apart)
    return replace(found, itself=synthetic is None, near=near)


def _exact(settings: SearchSettings, counts: Mapping[int, int], queries: Mapping[int, int], k: int) -> Neighbourhood:
    rows, asking = sum(counts.values()), sum(queries.values())
    return _grid(settings, counts, queries, k, *parts_and_groups(settings, rows, asking, k))


def parts_and_groups(settings: SearchSettings, rows: int, asking: int, k: int) -> tuple[int, int]:
    """Parts of the rows, and groups of the queries, for exact search."""
    cap = settings.chunk_rows
    # More tasks would spend more time on copies of rows than on pairs.
    wanted = min(rows * asking // _TASK_PAIRS + 1, _MOST_COMPARING)
    parts, groups = -(-rows // cap), -(-asking // cap)
    # A row copied costs about as much as a dozen findings of a query: split what is cheaper to send twice.
    if asking * (k + 1) < 4 * rows:
        parts = max(parts, -(-wanted // groups))
    else:
        groups = max(groups, -(-wanted // parts))
    return parts, groups


def _grid(
    settings: SearchSettings, counts: Mapping[int, int], queries: Mapping[int, int], k: int, parts: int, groups: int
) -> Neighbourhood:
    return Neighbourhood(
        settings,
        queries,
        k,
        to_search=dict.fromkeys(counts, Grid(parts, groups)),
        to_ask=dict.fromkeys(queries, Grid(parts, groups, rows=False, queries=True)),
        partitions=min(parts * groups, MOST_TASKS),
        search=ClassSearch("exact", parts * groups, 0.0, 1.0, _worker_bytes(settings, counts, queries)),
        once=parts == 1,
    )


def _lsh(
    settings: SearchSettings,
    rows: DataFrame,
    counts: Mapping[int, int],
    queries: Mapping[int, int],
    k: int,
    apart: DataFrame | None,
) -> Neighbourhood:
    total, asking = sum(counts.values()), sum(queries.values())
    space = settings.space()
    share = lsh.sampled_share(settings, total)
    shown = lsh.query_share(asking if apart is not None else sum(counts[number] for number in queries))
    rates, spaces = {0: share, 1: min(1.0, share + shown)}, dict.fromkeys((0, 1), space)
    read = rows
    if apart is not None:
        rates[1], read = shown, rows.union(apart)
    samples, hashings = lsh.take_samples(settings, read, spaces, rates, {0: 0.0, 1: shown}, Asking(frozenset(queries)))
    if not samples or (apart is not None and 0 not in samples):
        # So few distinct rows that none was drawn: one cell has room for them.
        return _grid(settings, counts, queries, k, 1, 1)
    asked = len(samples[1].features) if 1 in samples else 0
    points = known = _to_learn_from(samples if apart is None else {0: samples[0]}, asked)
    few = 2 * asking <= total
    asked_rows = samples[1].features[: lsh.QUERIES] if asked else np.empty((0, settings.width))
    if few and asked:
        points = samples[1].projections, samples[1].weights
    copies = MAX_COPIES + total / asking if few else MAX_COPIES

    def calibrated(divided: bool) -> tuple[Cells, LshCells]:
        cells = lsh.learn_cells(settings, known, hashings[0], total, k, divided)
        calibration = Calibration(cells, hashings[0], asked_rows, k, space, queries_move=few)
        tally(rows, {0: calibration}, together)
        Fingerprint(total).check(calibration.found.whole(), "the input")
        searched = _SEARCHED_ROWS if few else lsh.searched_rows(settings, divided)
        within = lsh.recall_in_cells(settings, divided)
        return cells, lsh.with_halo(settings, calibration, points, searched, copies, within)

    # Where the queries go to the cells about them, no row is copied, and small cells cost nothing.
    cells, found = calibrated(not few and lsh.divides(settings, total, space))
    if lsh.falls_short(settings, found):
        with settings.stage("recalibrate"):
            cells, found = calibrated(False)
    sent = total + asking + found.halo_share * (asking if few else total)
    ask = SharedCells(found.cells if few else cells, found.hashing, rows=False, queries=True)
    return Neighbourhood(
        settings,
        queries,
        k,
        to_search=dict.fromkeys(counts, SharedCells(cells if few else found.cells, found.hashing)),
        to_ask=dict.fromkeys(queries, ask),
        partitions=int(min(len(cells), MOST_TASKS, sent // _TASK_ROWS + 2)),
        search=ClassSearch("lsh", len(cells), found.halo_share, found.recall, _worker_bytes(settings, counts, queries)),
        once=not few,
        within=found.within,
    )


def _worker_bytes(settings: SearchSettings, counts: Mapping[int, int], queries: Mapping[int, int]) -> int:
    return settings.memory.bound_of_chunks(settings.chunk_rows, sum(counts.values()) + sum(queries.values()))


def _to_learn_from(samples: Mapping[int, SampledRows], asked: int) -> Points:
    """The rows of both samples to learn cells from, all but the queries, in the order of their content hashes."""
    parts = [(one, slice(asked if group else 0, None)) for group, one in samples.items()]
    if not sum(len(one.weights[rows]) for one, rows in parts):
        parts = [(one, slice(None)) for one in samples.values()]
    order = np.argsort(np.concatenate([one.hashes[rows] for one, rows in parts]), kind="stable")
    return (
        np.concatenate([one.projections[rows] for one, rows in parts])[order],
        np.concatenate([one.weights[rows] for one, rows in parts])[order],
    )
