"""Random under-sampling by relevance."""

from __future__ import annotations

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.registry import REGRESSION, register
from spark_smote.core.target_sampler import BumpClasses
from spark_smote.core.whole_row_sampler import WholeRowSampler


@register(
    family=REGRESSION,
    paper="Torgo et al. 2013",
    rows="rows in bumps of the target that are larger than wanted go, drawn at random",
    cost="two passes over all columns",
)
class RelevanceUnderSampler(BumpClasses, WholeRowSampler):
    """Random under-sampling by relevance, for regression.

    Bumps of the target that have more rows than ``samplingStrategy`` says lose some, drawn at random without
    replacement. Bumps with fewer stay as they are: so there are fewer rows afterwards. No features are needed.

    References
    ----------
    L. Torgo, R. P. Ribeiro, B. Pfahringer, P. Branco, "SMOTE for regression", EPIA 2013, 378-389.

    Examples
    --------
    >>> from spark_smote import RelevanceUnderSampler
    >>> df = spark.range(120).selectExpr("id * 1.0D AS x", "IF(id % 12 = 0, 50.0D + id, id % 10) AS y")
    >>> sampler = RelevanceUnderSampler(targetCol="y", relevance=[(10, 0), (50, 1)], samplingStrategy={0: 20}, seed=7)
    >>> [(one.label, one.rows, one.total) for one in sampler.plan(df).classes]
    [(0, 110, 20), (1, 10, 10)]
    """

    def decide(self, context: PlanningContext) -> Decision:
        totals = self.totals(context)
        fewer = {number: max(0, rows - totals[bump]) for number, (bump, rows) in enumerate(context.survey.rows.items())}
        return self.carried_out(context, {}, fewer)
