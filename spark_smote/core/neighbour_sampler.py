"""The base of samplers that walk from a seed row towards a neighbour of its class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np

from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Parameter
from spark_smote.core.params import SearchParams
from spark_smote.core.too_few import HasTooFew
from spark_smote.errors import TooFewRowsError
from spark_smote.kernels.interpolate import copies, smote
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.strategy import Label

_POOL_ROWS = 4_096


class NeighbourSampler(SearchParams, HasTooFew):
    """Base of samplers that need neighbours in the class.

    Parameters
    ----------
    shrinkK
        Whether a class with too few rows for the number of neighbours uses the rows that it has (at least 2); an error
        otherwise.
    """

    shrinkK = Parameter(BOOL, TRUE_OR_FALSE, default=False)

    K: ClassVar[str] = "kNeighbors"
    """The param that says how many neighbours."""

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
