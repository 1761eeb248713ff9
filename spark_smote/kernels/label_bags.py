"""Numbers of rows to copy or to delete of each label set, by the bags of labels or by the label sets themselves.

A bag is all rows that have a label. Rows with the same labels are interchangeable here, so rows are counted by label
set, and only counts are drawn.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import Indices, Words
from spark_smote.kernels.label_measures import Label, mean_ratio, ratios

Sets = Mapping[tuple[Label, ...], int]
"""Rows of each label set."""
_STEPS = 4_096
_WORDS = 65_536


@dataclass(frozen=True)
class _Bag:
    """The label sets that have a label: their numbers."""

    label: int
    sets: Indices


def bag_clones(sets: Sets[Label], total: int, key: draws.Key) -> dict[tuple[Label, ...], int]:
    """ML-ROS: rows to copy of each label set, drawn from the bags of the labels with IRLbl above MeanIR, in turn.

    A bag is left out from when its label's IRLbl, copies counted, is MeanIR or less; MeanIR is that of the beginning.

    Parameters
    ----------
    sets : mapping of tuple of label to int
        Rows of each label set, in an order that depends on nothing but the labels.
    total : int
        Rows to copy. Fewer are copied if all bags are left out before. Above 4,096, a bag gives a 4,096th of them at a
        time, but no more than it needs.
    key : pair of int
        Key of the draws.

    Examples
    --------
    >>> bag_clones({("drama",): 80, ("drama", "war"): 10, ("war",): 10}, 8, (7, 0))
    {('drama',): 0, ('drama', 'war'): 2, ('war',): 6}
    """
    return _drawn(sets, total, key, copy=True)


def bag_deletions(sets: Sets[Label], total: int, key: draws.Key) -> dict[tuple[Label, ...], int]:
    """ML-RUS: rows to delete of each label set, drawn from the bags of the labels with IRLbl below MeanIR, in turn.

    A bag is left out from when its label's IRLbl, without the rows deleted, is MeanIR or more.

    Parameters
    ----------
    sets : mapping of tuple of label to int
        Rows of each label set, in an order that depends on nothing but the labels.
    total : int
        Rows to delete. Fewer are deleted if all bags are left out before.
    key : pair of int

    Examples
    --------
    >>> bag_deletions({("drama",): 80, ("drama", "war"): 10, ("war",): 10}, 8, (7, 0))
    {('drama',): 7, ('drama', 'war'): 1, ('war',): 0}
    """
    return _drawn(sets, total, key, copy=False)


def _drawn(sets: Sets[Label], total: int, key: draws.Key, copy: bool) -> dict[tuple[Label, ...], int]:
    members = list(sets)
    labels = list(dict.fromkeys(label for member in members for label in member))
    number = {label: place for place, label in enumerate(labels)}
    of_set = [np.array([number[label] for label in member], dtype=np.int64) for member in members]
    given = np.array(list(sets.values()), dtype=np.int64)
    rows = _rows(of_set, given, len(labels))
    found = ratios(dict(enumerate(rows.tolist())))
    mean = mean_ratio(found.values())
    bags = [
        _Bag(label, np.array([at for at, own in enumerate(of_set) if label in own], dtype=np.int64))
        for label, ratio in found.items()
        if (ratio > mean if copy else ratio < mean)
    ]
    changed, left, step = np.zeros_like(given), total, max(1, total // _STEPS)
    words = _words(key, step)
    while left and bags:
        for bag in list(bags):
            here = given[bag.sets] if copy else given[bag.sets] - changed[bag.sets]
            if not here.any():  # deleted by other bags
                bags.remove(bag)
                continue
            # So many, at least, the bag needs to be balanced: others only add to it.
            most = rows.max() / mean
            needed = math.ceil(most) - rows[bag.label] if copy else rows[bag.label] - math.floor(most)
            drawn = _numbers(here, next(words)[: min(left, max(1, int(needed)))])
            drawn = drawn if copy else np.minimum(drawn, here)
            changed[bag.sets] += drawn
            now = np.flatnonzero(drawn)
            change = _rows([of_set[at] for at in bag.sets[now]], drawn[now], len(labels))
            rows = rows + change if copy else rows - change
            left -= int(drawn.sum())
            balanced = rows.max() <= mean * rows[bag.label] if copy else rows.max() >= mean * rows[bag.label]
            if balanced:
                bags.remove(bag)
            if not left:
                break
    return dict(zip(members, changed.tolist(), strict=True))


def _rows(of_set: Sequence[Indices], counts: Indices, labels: int) -> Indices:
    """Rows of each label, shape (labels,), of so many rows of each label set."""
    rows = np.zeros(labels, dtype=np.int64)
    for own, count in zip(of_set, counts, strict=True):
        rows[own] += count
    return rows


def _words(key: draws.Key, step: int) -> Iterator[Words]:
    """Random words, shape (step,), for one turn after the other; made for many turns at a time."""
    turns = max(1, _WORDS // step)
    for first in itertools.count(0, turns):
        turn = np.arange(first, first + turns)[:, None]
        yield from draws.philox(key, (np.arange(step), turn, 0, 0))[0]


def _numbers(rows: Indices, words: Words) -> Indices:
    """How often each label set is drawn, shape (s,), by words (n,) among all rows (s,) of a bag."""
    ends = np.cumsum(rows)
    drawn = np.searchsorted(ends, draws.below(words, ends[-1]), side="right")
    return np.bincount(drawn, minlength=len(rows)).astype(np.int64)


def powerset_clones(sets: Sets[Label], total: int) -> dict[tuple[Label, ...], int]:
    """LP-ROS: rows to copy of each label set with fewer rows than the mean, in equal parts, up to the mean.

    What a label set cannot take goes to the smaller ones in equal parts, so the total is exact unless all of them are
    full. The largest are served first, and of equally large ones the first in order. The mean is rounded down.

    Parameters
    ----------
    sets : mapping of tuple of label to int
        Rows of each label set.
    total : int
        Rows to copy.

    Examples
    --------
    >>> powerset_clones({("drama",): 80, ("war",): 25, ("drama", "war"): 3}, 30)
    {('drama',): 0, ('war',): 11, ('drama', 'war'): 19}
    """
    mean = sum(sets.values()) // max(1, len(sets))
    small = sorted((member for member, rows in sets.items() if rows < mean), key=lambda member: -sets[member])
    made, left = dict.fromkeys(sets, 0), total
    for place, member in enumerate(small):
        made[member] = min(mean - sets[member], left // (len(small) - place))
        left -= made[member]
    return made
