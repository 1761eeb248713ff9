"""The base of all over-samplers; a sampler says how its rows are made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pyspark.sql import DataFrame
from pyspark.sql.types import NumericType

from spark_smote import strategy
from spark_smote.core.column_params import BOUNDS, bounds_of, check_bounds, told_ranges, weights_of
from spark_smote.core.context import PlanningContext
from spark_smote.core.execution import Decision, Work
from spark_smote.core.grouping import group_sizes, is_grouped, resolved
from spark_smote.core.parameter import ANY_INTEGER, COLUMN, COLUMNS, INT, STR, STRS, Parameter, accepted_by
from spark_smote.core.params import STRATEGY, FeatureParams, HasIfBalanced, as_dict
from spark_smote.core.plan import ClassPlan
from spark_smote.core.resampler import Resampler
from spark_smote.errors import StrategyError, TooFewRowsError
from spark_smote.kernels.apportion import LONGEST
from spark_smote.kernels.draws import class_key
from spark_smote.kernels.fingerprint import Fingerprint
from spark_smote.kernels.seeding import Task
from spark_smote.search.in_class import ClassSearch
from spark_smote.spark.columns import Names
from spark_smote.spark.group_classes import label_of, told
from spark_smote.spark.layout import Layout
from spark_smote.spark.survey import Survey
from spark_smote.strategy import Label


@dataclass(frozen=True)
class Prepared:
    """An over-sampler's work, ready to be done, and the figures for its plan.

    Parameters
    ----------
    tasks : mapping of class to Task
        The quota of each class after all.
    work : Work, optional
        None if no class has a quota.
    searches : mapping of class to ClassSearch
    seeds : mapping of class to int
        Rows that are seeds, where not all usable rows are.
    neighbourhood : ClassSearch, optional
        How the k nearest of all rows are searched.
    others : mapping of class to sequence of int
        Of each class whose rows were weighed by their m nearest rows, how many have 0 to m of other classes.
    """

    tasks: Mapping[int, Task]
    work: Work | None = None
    searches: Mapping[int, ClassSearch] = field(default_factory=dict)
    seeds: Mapping[int, int] = field(default_factory=dict)
    neighbourhood: ClassSearch | None = None
    others: Mapping[int, Sequence[int]] = field(default_factory=dict)


class OverSampler(Resampler, FeatureParams, HasIfBalanced):
    """Base of all over-samplers.

    Parameters
    ----------
    seed
        The same data and the same seed give the same rows, whatever the partitions, their order, or retries.
    samplingStrategy
        Number of rows that each class should have. A float (two classes only) is the wanted ratio of minority to
        majority rows; 'auto' and 'not majority' raise all classes to the size of the largest, 'minority' only the
        smallest, 'not minority' all but the smallest, 'all' every class; a dict gives the total rows of each class
        named; a callable takes the counts and returns such a dict.
    inheritCols
        Columns that a synthetic row copies from its seed; other columns that are not features are null in synthetic
        rows. If not set, columns that cannot be null are copied; if set, also to [], they must be listed.
    syntheticCol
        Name of a boolean column to add, true for synthetic rows.
    provenanceCol
        Name of a struct column to add with the ids of the seed and the neighbour, and the gap; needs ``idCol``.
    idCol
        Column that identifies a row, for ``provenanceCol``.
    bounds
        Smallest and largest values that may come out of numeric columns in ``inputCols``, a dict of column to a pair,
        with None for an open end: ``{'amount': (0, None)}``. A synthetic value beyond is set to the bound, after all
        else; rows of the input stay as they are. The plan names the columns of whole numbers, of shares and of amounts
        that are not negative whose observed range synthetic rows may leave, unless they have bounds.
    """

    seed = Parameter(INT, ANY_INTEGER, default=0)
    samplingStrategy = Parameter(
        STRATEGY,
        accepted_by(lambda value: strategy.check(as_dict(value)), "a strategy for over-sampling"),
        default="auto",
    )
    inheritCols = Parameter(STRS, COLUMNS)
    syntheticCol = Parameter(STR, COLUMN)
    provenanceCol = Parameter(STR, COLUMN)
    idCol = Parameter(STR, COLUMN)
    bounds = Parameter(BOUNDS, accepted_by(check_bounds, "a dict of columns and their smallest and largest values"))

    NOUN: ClassVar[str] = "class"
    """What the rows of a label are called in errors."""
    PLANNING_READS: ClassVar[Mapping[str, int]] = {"weigh": 3, "surroundings": 2, "clusters": 2}
    WRITING_READS = 2

    @abstractmethod
    def prepare(self, context: PlanningContext) -> Prepared:
        """Decide how to make the synthetic rows of the classes that have a quota; jobs may run.

        Raises
        ------
        SparkSmoteError
        """

    def makes_rows(self) -> bool:
        return True

    def looks_at_all(self) -> bool:
        """Whether rows of classes that do not grow have a say in what is made."""
        return True

    def extrapolates(self) -> bool:
        """Whether synthetic values may lie outside the range of the input's."""
        return False

    def neighbours(self, rows: int) -> int | None:
        """Neighbours that a seed draws from in a class of so many usable rows; None where these are too few."""
        return 0 if rows else None

    def quotas(self, context: PlanningContext) -> dict[Label, int]:
        """Rows to synthesise in each class.

        Raises
        ------
        StrategyError
        """
        if not context.quotas:
            asked, rows = as_dict(self.getOrDefault(self.samplingStrategy)), context.survey.rows
            context.quotas.update(resolved(strategy.resolve, asked, rows, self.getOrDefault(self.ifBalanced)))
        return context.quotas

    def decide(self, context: PlanningContext) -> Decision:
        wanted = self.quotas(context)
        context = replace(context, tasks=self._tasks(context.survey, wanted))
        prepared = self.prepare(context) if context.tasks else Prepared({})
        row = self.fingerprint(context.source.layout) if self.looks_at_all() else None
        asked = as_dict(self.getOrDefault(self.samplingStrategy))
        layout = context.source.layout
        told = (*self._inherited(layout), *told_ranges(layout, context.survey.ranges if context.tasks else {}))
        notes = self.note_balanced(asked, wanted) or told
        classes, seen = described(context, prepared), context.fingerprint(row)
        few = self.few(context.tasks, list(wanted.values()))
        return Decision(prepared.work, classes, seen, adds=True, notes=notes, others=prepared.others, too_few=few)

    def layout(self, df: DataFrame) -> Layout:
        self._check_params()
        names = Names(df)
        features, label = self.features(names), self.label(names)
        layout = Layout.find(
            names,
            label=label,
            features=features,
            groups=self.groups(names, label, features),
            inherit_cols=self.optional(self.inheritCols),
            id_col=self.optional(self.idCol),
            synthetic_col=self.optional(self.syntheticCol),
            provenance_col=self.optional(self.provenanceCol),
        )
        bounds = bounds_of(self, names, features)
        ranged = [
            place
            for place, column in features.scalars().items()
            if self.extrapolates() and place not in bounds and isinstance(column.dataType, NumericType)
        ]
        return replace(layout, weights=weights_of(self, names, features), bounds=bounds, ranged=ranged)

    def _inherited(self, layout: Layout) -> tuple[str, ...]:
        """A note of the columns that are inherited without having been asked for."""
        if self.isDefined(self.inheritCols) or not layout.inherited:
            return ()
        columns = ", ".join(repr(layout.schema[place].name) for place in layout.inherited)
        return (f"copied from the seed row, for they cannot be null: {columns} (set inheritCols to choose)",)

    def _tasks(self, survey: Survey, wanted: Mapping[Label, int]) -> dict[int, Task]:
        """The quota of each class, by the class's number; classes without one are left out."""
        tasks, pooled = {}, dict[Label, list[int]]()
        crowds = group_sizes(survey.valid) if is_grouped(survey.valid) else {}
        for number, label in enumerate(survey.rows):
            if wanted[label]:
                rows = survey.valid[label]
                k = self.neighbours(rows)
                if k is None or (crowds and crowds[label.group] <= self.company()):
                    treatment = self.treatment(rows)
                    if treatment == "error" and k is not None:
                        raise TooFewRowsError(
                            f"group {told(label.group)} has {crowds[label.group]} usable rows, too few to find "
                            f"{self.company()} nearest ones of each; set tooFew to 'copy' or 'leave', or lower that"
                        )
                    if treatment == "error":
                        of = "rows" if rows == survey.rows[label] else f"valid rows out of {survey.rows[label]}"
                        raise TooFewRowsError(f"{self.NOUN} {label!r} has {rows} {of}, {self._too_few(rows)}")
                    if treatment == "leave":
                        continue
                    k = 0
                    if treatment == "pool":
                        pooled.setdefault(label.label, []).append(number)
                if wanted[label] > LONGEST:
                    raise StrategyError(f"class {label!r}: {wanted[label]} rows to synthesise; at most 2^63 - 1 are")
                fingerprint = Fingerprint(rows, survey.fingerprints[label])
                key = class_key(self.getOrDefault(self.seed), label_of(label))
                tasks[number] = Task(number, rows, wanted[label], k, key, fingerprint, f"{self.NOUN} {label!r}")
        return tasks | self.in_pools(tasks, pooled)

    def company(self) -> int:
        """Rows of all classes that a group needs one more than, for the nearest of each to be found."""
        return 0

    def treatment(self, rows: int) -> str:
        """The treatment of a class with too few rows."""
        return "error"

    def in_pools(self, tasks: Mapping[int, Task], pooled: Mapping[Label, list[int]]) -> dict[int, Task]:
        """The tasks of these classes, by label, that find neighbours in pools."""
        return {}

    def few(self, tasks: Mapping[int, Task], wanted: Sequence[int]) -> dict[str, int]:
        """The number of classes with too few rows by their treatment, where that is no error."""
        return {}

    def _too_few(self, rows: int) -> str:
        """Why so many rows are too few, and what to do."""
        return "none to start from; drop the class, or leave it out of samplingStrategy"


def described(context: PlanningContext, prepared: Prepared) -> tuple[ClassPlan, ...]:
    """The plan of each class, of the figures of the work."""
    near = prepared.neighbourhood or ClassSearch()
    figures: dict[int, dict[str, Any]] = {
        number: {
            "seeds": prepared.seeds.get(number, context.valid(number)),
            **near.around(),
        }
        for number in context.tasks
    }
    for number, task in prepared.tasks.items():
        search = prepared.searches.get(number, ClassSearch())
        figures[number] |= {
            "to_synthesise": task.total,
            "neighbours": task.k,
            **vars(search),
            "worker_bytes": max(near.worker_bytes, search.worker_bytes),
        }
    return context.classes(figures)
