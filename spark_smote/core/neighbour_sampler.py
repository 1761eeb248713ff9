"""The base of samplers that walk from a seed row towards a neighbour of its class."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Parameter
from spark_smote.core.params import SearchParams
from spark_smote.kernels.interpolate import smote
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule


class NeighbourSampler(SearchParams, OverSampler):
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

    def neighbours(self, rows: int) -> int | None:
        k = self.getOrDefault(self.K)
        return None if rows < (2 if self.getOrDefault(self.shrinkK) else k + 1) else min(k, rows - 1)

    def _too_few(self, rows: int) -> str:
        k = self.getOrDefault(self.K)
        remedy = (
            "drop the class, or leave it out of samplingStrategy"
            if rows < 2
            else f"lower {self.K}, set shrinkK=True to use what there is, or leave it out of samplingStrategy"
        )
        return f"too few for {self.K}={k}, which needs {k + 1}; {remedy}"
