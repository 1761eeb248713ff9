"""Means and deviations of classes, without Spark: how often the rows are read for them."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spark_smote.core import statistics
from spark_smote.core.context import PlanningContext
from spark_smote.kernels.fingerprint import Fingerprint

ROWS = {0: np.array([[1.0, 5.0], [3.0, 5.0], [8.0, 5.0]]), 1: np.array([[2.0, 5.0], [6.0, 5.0]])}
HASHES = {number: np.arange(len(rows)) << 40 for number, rows in ROWS.items()}


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A planning context over ROWS; ``context.source.read`` lists the classes of each read."""
    read: list[list[int]] = []

    def tally(classes: list[int], counted: Any) -> None:
        read.append(classes)
        for number in classes:
            counted[number].add(HASHES[number], ROWS[number])

    monkeypatch.setattr(statistics, "tally", tally)
    labels = dict.fromkeys(ROWS)
    survey = SimpleNamespace(
        width=2,
        valid={number: len(ROWS[number]) for number in labels},
        lacking=False,
        fingerprints={number: Fingerprint.of(HASHES[number]).checksum for number in labels},
    )
    source: Any = SimpleNamespace(labels=list(labels), rows=lambda classes: classes, read=read)
    cache: Any = None
    return PlanningContext(source, survey, lambda stage: nullcontext(), cache)  # type: ignore[arg-type]


def test_deviations_of_a_class_are_those_that_were_read_for_all(context: Any) -> None:
    scales = statistics.scales(context)
    found = statistics.deviations(context, [1])
    assert context.source.read == [[0, 1]]
    np.testing.assert_allclose(scales, [np.concatenate([*ROWS.values()])[:, 0].std(), 1.0])
    np.testing.assert_array_equal(found[1], [2.0, 0.0])
    np.testing.assert_array_equal(statistics.scales(context), scales)


def test_only_classes_that_are_not_known_are_read(context: Any) -> None:
    statistics.deviations(context, [1])
    statistics.scales(context)
    assert context.source.read == [[1], [0]]
