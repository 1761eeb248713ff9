"""Quotas sum to the total and do not depend on the split into bins and chunks."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_smote.kernels.draws import class_key
from spark_smote.kernels.neighbourhood import Bin, Weighing
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.weights import alike, danger, difficulty


@given(
    bins=st.lists(st.lists(st.integers(0, 9), max_size=20), min_size=1, max_size=6),
    total=st.integers(0, 10**6),
    size=st.integers(1, 9),
)
@settings(deadline=None)
def test_quotas_of_bins_sum_to_the_total_in_proportion(bins: list[list[int]], total: int, size: int) -> None:
    weights = [np.array(own, dtype=np.int64) for own in bins]
    ends = np.cumsum([own.sum() for own in weights])
    whole = int(ends[-1])
    if not whole:
        return
    task = Task(0, whole, total, 5, class_key(1, "class"))
    firsts = {number: Bin(0, int(end - own.sum())) for number, (end, own) in enumerate(zip(ends, weights, strict=True))}
    work = Weighing(firsts, 3, tasks={0: task}, weigh={0: alike})

    def owed(number: int, own: np.ndarray, chunk: int) -> list[int]:
        cuts = pairwise([*range(0, len(own), chunk), len(own)])
        return [one for a, b in cuts for one in work.quotas(number, int(own[:a].sum()), own[a:b]).tolist()]

    once = np.array([one for number, own in enumerate(weights) for one in owed(number, own, 99)])
    assert once.tolist() == [one for number, own in enumerate(weights) for one in owed(number, own, size)]
    assert once.sum() == total
    every = np.concatenate(weights)
    assert (np.abs(once - every * total / whole) < 1).all()
    assert (once[every == 0] == 0).all()


@pytest.mark.parametrize("rule", [alike, danger, difficulty])
def test_histogram_counts_rows_and_weights(rule: object) -> None:
    others = np.random.default_rng(0).integers(0, 6, size=400)
    weights = rule(np.zeros((400, 1)), others, 6)  # type: ignore[operator]
    expected = [[(others == n).sum() for n in range(7)], [weights[others == n].sum() for n in range(7)]]
    assert Weighing({}, 6).histogram(others, weights).tolist() == np.array(expected).tolist()


def test_classes_with_total_zero_have_no_quotas() -> None:
    work = Weighing({4: Bin(1)}, 3, tasks={1: Task(1, 1, 0, 0, (0, 0))}, weigh={1: alike})
    assert work.quotas(4, 7, np.array([3, 0, 9])).tolist() == [0, 0, 0]
