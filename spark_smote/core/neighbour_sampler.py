"""The base of samplers that walk from a seed row towards a neighbour of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np

from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import BOOL, STR, TRUE_OR_FALSE, Parameter, one_of
from spark_smote.core.params import SearchParams
from spark_smote.errors import ParameterError, TooFewRowsError
from spark_smote.kernels.interpolate import copies, smote
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.strategy import Label

_POOL_ROWS = 4_096


class NeighbourSampler(SearchParams, OverSampler):
    """Base of samplers that need neighbours in the class.

    Parameters
    ----------
    shrinkK
        Whether a class with too few rows for the number of neighbours uses the rows that it has (at least 2); an error
        otherwise.
    tooFew
        With ``groupCols``, the treatment of a class of a group that has too few rows for the number of neighbours, or
        whose group has: 'error' fails, 'copy' grows the class by copies of its rows, 'leave' leaves it as it is, and
        'pool', which SMOTE alone has, takes the neighbours from the rows of the class in all groups that have too few
        of it, up to 4,096 rows at a time. The plan tells how many classes are so treated.
    """

    shrinkK = Parameter(BOOL, TRUE_OR_FALSE, default=False)
    tooFew = Parameter(STR, one_of("error", "copy", "leave", "pool"), default="error")

    K: ClassVar[str] = "kNeighbors"
    """The param that says how many neighbours."""
    POOLS: ClassVar[bool] = False
    """Whether neighbours may come from a pool of groups."""

    def check_groups(self) -> None:
        super().check_groups()
        few = self.getOrDefault(self.tooFew)
        if few != "error" and not self.isDefined(self.groupCols):
            raise ParameterError(
                f"tooFew={few!r} is for classes of groups: name these in groupCols, or leave a class that is too small "
                "out of samplingStrategy"
            )
        if few == "pool" and not self.POOLS:
            raise ParameterError(
                f"tooFew='pool': {type(self).__name__} takes no neighbours from other groups; set 'copy' or 'leave', "
                "or use SMOTE"
            )

    def rule(self, space: Space) -> Rule:
        """The rule that makes synthetic rows: SMOTE's, unless a sampler has one of its own."""
        return partial(smote, space=space)

    def by_task(self, tasks: Mapping[int, Task], spaces: Mapping[int, Space]) -> dict[int, Rule]:
        """The rule of each task: classes in the same space share one, and those with too few rows are copied."""
        own = {id(space): self.rule(space) for space in spaces.values()}
        copying = {id(space): partial(copies, space=space) for space in spaces.values()}
        return {number: (own if tasks[number].k else copying)[id(space)] for number, space in spaces.items()}

    def neighbours(self, rows: int) -> int | None:
        k = self.getOrDefault(self.K)
        return None if rows < (2 if self.getOrDefault(self.shrinkK) else k + 1) else min(k, rows - 1)

    def treatment(self, rows: int) -> str:
        few = str(self.getOrDefault(self.tooFew))
        return few if rows or few == "error" else "leave"

    def in_pools(self, tasks: Mapping[int, Task], pooled: Mapping[Label, list[int]]) -> dict[int, Task]:
        found: dict[int, Task] = {}
        pools = 0
        for label, numbers in pooled.items():
            ends = np.cumsum([tasks[number].rows for number in numbers])
            count = -(-int(ends[-1]) // _POOL_ROWS)
            # Each pool has about as many rows as the others.
            places = (ends - 1) * count // int(ends[-1])
            for place in np.unique(places).tolist():
                own = [number for number, at in zip(numbers, places.tolist(), strict=True) if at == place]
                rows = sum(tasks[number].rows for number in own)
                k = self.neighbours(rows)
                if k is None:
                    raise TooFewRowsError(f"class {label!r} has {rows} rows in groups to pool, {self._too_few(rows)}")
                found |= {number: replace(tasks[number], k=k, pool=pools) for number in own}
                pools += 1
        return found

    def few(self, tasks: Mapping[int, Task], wanted: Sequence[int]) -> dict[str, int]:
        copied = sum(not task.k for task in tasks.values())
        left = sum(total > 0 for total in wanted) - len(tasks)
        pooled = sum(task.pool is not None for task in tasks.values())
        return {how: count for how, count in (("copy", copied), ("leave", left), ("pool", pooled)) if count}

    def _too_few(self, rows: int) -> str:
        k = self.getOrDefault(self.K)
        if self.isDefined(self.groupCols):
            treatments = "'copy', 'leave' or 'pool'" if self.POOLS else "'copy' or 'leave'"
            remedy = f"set tooFew to {treatments}, lower {self.K}, or set shrinkK=True to use what there is"
        elif rows < 2:
            remedy = "drop the class, or leave it out of samplingStrategy"
        else:
            remedy = f"lower {self.K}, set shrinkK=True to use what there is, or leave it out of samplingStrategy"
        return f"too few for {self.K}={k}, which needs {k + 1}; {remedy}"
