"""Random over-sampling by relevance."""

from __future__ import annotations

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.registry import REGRESSION, register
from spark_smote.core.target_sampler import BumpClasses
from spark_smote.core.whole_row_sampler import WholeRowCopier


@register(
    family=REGRESSION,
    paper="Branco, Ribeiro and Torgo 2016",
    rows="copies of rows in bumps of the target that are smaller than wanted; no row goes",
    cost="two passes over all columns",
)
class RelevanceOverSampler(BumpClasses, WholeRowCopier):
    """Random over-sampling by relevance, for regression.

    Bumps of the target that have fewer rows than ``samplingStrategy`` says get copies of their rows, each row as often
    as any other, to within one. Bumps with more stay as they are: so there are more rows afterwards. No features are
    needed: whole rows are copied, with columns of any type.

    References
    ----------
    P. Branco, R. P. Ribeiro, L. Torgo, "UBL: an R package for utility-based learning", arXiv:1604.08079 (2016).

    Examples
    --------
    >>> from spark_smote import RelevanceOverSampler
    >>> df = spark.range(120).selectExpr("id * 1.0D AS x", "IF(id % 12 = 0, 50.0D + id, id % 10) AS y")
    >>> sampler = RelevanceOverSampler(targetCol="y", relevance=[(10, 0), (50, 1)], seed=7)
    >>> [(one.label, one.rows, one.total) for one in sampler.plan(df).classes]
    [(0, 110, 110), (1, 10, 60)]
    """

    def decide(self, context: PlanningContext) -> Decision:
        totals = self.totals(context)
        more = {number: max(0, totals[bump] - rows) for number, (bump, rows) in enumerate(context.survey.rows.items())}
        return self.carried_out(context, more, {})
