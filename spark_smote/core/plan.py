"""The plan of a sampler: for each class the numbers of rows, the search, and the recall measured on this data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spark_smote.core.text_table import table


@dataclass(frozen=True)
class ClassPlan:
    """One class.

    Parameters
    ----------
    label : bool, int, float or str
    rows : int
        Rows of the class in the input.
    invalid : int
        Those of them that take no part (``handleInvalid='skip'``).
    to_synthesise : int
        Synthetic rows to come.
    neighbours : int
        Number of neighbours, ``kNeighbors`` unless ``shrinkK`` lowered it; 0 where nothing is synthesised.
    search : {'none', 'exact', 'lsh'}
    cells : int
        Cells, or for exact search shards, that the class is spread over.
    halo_share : float
        Halo rows per real row that the cells hold, estimated on a sample (0 for exact search).
    recall : float or None
        Share of the true nearest neighbours that the search finds: 1.0 for exact search, measured against brute force
        on sampled rows of this very class for LSH search, None where nothing is synthesised.
    seeds : int
        Rows of the class that may be seeds: all usable ones, or those that the sampler picks; 0 where nothing is asked.
    surroundings : {'none', 'exact', 'lsh'}
        How the k nearest of all rows, whatever their class, are searched, by samplers that ask for them.
    surroundings_recall : float or None
        Share of these that the search finds.
    to_remove : int
        Rows that an under-sampler or cleaner will take out.
    worker_bytes : int
        Bound on the memory of a Python worker that works on the class, with its interpreter and libraries, see
        ``docs/performance.md``; 0 where no row of the class passes through Python. Columns that rows carry along
        (``inheritCols``, ``idCol``) come on top.
    """

    label: Any
    rows: int
    invalid: int = 0
    to_synthesise: int = 0
    neighbours: int = 0
    search: str = "none"
    cells: int = 0
    halo_share: float = 0.0
    recall: float | None = None
    seeds: int = 0
    surroundings: str = "none"
    surroundings_recall: float | None = None
    to_remove: int = 0
    worker_bytes: int = 0

    @property
    def total(self) -> int:
        """Rows of the class in the output."""
        return self.rows + self.to_synthesise - self.to_remove


@dataclass(frozen=True)
class Plan:
    """All classes in sorted order, and the seconds that each stage of planning took.

    ``str(plan)`` is a table to read. A plan can be handed to ``resample`` to spare it the planning; it holds for the
    DataFrame that it was made from, and for the sampler's parameters at that time. ``notes`` are decisions that the
    parameters left open, one line each.
    """

    classes: tuple[ClassPlan, ...]
    seconds: Mapping[str, float]
    execution: Any = field(repr=False, compare=False)
    notes: tuple[str, ...] = ()

    @property
    def worker_bytes(self) -> int:
        """Bound on the memory of a Python worker: the largest of the classes; 0 if no row passes through Python."""
        return max((c.worker_bytes for c in self.classes), default=0)

    def __str__(self) -> str:
        head = ("class", "rows", "seeds", "synthetic", "removed", "total", "search", "k", "cells", "halo", "recall")
        body = [
            (
                str(c.label),
                f"{c.rows:,}",
                f"{c.seeds:,}" if c.seeds else "-",
                f"{c.to_synthesise:,}",
                f"{c.to_remove:,}" if c.to_remove else "-",
                f"{c.total:,}",
                c.search,
                str(c.neighbours or "-"),
                str(c.cells or "-"),
                f"{c.halo_share:.0%}" if c.search == "lsh" else "-",
                "-" if c.recall is None else f"{c.recall:.3f}",
            )
            for c in self.classes
        ]
        around = {(c.surroundings, c.surroundings_recall) for c in self.classes if c.surroundings != "none"}
        lines = [f"nearest of all rows: {search}, recall {recall:.3f}" for search, recall in around]
        if self.worker_bytes:
            lines.append(f"memory of a Python worker: at most {self.worker_bytes / 1e6:,.0f} MB")
        return "\n".join([table(head, body), *lines, *self.notes])
