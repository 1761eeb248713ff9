"""LSH cells and their halo: sampled, learnt, calibrated; for the search within a class and among all rows alike.

Rows are hashed by the functions of Spark's BucketedRandomProjectionLSH. Cells are learnt in the space of the hashes
from a sample. Their halo is made as wide as sampled queries, compared by brute force with all rows, show that it must
be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from spark_smote.kernels.arrays import Matrix
from spark_smote.kernels.calibration import Calibration, widest_margin
from spark_smote.kernels.cells import Cells, choose_margin
from spark_smote.kernels.fingerprint import Fingerprints
from spark_smote.kernels.hashing import Hashing, Projection, Projections
from spark_smote.kernels.learning import learn
from spark_smote.kernels.space import Space
from spark_smote.kernels.sub_cells import LEAST_ROWS
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.arrow import Split
from spark_smote.spark.scans import SampledRows, directions, sample

QUERIES = 512
"""Sampled queries on which recall is measured."""
_CELL_ROWS = 4_000, 8_000
_DIVIDED_CELL_ROWS = 32_000
"""Most rows of cells that the search divides into sub-cells: there a larger cell costs little."""
_SEARCHED_ROWS, _DIVIDED_SEARCHED_ROWS = 40_000, 100_000
"""Rows of a cell with its halo, at most in the mean: data without structure would take all there are."""
_LOST_IN_CELLS = 0.4
"""Of the neighbours that may be missed, the share that the search within cells may miss."""
_SAMPLED_A_CELL = 64
_SAMPLED_BYTES = 1 << 27
_LEAST_SAMPLED = 16


Points: TypeAlias = tuple[Matrix, NDArray[np.float64]]
"""Projections of sampled rows, shape (s, p), and how many equal rows each stands for, shape (s,)."""


@dataclass(frozen=True)
class LshCells:
    """The cells of one group of rows with their halo.

    Parameters
    ----------
    cells : Cells
        With the halo's margin.
    hashing : Hashing
    fingerprints : Fingerprints
        Of the rows at home in each cell.
    recall : float
        Share of the queries' true neighbours that the search finds.
    halo_share : float
        Copies that the halo makes, per row that it may copy.
    within : float
        Share of the nearest rows in a cell that the search there shall find; ``recall`` includes it.
    """

    cells: Cells
    hashing: Hashing
    fingerprints: Fingerprints
    recall: float
    halo_share: float
    within: float = 1.0


def take_samples(
    settings: SearchSettings,
    rows: DataFrame,
    spaces: Mapping[int, Space],
    rates: Mapping[int, float],
    query_rates: Mapping[int, float],
    split: Split | None,
) -> tuple[dict[int, SampledRows], dict[int, Hashing]]:
    """Sample each group of rows, and derive the hash functions of each; a job runs.

    Parameters
    ----------
    settings : SearchSettings
    rows : DataFrame
        CLASS, HASH and FEATURES.
    spaces : mapping of group to Space
        All groups are projected along the same directions, each in its space.
    rates, query_rates : mapping of group to float
        Share of the distinct rows to sample, and to keep the features of.
    split : callable, optional
        See :func:`spark_smote.spark.arrow.by_class`; groups are classes without it.
    """
    width = max(space.dimensions(settings.width) for space in spaces.values())
    along = directions(rows.sparkSession, width, functions(settings))
    unit = settings.units()[0]
    projections = Projections({group: Projection(along, space.over(unit)) for group, space in spaces.items()})
    samples = sample(rows, rates, query_rates, projections, split)
    if settings.bucket_length:
        length = settings.bucket_length / unit
    else:
        # So fine that the tightest group spreads over thousands of buckets: cells are groups of buckets, not buckets.
        spreads = [spread for spread in map(_spread, samples.values()) if spread > 0]
        length = min(spreads, default=1.0) / 4096
    return samples, {group: Hashing(projections.of[group], length) for group in spaces}


def learn_cells(
    settings: SearchSettings, points: Points, hashing: Hashing, rows: int, k: int, divided: bool = False
) -> Cells:
    """Cells for so many rows, learnt from sampled ones, which the search divides or not; one cell if there are none."""
    projections, weights = points
    if not len(weights):
        return Cells(np.zeros((1, functions(settings))), np.zeros(functions(settings)))
    least = max(_LEAST_SAMPLED, 2 * (k + 1))
    return learn(hashing.buckets(projections), weights, rows, rows_a_cell(settings, rows, divided), least)


def with_halo(
    settings: SearchSettings,
    found: Calibration,
    points: Points,
    searched_rows: int,
    most_copies: float,
    within: float = 1.0,
    in_chunks: bool = False,
) -> LshCells:
    """Choose the margin of a halo by sampled queries that have been compared with all rows.

    Parameters
    ----------
    settings : SearchSettings
    found : Calibration
        After all rows.
    points : Points
        Of rows, or queries, that the halo would copy.
    searched_rows : int
        Rows that a query shall be compared with at most, in the mean.
    most_copies : float
        Cells that a row, or query, goes to at most, in the mean.
    within : float
        From :func:`recall_in_cells`.
    in_chunks : bool
        Whether a cell above the bound of memory is searched chunk by chunk, which costs recall.
    """
    projections, weights = points
    if not len(weights):
        return LshCells(found.cells, found.hashing, found.found, recall=1.0, halo_share=0.0, within=within)
    hashes, counts = found.hashing.buckets(projections), found.found.rows
    copies = max(1.0, min(searched_rows / counts.mean(), most_copies))
    widest = widest_margin(found.cells, hashes, weights, copies)
    cells = found.cells.with_margin(choose_margin(found.needed(), settings.recall_target / within, widest))
    sizes = cells.sizes(hashes, weights) * (counts.sum() / weights.sum())
    # Each chunk of a cell has its share of the neighbours.
    chunks = np.maximum(1.0, np.ceil(sizes / (settings.chunk_rows if in_chunks else np.inf)))
    halo_share = float(sizes.sum() / counts.sum() - 1)
    recall = found.recall(cells.margin, chunks)
    if within < 1 and recall > settings.recall_target:
        # Cells that lose fewer neighbours than they may leave more of them for the search within to lose.
        within = min(within, settings.recall_target / recall)
    return LshCells(cells, found.hashing, found.found, recall * within, halo_share, within)


def functions(settings: SearchSettings) -> int:
    """Number of LSH functions."""
    return settings.tables or int(np.clip(2 * settings.width, 8, 32))


def rows_a_cell(settings: SearchSettings, rows: int, divided: bool = False) -> int:
    """Many rows have bigger cells: more distances to compute, but fewer copies of rows in halos to carry."""
    wanted = min(rows // 16, _DIVIDED_CELL_ROWS) if divided else int(np.clip(rows // 40, *_CELL_ROWS))
    return settings.cell_rows or min(wanted, settings.chunk_rows // 4)


def divides(settings: SearchSettings, rows: int, space: Space) -> bool:
    """Whether the search divides cells of so many rows, which are large then."""
    whole = space.nominal is None and space.centre is None
    return whole and rows_a_cell(settings, rows, divided=True) >= LEAST_ROWS


def recall_in_cells(settings: SearchSettings, divided: bool) -> float:
    """Share of the nearest rows in a cell that the search there shall find."""
    return 1 - _LOST_IN_CELLS * (1 - settings.recall_target) if divided else 1.0


def searched_rows(settings: SearchSettings, divided: bool) -> int:
    """Rows of a cell with its halo, at most in the mean."""
    return min(_DIVIDED_SEARCHED_ROWS if divided else _SEARCHED_ROWS, settings.chunk_rows)


def falls_short(settings: SearchSettings, found: LshCells) -> bool:
    """Whether large cells leave the recall out of reach: there small cells find more with as many comparisons."""
    return found.within < 1 and not settings.cell_rows and found.recall < 0.99 * settings.recall_target


def sampled_share(settings: SearchSettings, rows: int) -> float:
    """Of so many rows, the share to learn cells from: 64 a cell, up to the bound on the driver's memory."""
    wanted = _SAMPLED_A_CELL * max(64, rows / rows_a_cell(settings, rows))
    return min(1.0, wanted / rows, _SAMPLED_BYTES / (8 * functions(settings)) / rows)


def query_share(rows: int) -> float:
    """Of so many rows, the share to sample as queries."""
    return min(1.0, 1.25 * QUERIES / rows)


def _spread(sampled: SampledRows) -> float:
    """Root mean variance of the projections."""
    mean = np.average(sampled.projections, axis=0, weights=sampled.weights)
    return float(np.sqrt(np.average((sampled.projections - mean) ** 2, axis=0, weights=sampled.weights).mean()))
