"""MLSMOTE: SMOTE for rows with several labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision
from spark_smote.core.grouping import GroupPlan
from spark_smote.core.label_imbalance import counted_within_groups
from spark_smote.core.label_set_sampler import MultiLabelSampler
from spark_smote.core.parameter import STR, Kind, Parameter, accepted_by, one_of
from spark_smote.core.params import as_dict, as_pairs, refuse_set
from spark_smote.core.plan import Plan
from spark_smote.core.registry import MULTI_LABEL, register
from spark_smote.core.statistics import spreads_over
from spark_smote.core.timing import timed
from spark_smote.errors import ClassError, ParameterError, StrategyError, TooFewRowsError
from spark_smote.kernels.label_measures import mean_ratio, ratios
from spark_smote.kernels.label_votes import VOTES, mlsmote
from spark_smote.kernels.space import Space
from spark_smote.kernels.work import Rule
from spark_smote.samplers.smote import SMOTE
from spark_smote.search.settings import SearchSettings
from spark_smote.spark.columns import Names, at
from spark_smote.spark.group_classes import find_groups, label_of, told
from spark_smote.spark.input_rows import InputRows
from spark_smote.spark.label_counts import LabelsOfGroups
from spark_smote.spark.label_sets import LabelSets, find_label_sets
from spark_smote.spark.labelled_features import ALL, LabelBags, LabelledFeatures, bag, with_labels
from spark_smote.strategy import Label

# Any, for these are not the strategies of SMOTE.
QUOTAS = Kind[Any](Any, "float, str or dict", as_pairs, as_dict)


@register(
    family=MULTI_LABEL,
    paper="Charte et al. 2015",
    rows="between rows that have a rare label; other labels by a vote of the neighbours",
    cost="a search for each rare label",
)
class MLSMOTE(MultiLabelSampler, SMOTE):
    """MLSMOTE for rows with several labels: SMOTE among the rows that have a rare label.

    Each row that has a label with IRLbl above MeanIR (see :func:`spark_smote.label_imbalance`) is a seed, once for each
    such label. A synthetic row lies between the seed and one of the k nearest other rows that have the label, as in
    SMOTE. Its labels are those of at least half of the seed and all k neighbours, or of any, or of all of them; it
    always has the label of which it was made.

    Numbers are interpolated; other columns follow ``inheritCols``. The plan shows a line for each label of which rows
    are made: rows that have it (the seeds), and synthetic rows made of them. Synthetic rows may have other labels too.

    Parameters
    ----------
    labels
        Which labels a synthetic row gets from the seed and its neighbours: those of at least half of them ('ranking'),
        of any ('union'), or of all ('intersection').
    samplingStrategy
        Number of synthetic rows of each label. 'auto' makes one of each seed; a float so many for a seed, on average; a
        dict does so for the labels named and no other, rare or not: a float as before, an int the number of synthetic
        rows. Counts are exact, floats are rounded to whole rows, at least one.
    ifBalanced
        Without effect: where no label is rare, nothing is made, and the plan says so.

    References
    ----------
    F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera, "MLSMOTE: approaching imbalanced multilabel learning through
    synthetic instance generation", Knowledge-Based Systems 89 (2015), 385-397.

    Examples
    --------
    >>> from spark_smote import MLSMOTE
    >>> labels = "IF(id % 10 = 0, array('war', 'drama'), array('drama')) AS labels"
    >>> df = spark.range(100).selectExpr("id * 1.0D AS length", labels)
    >>> more = MLSMOTE(inputCols=["length"], labelCol="labels", seed=7).resample(df)
    >>> more.groupBy("labels").count().orderBy("labels").show()
    +------------+-----+
    |      labels|count|
    +------------+-----+
    |     [drama]|   90|
    |[drama, war]|   10|
    |[war, drama]|   10|
    +------------+-----+
    <BLANKLINE>
    """

    labels = Parameter(STR, one_of(*VOTES), default="ranking")
    samplingStrategy = Parameter(
        QUOTAS, accepted_by(lambda value: _check(as_dict(value)), "'auto', a float, or a dict"), default="auto"
    )
    ifBalanced = SMOTE.ifBalanced.but()

    COUNTS = "least"
    SPARSE = False
    KEEPS = POOLS = False

    _counts: LabelsOfGroups
    """What a copy of the sampler that plans knows of the labels; all rows are one group without ``groupCols``."""

    def _check_params(self) -> None:
        super()._check_params()
        refuse_set(self, ("featureWeights", "metric", "bounds"), "the labels go with the features through the search")

    def plan(self, df: DataFrame) -> Plan:
        self._check_params()
        sets = self.label_sets(df)
        planning = self.copy()
        names, seconds = Names(df), dict[str, float]()
        groups = self._groups(names, sets)
        with timed(seconds, "labels"):
            planning._counts = counted_within_groups(df, sets, groups, self.getOrDefault(self.handleInvalid) == "skip")
        if not any(planning._counts.rows):
            raise ClassError(f"labelCol: no row has a label in {sets.name}; there is nothing to resample")
        index = {label: place for place, label in enumerate(planning._counts.known)}
        grown = tuple(tuple(sorted(index[label] for label in own)) for own in planning._grown())
        bags = LabelBags(planning.features(names), grown, groups, planning._counts.groups if groups else ())
        made = super(MLSMOTE, planning).plan(bags.added(df))
        classes = tuple(replace(one, label=bags.shown(one.label)) for one in made.classes if one.label != ALL)
        return replace(
            made,
            classes=classes,
            seconds=seconds | {**made.seconds},
            execution=replace(made.execution, class_column=bags),
        )

    def features(self, names: Names) -> LabelledFeatures:
        sets = find_label_sets(names, self.getLabelCol())
        return with_labels(names, super().features(names), sets, self._counts.known)

    def label(self, names: Names) -> int:
        return len(names.schema) - 1

    def quotas(self, context: PlanningContext) -> dict[Label, int]:
        asked, rows = as_dict(self.getOrDefault(self.samplingStrategy)), context.survey.rows
        wanted = dict.fromkeys(rows, 0)
        bags = {(getattr(one, "group", ()), label_of(one)): one for one in rows}
        for group, labels in zip(self._counts.groups, self._grown(), strict=True):
            for label in labels:
                one, quota = bags.get((group.group, bag(label))), asked[label] if isinstance(asked, Mapping) else asked
                if one is not None:
                    share = 1.0 if quota == "auto" else quota
                    wanted[one] = share if isinstance(share, int) else max(1, round(share * rows[one]))
                elif self.treatment(0) == "error":
                    of = f" of group {told(group.group)}" if group.group else ""
                    remedy = "set tooFew='leave', or leave it out" if group.group else "leave it out"
                    raise TooFewRowsError(f"label {label!r}{of} is in no row whose features are all known; {remedy}")
                else:
                    # There is no class, but it counts as left.
                    wanted[replace(group, label=bag(label))] = 1
        return wanted

    def decide(self, context: PlanningContext) -> Decision:
        return replace(super().decide(context), rest=AsTheyAre(ALL))

    def note_balanced(self, strategy: Any, changes: Mapping[Any, int]) -> tuple[str, ...]:
        return () if any(changes.values()) else ("nothing to do: no label has IRLbl above MeanIR",)

    def summary(self, decision: Decision) -> GroupPlan:
        # Rows in bags are counted as such already. Of a label asked for, also a group of this label only gets rows.
        once = [one if one.label.label == ALL else replace(one, rows=0) for one in decision.classes]
        alone = sum(len(own) < 2 and not grown for own, grown in zip(self._counts.rows, self._grown(), strict=True))
        return replace(GroupPlan.of(once, decision.too_few), one_class=alone)

    def spaces(self, context: PlanningContext, settings: SearchSettings) -> dict[int, Space]:
        labels, unit = len(self._counts.known), settings.scale
        if unit is not None:
            # Of each row once: those of the bags are in class ALL too.
            own = [number for number in context.usable() if label_of(context.label(number)) == ALL]
            spread = spreads_over(context, own)
            unit = np.where(spread > 0, spread, 1.0)[:-labels]
        return dict.fromkeys(context.tasks, Space(unit, beside=labels))

    def rule(self, space: Space) -> Rule:
        return partial(mlsmote, space=space, labels=self.getOrDefault(self.labels))

    def _groups(self, names: Names, sets: LabelSets) -> tuple[int, ...]:
        """Positions of the group columns; found before the features have their labels."""
        if not self.isDefined(self.groupCols):
            return ()
        taken = dict.fromkeys(super().features(names).places, "a feature") | dict.fromkeys(sets.places, "a label")
        return find_groups(names, self.getOrDefault("groupCols"), taken)

    def _grown(self) -> list[list[Label]]:
        """The labels of which rows are made, of each group.

        Raises
        ------
        StrategyError
            One is asked for that no row has.
        """
        asked, rows = as_dict(self.getOrDefault(self.samplingStrategy)), self._counts.rows
        if not isinstance(asked, Mapping):
            return [_rare(of_group) for of_group in rows]
        some = {label for of_group in rows for label in of_group}
        for label in asked:
            if label not in some:
                known = ", ".join(map(repr, self._counts.known[:20]))
                raise StrategyError(f"samplingStrategy: no row has the label {label!r}; the labels are {known}")
        return [[label for label, quota in asked.items() if quota and label in of_group] for of_group in rows]


def _rare(rows: Mapping[Label, int]) -> list[Label]:
    """The labels with IRLbl above MeanIR."""
    found = ratios(rows)
    mean = mean_ratio(found.values())
    return [label for label, one in found.items() if mean < one]


@dataclass(frozen=True)
class AsTheyAre:
    """The rows of the input, without the copies in bags.

    Parameters
    ----------
    whole : str
        The class of the rows as such.
    """

    whole: str

    def __call__(self, source: InputRows) -> DataFrame:
        return source.frame.filter(at(source.layout.label) == F.lit(self.whole))


def _check(strategy: Any) -> None:
    """Refuse a strategy that is wrong whatever the data."""
    named = isinstance(strategy, Mapping)
    for label, quota in strategy.items() if named else [(None, strategy)]:
        number = isinstance(quota, float) or (named and isinstance(quota, int) and not isinstance(quota, bool))
        if quota == "auto" and not named:
            continue
        if not number or not 0 <= quota < float("inf") or (isinstance(quota, float) and not quota):
            of = f" for label {label!r}" if named else ""
            raise ParameterError(
                f"samplingStrategy{of} must be 'auto', a float above 0 (synthetic rows for a seed), or a dict of "
                f"labels and such floats or numbers of synthetic rows, not {quota!r}"
            )
