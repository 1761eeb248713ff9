"""SMOTE within clusters of a class: each is searched, and has its quota, on its own."""

from __future__ import annotations

from collections.abc import Mapping

from spark_smote.core.context import PlanningContext
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.interpolate import copies
from spark_smote.kernels.seeding import Task
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import lay_out
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.arrow import Split


def within_clusters(
    context: PlanningContext, settings: SearchSettings, groups: Split, tasks: Mapping[int, Task], rule: Rule
) -> Prepared:
    """An over-sampler's work in clusters, and the figures of the clusters of each class together; small jobs may run.

    Parameters
    ----------
    context : PlanningContext
    settings : SearchSettings
    groups : callable
        See :func:`spark_smote.spark.arrow.by_class`.
    tasks : mapping of group to Task
    rule : Rule
    """
    cells = lay_out(settings, context.source.rows, tasks, groups)
    # Classes of groups that have too few rows are copied.
    rules = {group: rule if task.k else copies for group, task in tasks.items()}
    work = Synthesis(list(context.tasks), cells, tasks, rules)
    of: dict[int, list[int]] = {number: [] for number in context.tasks}
    for group, task in tasks.items():
        of[task.class_index].append(group)
    seeds = {number: sum(tasks[group].rows for group in own) for number, own in of.items()}
    return Prepared(context.tasks, work, {number: cells.together(own) for number, own in of.items()}, seeds)
