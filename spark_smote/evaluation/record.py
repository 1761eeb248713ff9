"""The report for programs: a JSON document with a stable schema.

``SCHEMA_VERSION`` grows when a field is removed or changes its meaning; new fields may be added at any time.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from spark_smote.core.plan import ClassPlan, Plan

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Run:
    """One run of a job.

    Parameters
    ----------
    status : {'written', 'written before', 'ignored', 'dry run'}
    run_id : str
    started, finished : datetime
        With a time zone.
    spark_version : str
    config_hash : str
        Hash of all settings that decide which rows are written, and where.
    config : mapping
        Sections of the configuration file, without secrets.
    input : mapping
        State of the input: its files, or a snapshot.
    snapshot_before, snapshot : int, optional
        Snapshots of the output before and after the run, if it is an Iceberg table.
    undo : str
        Instruction to remove the rows of this run.
    passes : mapping of {'planning', 'writing'} to int
        Number of passes over the input.
    """

    status: str
    run_id: str
    started: datetime
    finished: datetime
    spark_version: str
    config_hash: str
    config: Mapping[str, Any] = field(repr=False)
    input: Mapping[str, Any]
    snapshot_before: int | None = None
    snapshot: int | None = None
    undo: str = ""
    passes: Mapping[str, int] = field(default_factory=dict)

    def summary(self) -> str:
        """Returns the outcome of the run in one line."""
        outcome = {
            "written": "done",
            "written before": "an earlier try of this run had written its rows; nothing was written again",
            "ignored": "the output exists; nothing was done (output.mode is ignore)",
            "dry run": "dry run; nothing was written",
        }[self.status]
        return f"run {self.run_id}: {outcome}{f'; to undo: {self.undo}' if self.undo else ''}"


def record(run: Run | None, plan: Plan, written: Mapping[Any, int] | None, seconds: Mapping[str, float]) -> str:
    """Returns the JSON text of a report; ``docs/report.md`` describes each field.

    Parameters
    ----------
    run : Run, optional
        Run of a job; without it, the fields of the run are left out.
    plan : Plan
    written : mapping of label to int, optional
        Rows of each class that this run wrote, counted in the output.
    seconds : mapping of stage to float
        Time of each stage.
    """
    head: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION}
    if run is not None:
        head |= {
            "status": run.status,
            "runId": run.run_id,
            "started": run.started.isoformat(timespec="seconds"),
            "finished": run.finished.isoformat(timespec="seconds"),
            "configHash": run.config_hash,
            "versions": {"sparkSmote": _own_version(), "spark": run.spark_version, "python": platform.python_version()},
            "config": run.config,
            "input": run.input,
            "passesOverInput": dict(run.passes),
            "output": {"snapshotBefore": run.snapshot_before, "snapshot": run.snapshot, "undo": run.undo or None},
        }
    body = {
        "classes": [_class(c, written) for c in plan.classes],
        "seconds": _rounded(seconds),
        "planningSeconds": _rounded(plan.seconds),
        "notes": plan.notes,
        "findings": [asdict(one) for one in plan.findings],
    }
    return json.dumps(head | body, indent=2, ensure_ascii=False, default=str) + "\n"


def _class(c: ClassPlan, written: Mapping[Any, int] | None) -> dict[str, Any]:
    return {
        "label": c.label,
        "rowsBefore": c.rows,
        "invalid": c.invalid,
        "missing": c.missing,
        "synthetic": c.to_synthesise,
        "removed": c.to_remove,
        "rowsAfter": c.total,
        "rowsWritten": None if written is None else written.get(c.label, 0),
        "seeds": c.seeds,
        "neighbours": c.neighbours,
        "search": c.search,
        "cells": c.cells,
        "haloShare": c.halo_share,
        "recall": c.recall,
        "surroundings": c.surroundings,
        "surroundingsRecall": c.surroundings_recall,
        "workerBytes": c.worker_bytes,
    }


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(spent, 3) for stage, spent in seconds.items()}


def _own_version() -> str | None:
    try:
        return version("spark-smote")
    except PackageNotFoundError:  # the package is on sys.path without being installed
        return None
