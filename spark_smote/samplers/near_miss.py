"""NearMiss: keeps the rows of the larger classes that are nearest to the smallest class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.parameter import INT, STR, Constraint, Parameter, at_least, one_of
from spark_smote.core.params import HasFeatureWeights
from spark_smote.core.registry import UNDER_SAMPLER, register
from spark_smote.core.searching import units, worker_memory
from spark_smote.core.statistics import centre
from spark_smote.core.under_sampler import UnderSampler
from spark_smote.core.warning import warn
from spark_smote.errors import ParameterError, TooFewRowsError
from spark_smote.kernels.cleaning import ALL, Judge, distances, named
from spark_smote.kernels.farthest import farthest
from spark_smote.kernels.finding import Search
from spark_smote.kernels.nearest import k_nearest
from spark_smote.search.in_class import ClassSearch
from spark_smote.search.memory import WorkerMemory
from spark_smote.search.settings import CHUNK_ROWS, SearchSettings
from spark_smote.search.within_groups import nearest_of_all
from spark_smote.spark.columns import CLASS, FEATURES, HASH, in_classes, in_pairs
from spark_smote.spark.group_classes import by_group, one_a_group
from spark_smote.spark.removal import ROWS, RowKeys, Selection, lowest, only

_MOST_TOLD = 3
_RECALL = 0.95
"""Share of the true nearest rows that LSH search shall find."""


@register(
    family=UNDER_SAMPLER,
    paper="Zhang and Mani 2003",
    rows="all but the rows nearest to the smallest class (`version` 1, 2, 3)",
    cost="the search of every row in the smallest class (`version` 2: a comparison with each of its rows)",
)
class NearMiss(UnderSampler, HasFeatureWeights):
    """Keeps the rows of each larger class that are near to the smallest class.

    Version 1 keeps the rows with the smallest sum of distances to their ``nNeighbors`` nearest rows of the smallest
    class, version 2 the rows with the smallest sum to their ``nNeighbors`` farthest rows of it. Version 3 considers
    only the ``nNeighborsVer3`` nearest rows of each row of the smallest class, and keeps those with the largest sum of
    distances to their nearest rows; if there are fewer than wanted, a warning says so.

    Version 2 compares each row with every row of the smallest class: the time grows with the product of the numbers of
    rows. Versions 1 and 3 search by LSH where that would be more than 1.7e10 pairs; the plan tells the measured recall.
    If sums are equal, rows with the smaller content hash are kept.

    Parameters
    ----------
    version
        Version of the method.
    nNeighbors
        Number of rows of the smallest class whose distances are added up, at least 1.
    nNeighborsVer3
        Number of rows of each larger class that version 3 considers for each row of the smallest class, at least 1.
    tooFew
        With ``groupCols``, the treatment of a class to shrink in a group that has too few rows for the numbers above:
        'error' fails, 'leave' leaves it as it is. The plan tells how many classes are left.

    References
    ----------
    J. Zhang, I. Mani, "kNN approach to unbalanced data distributions: a case study involving information extraction",
    ICML workshop on learning from imbalanced datasets (2003).

    Examples
    --------
    >>> from spark_smote import NearMiss
    >>> df = spark.range(120).selectExpr("id < 30 AS fraud", "id * 1.0D AS amount")
    >>> balanced = NearMiss(inputCols=["amount"], labelCol="fraud").resample(df)
    >>> balanced.filter("NOT fraud").selectExpr("max(amount)").first()[0]
    59.0
    """

    CACHES = True
    KEEPS = True
    WRITING_READS = 2

    version = Parameter(INT, Constraint("1, 2 or 3", (1, 2, 3).__contains__, (1, 2, 3)), default=1)
    nNeighbors = Parameter(INT, at_least(1), default=3)
    nNeighborsVer3 = Parameter(INT, at_least(1), default=3)
    tooFew = Parameter(STR, one_of("error", "leave"), default="error")

    def check_groups(self) -> None:
        super().check_groups()
        if self.getOrDefault(self.tooFew) != "error" and not self.isDefined(self.groupCols):
            raise ParameterError("tooFew='leave' is for classes of groups: name these in groupCols")

    def check_kept(self) -> None:
        super().check_kept()
        if self.keeps() and self.getOrDefault(self.version) == 2:
            raise ParameterError(
                "handleInvalid='keep': version=2 adds up distances to the farthest rows, but rows that share no "
                "feature are infinitely far; use version 1 or 3, or impute missing values first"
            )

    def decide(self, context: PlanningContext) -> Decision:
        asked = self.wanted(context)
        memory, wanted = worker_memory(self, context), self._with_enough(context, asked)
        with context.stage("search"):
            kept, stay, search = self._kept(context, memory, wanted) if wanted else (RowKeys(), {}, None)
        short = [number for number, rows in stay.items() if rows < wanted[number]]
        if short:
            told = [f"class {context.label(n)!r} keeps {stay[n]} rows, not {wanted[n]}" for n in short[:_MOST_TOLD]]
            told += [f"{len(short) - _MOST_TOLD:,} more classes keep too few"] if len(short) > _MOST_TOLD else []
            warn(
                f"{', '.join(told)}: no more are among the nNeighborsVer3={self.getOrDefault(self.nNeighborsVer3)} "
                "nearest of a row of the smallest class; raise nNeighborsVer3"
            )
        searched = search.around() if search else {}
        figures = {n: {"to_remove": context.valid(n) - rows, **searched} for n, rows in stay.items()}
        work = Selection(kept=kept, classes=tuple(sorted(wanted))) if wanted else None
        left = {"leave": len(asked) - len(wanted)} if len(asked) > len(wanted) else {}
        return Decision(work, context.classes(figures), notes=self.note(asked), too_few=left)

    def _with_enough(self, context: PlanningContext, wanted: Mapping[int, int]) -> dict[int, int]:
        """What is wanted of each class that shrinks, but for those that are left because rows are too few."""
        least, third = _smallest_of(context), self.getOrDefault(self.version) == 3
        yardsticks = sorted({least[number] for number in wanted})
        enough = {number: self._are_enough(context, "nNeighbors", number) for number in yardsticks}
        return {
            number: rows
            for number, rows in wanted.items()
            if enough[least[number]] and (not third or self._are_enough(context, "nNeighborsVer3", number))
        }

    def _are_enough(self, context: PlanningContext, param: str, number: int) -> bool:
        rows, k = context.valid(number), self.getOrDefault(param)
        if rows < k and self.getOrDefault(self.tooFew) == "error":
            remedy = ", or set tooFew='leave'" if context.source.layout.groups else ""
            raise TooFewRowsError(
                f"class {context.label(number)!r} has {rows} usable rows, too few for {param}={k}; lower {param}"
                f"{remedy}"
            )
        return bool(rows >= k)

    def _kept(
        self, context: PlanningContext, memory: WorkerMemory, wanted: Mapping[int, int]
    ) -> tuple[RowKeys, Mapping[int, int], ClassSearch]:
        """The rows kept, how many of each class, and the search that led to them."""
        until, passes = context.cache, 1
        version, smallest = self.getOrDefault(self.version), _smallest_of(context)
        least = sorted({smallest[number] for number in wanted})
        rows = context.source.rows().select(CLASS, HASH, FEATURES)
        small, large = rows.filter(in_classes(least)), rows.filter(in_classes(wanted))
        if version == 3:
            k, near = self.getOrDefault(self.nNeighborsVer3), []
            # One larger class of each group at a time.
            for of in one_a_group(context.source.labels, wanted):
                asking = [smallest[number] for number in of]
                base, queries = (rows.filter(in_classes(classes)) for classes in (of, asking))
                near.append(_scored(context, memory, base, of, queries, asking, k, named)[0])
            most = in_pairs(DataFrame.union, near).groupBy(CLASS, HASH).agg(F.max(ROWS).alias(ROWS))
            keys = RowKeys.settled(most, until, ALL, 2 * len(near))
            large, passes = only(large, keys, list(wanted)), len(keys.every) + (keys.some is not None)
        k, search = self.getOrDefault(self.nNeighbors), farthest if version == 2 else k_nearest
        scored, searched = _scored(context, memory, small, least, large, list(wanted), k, distances, search)
        # The larger classes are read as queries, and to count equal rows.
        reads = 1 + 2 * passes
        if version != 3:
            return RowKeys.settled(lowest(scored, large, wanted, ROWS, ALL), until, ALL, reads), wanted, searched
        # Of the rows that version 3 looked at there may be more equal ones.
        chosen = RowKeys.settled(lowest(scored, large, wanted, ROWS, highest=True), until, ALL, reads)
        some = chosen.frames(rows.sparkSession)[1]
        found = some.groupBy(CLASS).agg(F.sum(ROWS).alias(ROWS)).collect() if some is not None else []
        stay = {**dict.fromkeys(wanted, 0), **{row[CLASS]: row[ROWS] for row in found}}
        return chosen, stay, searched


def _scored(
    context: PlanningContext,
    memory: WorkerMemory,
    base: DataFrame,
    of: Sequence[int],
    queries: DataFrame,
    asking: Sequence[int],
    k: int,
    rule: Judge,
    search: Search = k_nearest,
) -> tuple[DataFrame, ClassSearch]:
    """The rule's verdict on each query, by the k rows of the base that the search finds for it, and the search."""
    chunk, survey = memory.chunk_rows(CHUNK_ROWS), context.survey
    # No cell holds the farthest rows, and within groups there is no other search.
    method = "exact" if search is farthest or context.source.layout.groups else "auto"
    settings = SearchSettings(
        method,
        _RECALL,
        None,
        None,
        None,
        units(context, False),
        memory,
        chunk,
        survey.magnitude,
        context.stage,
        centre=centre(context),
        lacking=survey.lacking,
    )
    counts, queried = ({number: context.valid(number) for number in numbers} for numbers in (of, asking))
    nearest = nearest_of_all(settings, context.source, base, counts, k, asking, synthetic=queried, apart=queries)
    # Cells are learnt from rows and queries, and calibrated with the rows.
    context.cache.reads += 3 if nearest.search.search == "lsh" else 0
    return nearest.verdicts(base, queries, rule, search=search), nearest.search


def _smallest_of(context: PlanningContext) -> dict[int, int]:
    """The smallest class of the group of each class, all rows counted; of equal ones the first."""
    counts = dict(enumerate(context.survey.rows.values()))
    groups = by_group(context.source.labels, counts)
    return {number: min(own, key=counts.__getitem__) for own in groups for number in own}
