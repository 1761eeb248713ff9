"""The k nearest of all rows of a row's own group: exact, with a cell for each group unless it is large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame

from spark_smote.errors import ParameterError
from spark_smote.kernels.placement import CellOfClass, Grid
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.k_nearest import Neighbourhood, neighbourhood, parts_and_groups
from spark_smote.search.settings import EXACT_PAIRS, MOST_TASKS, SearchSettings
from spark_smote.spark.group_classes import by_group, told
from spark_smote.spark.input_rows import InputRows

_TASK_ROWS = 60_000
_TASK_PAIRS = 1 << 29


def nearest_of_all(
    settings: SearchSettings,
    source: InputRows,
    rows: DataFrame,
    counts: Mapping[int, int],
    k: int,
    asking: Sequence[int],
    near: int = 0,
) -> Neighbourhood:
    """How the k nearest of all rows are found, within each group if there are any; jobs run for LSH search.

    Parameters
    ----------
    settings : SearchSettings
    source : InputRows
    rows : DataFrame
        CLASS, HASH and FEATURES of all usable rows.
    counts : mapping of class to int
        Usable rows of each class.
    k : int
    asking : sequence of int
        Classes whose rows are the queries; they do not find themselves.
    near : int
        How many of the nearest rows will be named, to be brought to the queries' bins.

    Raises
    ------
    ParameterError
        LSH search is asked for within groups, or a group is too large to compare all its rows.
    """
    if not source.layout.groups:
        return neighbourhood(settings, rows, counts, k, asking, near=near)
    wanted = frozenset(asking)
    queries = {number: counts[number] for number in counts if number in wanted}
    return replace(_within_groups(settings, source.labels, counts, queries, k), near=near)


def nearest_of_some(
    settings: SearchSettings,
    source: InputRows,
    rows: DataFrame,
    counts: Mapping[int, int],
    k: int,
    queries: DataFrame,
    asked: Mapping[int, int],
) -> Neighbourhood:
    """How the k nearest of some rows are found for others, within each group if there are any; jobs run for LSH search.

    Parameters
    ----------
    settings, source, k
        As for :func:`nearest_of_all`.
    rows, queries : DataFrame
        CLASS, HASH and FEATURES of the rows to search, and of the queries.
    counts, asked : mapping of class to int
        Number of either, of each class.

    Raises
    ------
    ParameterError
        As :func:`nearest_of_all`.
    """
    if not source.layout.groups:
        return neighbourhood(settings, rows, counts, k, list(asked), asked, apart=queries)
    return replace(_within_groups(settings, source.labels, counts, asked, k), itself=False)


def _within_groups(
    settings: SearchSettings, labels: Sequence[Any], counts: Mapping[int, int], queries: Mapping[int, int], k: int
) -> Neighbourhood:
    """The search for as many queries of each class among so many rows of the classes of its group."""
    if settings.method == "lsh":
        raise ParameterError(
            "neighborSearch='lsh': with groupCols the nearest of all rows are searched exactly, within each group; "
            "set 'auto' or 'exact', or filter the DataFrame to one large group"
        )
    whole: dict[int, int] = {}
    to_search: dict[int, Grid] = {}
    to_ask: dict[int, Grid] = {}
    cells = pairs = sent = largest = 0
    for numbers in by_group(labels, {**counts, **queries}):
        present, asked = (sum(of.get(number, 0) for number in numbers) for of in (counts, queries))
        if not asked:
            continue
        if settings.method == "auto" and present * asked > EXACT_PAIRS:
            raise ParameterError(
                f"group {told(labels[numbers[0]].group)} has {present} rows, with all of which {asked} are to be "
                "compared, which takes long: set neighborSearch='exact' to do so, or filter the DataFrame to this "
                "group alone"
            )
        pairs, sent, largest = pairs + present * asked, sent + present + asked, max(largest, present + asked)
        if max(present, asked) <= settings.chunk_rows:
            whole.update(dict.fromkeys(numbers, cells))
            cells += 1
            continue
        parts, groups = parts_and_groups(settings, present, asked, k)
        to_search |= {n: Grid(parts, groups, first=cells) for n in numbers if n in counts}
        to_ask |= {n: Grid(parts, groups, rows=False, queries=True, first=cells) for n in numbers if n in queries}
        cells += parts * groups
    bound = settings.memory.bound_of_chunks(settings.chunk_rows, largest)
    return Neighbourhood(
        settings,
        queries,
        k,
        to_search,
        to_ask,
        partitions=min(cells, MOST_TASKS, sent // _TASK_ROWS + pairs // _TASK_PAIRS + 2),
        search=ClassSearch("exact", cells, 0.0, 1.0, bound),
        once=not to_search,
        whole=CellOfClass.of(whole) if whole else None,
    )
