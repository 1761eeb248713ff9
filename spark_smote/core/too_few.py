"""The treatment of classes of groups that have too few rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import STR, Parameter, one_of
from spark_smote.errors import ParameterError
from spark_smote.kernels.seeding import Task


class HasTooFew(OverSampler):
    """Base of samplers for which a class may have too few rows.

    Parameters
    ----------
    tooFew
        With ``groupCols``, the treatment of a class of a group that has too few rows for the number of neighbours, or
        whose group has: 'error' fails, 'copy' grows the class by copies of its rows, 'leave' leaves it as it is, and
        'pool', which SMOTE alone has, takes the neighbours from the rows of the class in all groups that have too few
        of it, up to 4,096 rows at a time. The plan tells how many classes are so treated.
    """

    tooFew = Parameter(STR, one_of("error", "copy", "leave", "pool"), default="error")

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

    def treatment(self, rows: int) -> str:
        few = str(self.getOrDefault(self.tooFew))
        return few if rows or few == "error" else "leave"

    def few(self, tasks: Mapping[int, Task], wanted: Sequence[int]) -> dict[str, int]:
        copied = sum(not task.k for task in tasks.values())
        left = sum(total > 0 for total in wanted) - len(tasks)
        pooled = sum(task.pool is not None for task in tasks.values())
        return {how: count for how, count in (("copy", copied), ("leave", left), ("pool", pooled)) if count}
