"""SMOTE within clusters of a class: each is searched, and has its quota, on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from spark_smote.core.context import PlanningContext
from spark_smote.core.driver_rows import most_rows, on_driver
from spark_smote.core.over_sampler import Prepared
from spark_smote.core.synthesis import Synthesis
from spark_smote.kernels.clusters import Clusters
from spark_smote.kernels.draws import Key
from spark_smote.kernels.groups import ClusterCounts, Clustering, Groups
from spark_smote.kernels.interpolate import copies
from spark_smote.kernels.k_means import k_means_centres
from spark_smote.kernels.seeding import Task, of_each_class, shared_out
from spark_smote.kernels.work import Rule
from spark_smote.search.in_class import lay_out
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.scans import tally


def k_means(
    context: PlanningContext,
    settings: SearchSettings,
    models: Sequence[tuple[Sequence[int], Key]],
    clusters: int,
    rows: int,
) -> dict[int, Clusters]:
    """The clusters of each class by k-means, of its rows or of those of several classes; a job runs.

    Parameters
    ----------
    context : PlanningContext
    settings : SearchSettings
    models : sequence of (sequence of int, pair of int)
        Numbers of classes of one group whose rows are clustered together, and the key of the draws.
    clusters : int
        Number of clusters wanted.
    rows : int
        Rows that clusters are learnt from, chosen by content hash where there are more.

    Raises
    ------
    ParameterError
        The samples of all groups together are too large for the driver.
    """
    usable, in_group = context.usable(), Counter(context.group(numbers[0]) for numbers, _ in models)
    rates: dict[int, float] = {}
    for numbers, _ in models:
        most = most_rows(context, rows, in_group[context.group(numbers[0])])
        rates |= dict.fromkeys(numbers, min(1.0, most / sum(usable[number] for number in numbers)))
    samples = on_driver(context, context.source.rows(list(rates)), rates, usable)
    unit, found = settings.unit, dict[int, Clusters]()
    for numbers, key in models:
        # Of few distinct rows the samples may have none: then they form one cluster.
        own = [samples[number] for number in numbers if number in samples]
        points = np.concatenate([np.empty((0, context.survey.width)), *(one.features for one in own)])
        weights = np.concatenate([np.empty(0), *(one.weights for one in own)])
        centres = k_means_centres(points / unit, weights, clusters, key)
        found |= dict.fromkeys(numbers, Clusters(centres, unit))
    return found


def counted(context: PlanningContext, clusters: Mapping[int, Clustering]) -> dict[int, ClusterCounts]:
    """The rows of each class in each cluster; a job runs.

    Parameters
    ----------
    context : PlanningContext
    clusters : mapping of class to Clustering

    Raises
    ------
    ChangedInputError
        The rows of a class are not those that the survey saw.
    """
    counts = {number: ClusterCounts(own) for number, own in clusters.items()}
    tally(context.source.rows(list(counts)), counts)
    for number, found in counts.items():
        context.check(number, found.whole())
    return counts


def shared_by_rows(tasks: Mapping[int, Task], groups: Groups, counts: Mapping[int, ClusterCounts]) -> dict[int, Task]:
    """The task of each group: the synthetic rows of a class in proportion to the rows of its groups.

    In a group with too few rows for the neighbours, a row's neighbours are all the others.

    Parameters
    ----------
    tasks : mapping of class to Task
    groups : Groups
    counts : mapping of class to ClusterCounts
    """
    found: dict[int, Task] = {}
    for number in groups.numbers:
        task = tasks[number]
        for group, content in groups.contents(number, counts[number]).items():
            k, name = min(task.k, content.rows - 1), f"a cluster of {task.name}"
            found[group] = Task(number, content.rows, 0, k, task.key, content, name)
    rows = {group: task.rows for group, task in found.items()}
    return shared_out(found, rows, {number: task.total for number, task in tasks.items()})


def within_clusters(
    context: PlanningContext, settings: SearchSettings, groups: Groups, tasks: Mapping[int, Task], rule: Rule
) -> Prepared:
    """An over-sampler's work in clusters, and the figures of the clusters of each class together; small jobs may run.

    Parameters
    ----------
    context : PlanningContext
    settings : SearchSettings
    groups : Groups
    tasks : mapping of group to Task
    rule : Rule
    """
    cells = lay_out(settings, context.source.rows, tasks, groups)
    # Classes of groups that have too few rows are copied.
    rules = {group: rule if task.k else copies for group, task in tasks.items()}
    work, of = Synthesis(list(context.tasks), cells, tasks, rules), of_each_class(tasks)
    seeds = {number: sum(tasks[group].rows for group in own) for number, own in of.items()}
    return Prepared(context.tasks, work, {number: cells.together(own) for number, own in of.items()}, seeds)
