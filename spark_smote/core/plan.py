"""The plan of a sampler: for each class the numbers of rows, the search, and the recall measured on this data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from spark_smote.core.plan_file import packed, unpacked
from spark_smote.core.stores import read_bytes, write_bytes
from spark_smote.core.symptom import Symptom
from spark_smote.core.text_table import table
from spark_smote.errors import PlanError


@dataclass(frozen=True)
class ClassPlan:
    """One class.

    Parameters
    ----------
    label : bool, int, float or str
    rows : int
        Rows of the class in the input.
    invalid : int
        Those of them that take no part (``handleInvalid='skip'``; with 'keep'
        those without any value).
    missing : int
        Those that take part with missing features (``handleInvalid='keep'``).
    to_synthesise : int
        Synthetic rows to come.
    neighbours : int
        Number of neighbours, ``kNeighbors`` unless ``shrinkK`` lowered it; 0
        where nothing is synthesised.
    search : {'none', 'exact', 'lsh'}
    cells : int
        Cells, or for exact search shards, that the class is spread over.
    halo_share : float
        Halo rows per real row that the cells hold, estimated on a sample (0 for
        exact search).
    recall : float or None
        Share of the true nearest neighbours that the search finds: 1.0 for
        exact search, measured against brute force on sampled rows of this very
        class for LSH search, None where nothing is synthesised.
    seeds : int
        Rows of the class that may be seeds: all usable ones, or those that the
        sampler picks; 0 where nothing is asked.
    surroundings : {'none', 'exact', 'lsh'}
        How the k nearest of all rows, whatever their class, are searched, by
        samplers that ask for them.
    surroundings_recall : float or None
        Share of these that the search finds.
    to_remove : int
        Rows that an under-sampler or cleaner will take out.
    worker_bytes : int
        Bound on the memory of a Python worker that works on the class, with its
        interpreter and libraries, see ``docs/performance.md``; 0 where no row
        of the class passes through Python. Columns that rows carry along
        (``inheritCols``, ``idCol``) come on top.
    """

    label: Any
    rows: int
    invalid: int = 0
    missing: int = 0
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
class PlannedBy:
    """The sampler that made a plan.

    Parameters
    ----------
    sampler : str
        Its class.
    params : mapping of str to object
        Parameters on which the result depends, None for those without a value.
    """

    sampler: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """All classes in sorted order, and the seconds that each stage of planning
    took.

    ``str(plan)`` is a table to read. A plan can be handed to ``resample`` to
    spare it the planning, also in another session, after :meth:`save` and
    :meth:`load`: then no Spark job runs before the result is used. It holds for
    the DataFrame that it was made from, or any other with the same rows and
    columns, and for the sampler's parameters at that time. ``notes`` are
    decisions that the parameters left open, and what planning cost in addition,
    one line each. ``findings`` are those of :func:`spark_smote.diagnose` that
    planning comes upon without a job for them: imbalance, few rows, rows left
    out, constant features, and overlap where a sampler looks at the nearest of
    all rows; the text names the worst two. ``staged`` removes what lies in a
    staging place for the result, see :meth:`release`. With ``groupCols``,
    ``classes`` are the sums over all groups, and ``groups`` tells of these.
    """

    classes: tuple[ClassPlan, ...]
    seconds: Mapping[str, float]
    execution: Any = field(repr=False, compare=False)
    notes: tuple[str, ...] = ()
    made_by: tuple[PlannedBy, ...] = field(default=(), repr=False)
    findings: tuple[Symptom, ...] = ()
    staged: ExitStack = field(default_factory=ExitStack, repr=False, compare=False, metadata={"saved": False})
    groups: Any = None

    def release(self) -> None:
        """Remove the rows that ``stagingPath`` or ``stagingTable`` hold for
        this plan's result; then it is void.

        There are such rows with ``persistInput``, and where more than a million
        rows are removed; for other plans this does nothing. The result is lazy,
        so nobody but its user knows when it is over: call it when the rows are
        written, and before the session stops. What is left when Python ends is
        removed then.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from spark_smote import SMOTE
        >>> df = spark.range(60).selectExpr("id < 20 AS label", "id * 1.0D AS amount")
        >>> with TemporaryDirectory() as folder:
        ...     smote = SMOTE(inputCols=["amount"], persistInput=True, stagingPath=folder)
        ...     plan = smote.plan(df)
        ...     print(smote.resample(df, plan).count())
        ...     plan.release()
        80
        """
        self.staged.close()

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Save the plan to one file, in one step; no Spark job runs, and the
        file holds no row of the input.

        The file is a zip of JSON and NumPy arrays. It holds labels, names of
        columns, counts, and what the work needs of the rows: learnt cells,
        means, content hashes of rows to remove.

        Parameters
        ----------
        path : str or path
            On this machine, also on a mount such as ``/Volumes/...`` or
            ``/dbfs/...``; ``s3://...`` and others where fsspec and its library
            for the store are installed.
        overwrite : bool
            Whether to replace an existing file; an error otherwise.

        Raises
        ------
        PlanError
            The plan holds rows (``persistInput=True``), more than a million
            rows to remove, or a part of a sampler that is not of this package;
            or the file exists or cannot be written.
        MissingExtraError
            The path needs fsspec.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from spark_smote import SMOTE, Plan
        >>> df = spark.range(120).selectExpr("id % 12 = 0 AS label", "id * 1.0D AS amount")
        >>> smote = SMOTE(inputCols=["amount"])
        >>> with TemporaryDirectory() as folder:
        ...     smote.plan(df).save(f"{folder}/daily.plan")
        ...     plan = Plan.load(f"{folder}/daily.plan")
        >>> smote.resample(df, plan).count()
        220
        """
        write_bytes(os.fspath(path), packed(self), overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Plan:
        """Load a plan that :meth:`save` wrote; no Spark session is needed, and
        nothing in the file is run.

        Parameters
        ----------
        path : str or path

        Raises
        ------
        PlanError
            The file cannot be read, is broken, holds no plan, or is of a
            version that this one cannot load.
        MissingExtraError
            The path needs fsspec.

        Examples
        --------
        >>> Plan.load("missing.plan")
        Traceback (most recent call last):
        spark_smote.errors.PlanError: missing.plan cannot be read: No such file or directory [PlanError]
        """
        found = unpacked(read_bytes(os.fspath(path)), os.fspath(path))
        if not isinstance(found, cls):
            raise PlanError(f"{os.fspath(path)} holds no plan")
        return found

    @property
    def worker_bytes(self) -> int:
        """Bound on the memory of a Python worker: the largest of the classes; 0
        if no row passes through Python.
        """
        return max((c.worker_bytes for c in self.classes), default=0)

    @property
    def worst(self) -> tuple[Symptom, ...]:
        """The two findings of most weight."""
        return self.findings[:2]

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
        if any(c.missing for c in self.classes):
            lacking = ", ".join(f"{c.label} {c.missing:,}" for c in self.classes)
            lines.append(f"rows that take part with missing values: {lacking}")
        if self.worker_bytes:
            lines.append(f"memory of a Python worker: at most {self.worker_bytes / 1e6:,.0f} MB")
        if self.findings:
            lines.append("planning found, and diagnose(df, sampler) looks for more:")
            lines += [f"  {one.line}" for one in self.worst]
        if self.groups is not None:
            lines.append(str(self.groups))
        return "\n".join([table(head, body), *lines, *self.notes])
