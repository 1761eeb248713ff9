"""Resampling within groups: the parameter, the strategy within each group, and the groups of a plan in summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, TypeVar

from pyspark.ml.param import Params

from spark_smote.core.parameter import STRS, Constraint, Parameter
from spark_smote.core.plan import ClassPlan
from spark_smote.errors import SparkSmoteError, StrategyError
from spark_smote.spark.columns import Names
from spark_smote.spark.features import Features, NoFeatures
from spark_smote.spark.group_classes import GroupClass, find_groups, told
from spark_smote.strategy import resolve_targets

T = TypeVar("T")


class HasGroups(Params):
    """Parameter of all samplers.

    Parameters
    ----------
    groupCols
        Columns whose values name groups, such as tenants, months or regions: integers, strings, booleans, decimals,
        dates or timestamps; null is a value of its own. Each group is resampled as if it were alone, with neighbours
        of its own rows, all groups in the same Spark jobs: ``samplingStrategy`` holds within each of them, a callable
        gets the counts of one group, and a group of one class only is left as it is. Synthetic rows belong to the
        group of their seed. See ``docs/groups.md``, also for what differs in some samplers.
    """

    groupCols = Parameter(STRS, Constraint("a list of at least one name of a column", bool))

    def check_groups(self) -> None:
        """Refuse parameters that are for groups where there are none.

        Raises
        ------
        ParameterError
        """

    def groups(self, names: Names, label: int, features: Features) -> tuple[int, ...]:
        """Positions of the group columns, none without ``groupCols``.

        Raises
        ------
        ColumnError
        """
        if not self.isDefined(self.groupCols):
            return ()
        own = () if isinstance(features, NoFeatures) else features.places
        return find_groups(
            names, self.getOrDefault("groupCols"), {**dict.fromkeys(own, "a feature"), label: "the label"}
        )


@dataclass(frozen=True)
class GroupPlan:
    """The groups of a plan in summary.

    Parameters
    ----------
    groups : int
        Number of groups.
    smallest, largest : int
        Rows of the smallest and of the largest group.
    one_class : int
        Groups of one class only, which are left as they are.
    changed : int
        Groups to which rows are added, or from which rows are taken.
    too_few : mapping of str to int
        Classes within groups that have too few rows for the sampler, by their treatment ``tooFew``.
    """

    groups: int
    smallest: int
    largest: int
    one_class: int
    changed: int
    too_few: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, classes: Sequence[ClassPlan], too_few: Mapping[str, int]) -> GroupPlan:
        """The summary of the plans of all classes within groups."""
        groups = [list(own) for _, own in groupby(classes, key=lambda one: one.label.group)]
        sizes = [sum(one.rows for one in own) for own in groups]
        return cls(
            len(groups),
            min(sizes),
            max(sizes),
            sum(len(own) == 1 for own in groups),
            sum(any(one.to_synthesise or one.to_remove for one in own) for own in groups),
            too_few,
        )

    def __str__(self) -> str:
        few = "".join(f"; classes with too few rows: {count:,} {_DONE[how]}" for how, count in self.too_few.items())
        return (
            f"groups: {self.groups:,} of {self.smallest:,} to {self.largest:,} rows; {self.changed:,} change, "
            f"{self.one_class:,} of one class only are left{few}"
        )


_DONE = {"copy": "copied", "leave": "left as they are", "pool": "with neighbours of a pool of groups"}


def in_groups(rows: Mapping[Any, int], resolve: Callable[[dict[Any, int]], Mapping[Any, T]]) -> dict[Any, T]:
    """What is resolved for the counts of each group that has several classes, by the class within its group.

    Parameters
    ----------
    rows : mapping of GroupClass to int
        In sorted order.
    resolve : callable
        Takes the counts of one group by label; returns something for each label, or some of them.

    Raises
    ------
    SparkSmoteError
        As ``resolve``, with the name of the group.
    """
    found = {}
    for group, of_group in groupby(rows, key=lambda one: one.group):
        own = {one.label: one for one in of_group}
        if len(own) == 1:
            continue
        try:
            resolved = resolve({label: rows[one] for label, one in own.items()})
        except SparkSmoteError as error:
            raise type(error)(f"group {told(group)}: {error}") from error
        found.update({own[label]: value for label, value in resolved.items()})
    return found


def resolved(
    resolve: Callable[[Any, Mapping[Any, int], str], dict[Any, int]], asked: Any, rows: Mapping[Any, int], passing: str
) -> dict[Any, int]:
    """The rows to add to each class, or to take from it, by a strategy that holds within each group.

    A ratio that a group has reached already leaves it as it is. Of a mapping, a group takes the classes that it has.

    Parameters
    ----------
    resolve : callable
        :func:`spark_smote.strategy.resolve` or :func:`spark_smote.strategy.resolve_under`.
    asked : str, float, mapping or callable
        The strategy.
    rows : mapping of label or GroupClass to int
    passing : {'error', 'pass'}
        ``ifBalanced``, where there are no groups.

    Raises
    ------
    SparkSmoteError
    """
    if not is_grouped(rows):
        return resolve(asked, rows, passing)
    named = isinstance(asked, Mapping)
    if named:
        check_known(asked, rows)

    def of_group(counts: dict[Any, int]) -> dict[Any, int]:
        own = {label: total for label, total in asked.items() if label in counts} if named else asked
        return resolve(own, counts, "pass")

    return dict.fromkeys(rows, 0) | in_groups(rows, of_group)


def to_clean(asked: str | list[Any], rows: Mapping[Any, int]) -> list[Any]:
    """The classes to clean, by a strategy that holds within each group.

    Parameters
    ----------
    asked : str or list of label
        See :func:`spark_smote.strategy.resolve_targets`.
    rows : mapping of label or GroupClass to int

    Raises
    ------
    SparkSmoteError
    """
    if not is_grouped(rows):
        return resolve_targets(asked, rows)
    if isinstance(asked, list):
        check_known(asked, rows)

    def of_group(counts: dict[Any, int]) -> dict[Any, bool]:
        own = [label for label in asked if label in counts] if isinstance(asked, list) else asked
        return dict.fromkeys(resolve_targets(own, counts), True)

    return list(in_groups(rows, of_group))


def check_known(labels: Iterable[Any], rows: Mapping[Any, int]) -> None:
    """Refuse a label that no group has.

    Raises
    ------
    StrategyError
    """
    known = {one.label: 0 for one in rows}
    for label in labels:
        if label not in known:
            raise StrategyError(
                f"samplingStrategy: no group has the class {label!r}; the classes are "
                + ", ".join(map(repr, sorted(known)[:20]))
            )


def is_grouped(rows: Mapping[Any, int]) -> bool:
    """Whether counts are those of classes within groups."""
    return isinstance(next(iter(rows), None), GroupClass)


def group_sizes(rows: Mapping[Any, int]) -> dict[tuple[str | None, ...], int]:
    """Rows of each group."""
    sizes: Counter[tuple[str | None, ...]] = Counter()
    for one, count in rows.items():
        sizes[one.group] += count
    return dict(sizes)


def of_labels(classes: Sequence[ClassPlan]) -> tuple[ClassPlan, ...]:
    """The plan of each label, of those of the classes within groups."""
    by_label: dict[Any, list[ClassPlan]] = {}
    for one in classes:
        by_label.setdefault(one.label.label, []).append(one)
    return tuple(_together(label, by_label[label]) for label in sorted(by_label))


_SUMS = ("rows", "invalid", "missing", "to_synthesise", "cells", "seeds", "to_remove")
_LARGEST = ("neighbours", "halo_share", "worker_bytes")
_KINDS = ("lsh", "exact", "none")


def _together(label: Any, own: Sequence[ClassPlan]) -> ClassPlan:
    sums: dict[str, Any] = {name: sum(getattr(one, name) for one in own) for name in _SUMS}
    largest = {name: max(getattr(one, name) for one in own) for name in _LARGEST}
    recalls: dict[str, Any] = {
        name: min((value for one in own if (value := getattr(one, name)) is not None), default=None)
        for name in ("recall", "surroundings_recall")
    }
    kinds: dict[str, Any] = {
        name: min((getattr(one, name) for one in own), key=_KINDS.index) for name in ("search", "surroundings")
    }
    return replace(own[0], label=label, **sums, **largest, **recalls, **kinds)
