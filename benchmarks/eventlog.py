"""Figures of a job from Spark's event log: jobs, stages, passes over the input, bytes shuffled and spilled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_RECORDS_READ = "internal.metrics.input.recordsRead"
_SHUFFLED = "internal.metrics.shuffle.write.bytesWritten"
_SPILLED = "internal.metrics.diskBytesSpilled"


def summarise(folder: Path, input_rows: int) -> dict[str, Any]:
    """Summarises the newest log in the folder.

    ``passes`` is the number of rows read from files divided by the rows of the input; at 2.0 the input was read twice.
    ``scan_stages`` is the number of stages that read files, ``rows_scanned`` the number of rows that each of them read.
    """
    log = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_mtime)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    stages = [event["Stage Info"] for event in events if event["Event"] == "SparkListenerStageCompleted"]
    # A stage on top of a cached frame has the file scan in its lineage but reads no rows from it.
    scanned = [rows for stage in stages if _scans(stage) and (rows := _metric(stage, _RECORDS_READ))]
    return {
        "jobs": sum(event["Event"] == "SparkListenerJobStart" for event in events),
        "stages": len(stages),
        "scan_stages": len(scanned),
        "rows_scanned": scanned,
        "passes": round(sum(scanned) / input_rows, 2),
        "shuffled_mb": round(sum(_metric(stage, _SHUFFLED) for stage in stages) / 1e6, 1),
        "spilled_mb": round(sum(_metric(stage, _SPILLED) for stage in stages) / 1e6, 1),
    }


def _scans(stage: dict[str, Any]) -> bool:
    return any(rdd["Name"] == "FileScanRDD" for rdd in stage["RDD Info"])


def _metric(stage: dict[str, Any], name: str) -> int:
    return sum(int(metric["Value"]) for metric in stage["Accumulables"] if metric["Name"] == name)
