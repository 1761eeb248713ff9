"""Rows to copy and delete by bags of labels and label sets, against the papers' loops row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_smote.kernels.label_bags import bag_clones, bag_deletions, powerset_clones
from spark_smote.kernels.label_measures import mean_ratio, ratios

KEY = (7, 11)
Sets = dict[tuple[str, ...], int]
SETS: st.SearchStrategy[Sets] = st.dictionaries(
    st.sets(st.sampled_from("abcd")).map(lambda found: tuple(sorted(found))), st.integers(1, 60), min_size=1, max_size=8
).map(lambda found: dict(sorted(found.items())))


def counts(sets: Sets) -> Counter[str]:
    return Counter({label: sum(rows for of, rows in sets.items() if label in of) for of in sets for label in of})


def concerned(sets: Sets, copy: bool) -> set[str]:
    """The labels whose bags take part, from the formula."""
    rows = counts(sets)
    ir = {label: max(rows.values()) / own for label, own in rows.items()}
    mean = sum(ir.values()) / len(ir) if ir else 1.0
    return {label for label, one in ir.items() if (one > mean + 1e-9 if copy else one < mean - 1e-9)}


@given(SETS, st.integers(0, 80))
def test_copies_come_from_rare_bags_and_stop_when_these_are_balanced(sets: Sets, total: int) -> None:
    made = bag_clones(sets, total, KEY)
    bags = concerned(sets, copy=True)
    assert list(made) == list(sets) and min(made.values()) >= 0
    assert all(not rows or bags & set(of) for of, rows in made.items())
    if sum(made.values()) < total:
        after = counts({of: rows + made[of] for of, rows in sets.items()})
        # A bag that was left out may fall behind again when another one grows; the last one has not.
        mean = mean_ratio(ratios(counts(sets)).values())
        assert not bags or any(max(after.values()) <= mean * after[label] * (1 + 1e-9) for label in bags)
    else:
        assert sum(made.values()) == total


@given(SETS, st.integers(0, 80))
def test_deletions_come_from_frequent_bags_and_never_exceed_them(sets: Sets, total: int) -> None:
    gone = bag_deletions(sets, total, KEY)
    bags = concerned(sets, copy=False)
    assert all(0 <= rows <= sets[of] for of, rows in gone.items())
    assert all(not rows or bags & set(of) for of, rows in gone.items())
    assert sum(gone.values()) <= total


def by_the_paper(sets: Sets, total: int, draw: Callable[[list[tuple[str, ...]]], Any]) -> Counter[tuple[str, ...]]:
    """ML-ROS, row by row: ``draw`` picks a row of a bag."""
    rows = [of for of, times in sets.items() for _ in range(times)]
    own = counts(sets)
    mean = mean_ratio(ratios(own).values())
    bags = [label for label in own if max(own.values()) / own[label] > mean]
    copied: Counter[tuple[str, ...]] = Counter()
    while total and bags:
        for label in list(bags):
            if total:
                of = draw([row for row in rows if label in row])
                copied[of] += 1
                own.update(of)
                total -= 1
                if max(own.values()) / own[label] <= mean:
                    bags.remove(label)
    return copied


@pytest.mark.parametrize("total", [3, 17, 60, 400])
def test_without_chance_copies_are_those_of_the_papers_loop(total: int) -> None:
    """Where a bag has one label set, the loop leaves nothing to chance."""
    sets: Sets = {("a",): 90, ("b",): 9, ("c",): 30, ("d",): 4}
    found = bag_clones(sets, total, KEY)
    assert +Counter(found) == by_the_paper(sets, total, lambda rows: rows[0])


def test_draws_follow_the_rows_of_the_label_sets() -> None:
    sets: Sets = {("a",): 900_000, ("a", "b"): 3_000, ("b",): 1_000}
    made = bag_clones(sets, 3_000, KEY)
    assert sum(made.values()) == 3_000
    assert made["a", "b"] == pytest.approx(2_250, abs=100)
    assert bag_clones(sets, 3_000, KEY) == made != bag_clones(sets, 3_000, (8, 11))


def test_label_sets_are_filled_up_to_the_mean_in_equal_parts() -> None:
    sets: Sets = {("a",): 60, ("a", "b"): 25, ("b",): 5, (): 6}  # mean 24
    assert powerset_clones(sets, 10) == {("a",): 0, ("a", "b"): 0, ("b",): 5, (): 5}
    assert powerset_clones(sets, 1_000) == {("a",): 0, ("a", "b"): 0, ("b",): 19, (): 18}
    assert sum(powerset_clones({("a",): 100, ("b",): 48, ("c",): 2}, 31).values()) == 31


@pytest.mark.parametrize("make", [bag_clones, bag_deletions])
def test_nothing_happens_without_labels_or_where_all_are_alike(make: Callable[..., dict[Any, int]]) -> None:
    for sets in ({(): 5}, {("a", "b"): 5}, {("a",): 5, ("b",): 5}):
        assert not any(make(sets, 5, KEY).values())


def test_many_rows_at_a_time_do_not_overshoot() -> None:
    """With a million copies asked for, a bag that needs ten gets ten."""
    sets: Sets = {("a",): 100_000, ("b",): 90, ("c",): 5}
    mean = mean_ratio(ratios(counts(sets)).values())
    made = bag_clones(sets, 10_000_000, KEY)
    assert made == {("a",): 0, ("b",): 0, ("c",): -int(-100_000 // mean) - 5}


def test_many_deletions_at_a_time_leave_no_label_set_short_of_rows() -> None:
    sets: Sets = {("a", f"b{number:04}"): 10 for number in range(2_000)}
    gone = bag_deletions(sets, 19_900, KEY)
    assert sum(gone.values()) == 19_900
    assert all(0 <= rows <= 10 for rows in gone.values())
