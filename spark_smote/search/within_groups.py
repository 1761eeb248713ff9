"""The k nearest of all rows of a row's own group: exact, with a cell for each group unless it is large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame

from spark_smote.errors import ParameterError
from spark_smote.kernels.placement import CellOfClass, Grid
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.k_nearest import Neighbourhood, neighbourhood, parts_and_groups
from spark_smote.search.settings import EXACT_PAIRS, MOST_TASKS, SearchSettings
from spark_smote.spark.group_classes import told
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
    synthetic: Mapping[int, int] | None = None,
    apart: DataFrame | None = None,
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
    synthetic, apart
        Of other queries, see :func:`spark_smote.search.k_nearest.neighbourhood`.

    Raises
    ------
    ParameterError
        LSH search is asked for within groups, or a group is too large to compare all its rows.
    """
    if not source.layout.groups:
        return neighbourhood(settings, rows, counts, k, asking, synthetic, near, apart)
    if settings.method == "lsh":
        raise ParameterError(
            "neighborSearch='lsh': with groupCols the nearest of all rows are searched exactly, within each group; "
            "set 'auto' or 'exact', or filter the DataFrame to one large group"
        )
    wanted = frozenset(asking)
    queries = synthetic or {number: counts[number] for number in counts if number in wanted}
    of_group: dict[tuple[str | None, ...], list[int]] = {}
    for number in sorted({*counts, *queries}):
        of_group.setdefault(source.labels[number].group, []).append(number)
    whole: dict[int, int] = {}
    to_search: dict[int, Grid] = {}
    to_ask: dict[int, Grid] = {}
    cells = pairs = sent = largest = 0
    for group, numbers in of_group.items():
        present, asked = (sum(of.get(number, 0) for number in numbers) for of in (counts, queries))
        if not present or not asked:
            continue
        if settings.method == "auto" and present * asked > EXACT_PAIRS:
            raise ParameterError(
                f"group {told(group)}: {asked} rows are to be compared with {present} ones, which takes long: set "
                "neighborSearch='exact' to do so, or filter the DataFrame to this group alone"
            )
        pairs, sent, largest = pairs + present * asked, sent + present + asked, max(largest, present)
        if max(present, asked) <= settings.chunk_rows:
            whole.update(dict.fromkeys(numbers, cells))
            cells += 1
            continue
        parts, groups = parts_and_groups(settings, present, asked, k)
        for number in numbers:
            if number in counts:
                to_search[number] = Grid(parts, groups, first=cells)
            if number in queries:
                to_ask[number] = Grid(parts, groups, rows=False, queries=True, first=cells)
        cells += parts * groups
    bound = settings.memory.bound_of_chunks(settings.chunk_rows, 2 * largest)
    return Neighbourhood(
        settings,
        queries,
        k,
        to_search,
        to_ask,
        partitions=min(cells, MOST_TASKS, sent // _TASK_ROWS + pairs // _TASK_PAIRS + 2),
        search=ClassSearch("exact", cells, 0.0, 1.0, bound),
        once=not to_search,
        itself=synthetic is None,
        near=near,
        whole=CellOfClass.of(whole) if whole else None,
    )
