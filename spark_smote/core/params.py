"""The parameters that several samplers share; those of one sampler alone stand in its own file.

Their order here is their order in docstrings and signatures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyspark.ml.param import Param, Params
from pyspark.ml.param.shared import HasFeaturesCol, HasHandleInvalid, HasInputCols, HasLabelCol, HasSeed

from spark_smote import strategy
from spark_smote.core.parameter import (
    ANY_INTEGER,
    BOOL,
    COLUMN,
    COLUMNS,
    FLOAT,
    INT,
    POSITIVE,
    POSITIVE_SHARE,
    STR,
    STRS,
    TRUE_OR_FALSE,
    Kind,
    Parameter,
    accepted_by,
    at_least,
    integers,
    one_of,
)


def as_pairs(value: Any) -> Any:
    """A dict by class as a list of pairs, whose keys keep their types when the sampler is saved as JSON."""
    value = as_dict(value)
    if isinstance(value, Mapping):
        return [[_plain(label), _plain(number)] for label, number in value.items()]
    return _plain(value)


def as_dict(value: Any) -> Any:
    """A list of pairs as a dict again."""
    pairs = isinstance(value, list) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value)
    return dict(value) if pairs else value


def _as_targets(value: Any) -> Any:
    """A list of classes as a list of Python's own values."""
    listed = isinstance(value, list | tuple | set | frozenset)
    return [_plain(label) for label in value] if listed else value


def _plain(value: Any) -> Any:
    """A NumPy scalar as Python's own."""
    return value.item() if hasattr(value, "item") else value


_STRATEGY = Kind[Any](
    float | str | Mapping[Any, int] | Callable[[dict[Any, int]], Mapping[Any, int]],
    "float, str, dict or callable",
    as_pairs,
)
_AT_LEAST_1 = at_least(1)


class FeatureParams(HasFeaturesCol, HasInputCols):
    """What those take that look at the features."""

    inputCols = Parameter(
        STRS,
        COLUMNS,
        "Feature columns: any mix of byte, short, int, long, float, double, decimal, boolean, date and timestamp. "
        "Dates count as days, timestamps as seconds, booleans as 0 and 1. Synthetic values return in the column's own "
        "type, rounded to the nearest and clipped to its range. Distances are in double precision; values that a "
        "double does not hold, such as longs beyond 2^53, are interpolated from the seed in their own arithmetic.",
    )
    featuresCol = Parameter(
        STR,
        COLUMN,
        "One vector, array<float> or array<double> column, where ``inputCols`` is not given. Synthetic vectors are "
        "dense.",
        default="features",
    )


class HasCategoricalCols(Params):
    """Columns of categories."""

    categoricalCols = Parameter(
        STRS,
        COLUMNS,
        "Categorical columns, at least one: any mix of strings, booleans and whole numbers, also whole numbers of type "
        "double, as StringIndexer gives them. Null is a category of its own. Synthetic values are copied from real "
        "rows, so none is new, whatever the number of categories.",
    )


class ResamplerParams(HasLabelCol, HasHandleInvalid):
    """What every sampler and cleaner takes."""

    labelCol = Parameter(STR, COLUMN, "Integer, double, string or boolean.", default="label")
    handleInvalid = Parameter(
        STR,
        one_of("error", "skip"),
        "What to do with rows with a null, NaN or infinite feature or a null label: fail, naming them, or pass them "
        "through without a part in the resampling. They count as rows of their class.",
        default="error",
    )
    persistInput = Parameter(
        BOOL,
        TRUE_OR_FALSE,
        "Whether to take the input's rows as they are now, by Spark's local checkpoint (memory, then disk), and to "
        "read these only: for an input that may change, or would be another when read again. They are kept as long as "
        "the plan, the result or anything made of it is in use; if an executor is lost with its part of them, the job "
        "fails. Without it, an input that is found changed is an error, see ``docs/design.md``.",
        default=False,
    )

    def optional(self, param: Param[Any]) -> Any:
        """A param's value, None where it has none."""
        return self.getOrDefault(param) if self.isDefined(param) else None


class SeedParams(HasSeed):
    """What those take that draw."""

    seed = Parameter(
        INT,
        ANY_INTEGER,
        "Same data and same seed give the same rows, whatever the partitions, their order, or retries.",
        default=0,
    )


class HasIfBalanced(Params):
    """What to do where there is nothing to do."""

    ifBalanced = Parameter(
        STR,
        one_of("error", "pass"),
        "What to do if ``samplingStrategy`` is a ratio and the two classes are at it already: fail, or leave them as "
        "they are, which the plan says. The default is 'pass' for samplers in a job, in ``Resampled`` and in "
        "``compare``, whose data or folds may be balanced enough by chance.",
        default="error",
    )

    def note_balanced(self, strategy: Any, changes: Mapping[Any, int]) -> tuple[str, ...]:
        """A note that a ratio asks for no row to be added or removed."""
        if not isinstance(strategy, float | int) or any(changes.values()):
            return ()
        return (f"nothing to do: the classes are at the ratio {strategy} already (ifBalanced='pass')",)


class SamplerParams(ResamplerParams, FeatureParams, SeedParams, HasIfBalanced):
    """What every over-sampler takes."""

    samplingStrategy = Parameter(
        _STRATEGY,
        accepted_by(lambda value: strategy.check(as_dict(value)), "a strategy for over-sampling"),
        "How many rows each class shall have. A float (two classes only) is the wanted ratio of minority to majority "
        "rows; 'auto' and 'not majority' bring all classes up to the largest, 'minority' only the smallest, 'not "
        "minority' all but the smallest, 'all' every class; a dict gives the total rows of each class named; a "
        "callable is given the counts and returns such a dict.",
        default="auto",
    )
    inheritCols = Parameter(
        STRS,
        COLUMNS,
        "Columns that a synthetic row copies from its seed; others that are not features are null there. If not set, "
        "those that cannot be null are copied; if set, also to [], those must be listed.",
    )
    syntheticCol = Parameter(STR, COLUMN, "Name of a boolean column to add, true for synthetic rows.")
    provenanceCol = Parameter(
        STR,
        COLUMN,
        "Name of a struct column to add with the ids of the seed and the neighbour, and the gap; needs ``idCol``.",
    )
    idCol = Parameter(STR, COLUMN, "Column that identifies a row, for ``provenanceCol``.")

    def getSamplingStrategy(self) -> Any:
        """The sampling strategy, a dict of totals as a dict."""
        return as_dict(self.getOrDefault(self.samplingStrategy))


class UnderSamplingParams(HasIfBalanced):
    """What under-samplers take that bring classes down to a wanted size."""

    samplingStrategy = Parameter(
        _STRATEGY,
        accepted_by(lambda value: strategy.check_under(as_dict(value)), "a strategy for under-sampling"),
        "How many rows each class shall keep. A float (two classes only) is the wanted ratio of minority to majority "
        "rows; 'auto' and 'not minority' bring all classes down to the smallest, 'majority' only the largest, 'not "
        "majority' all but the largest, 'all' every class; a dict gives the rows to keep of each class named; a "
        "callable is given the counts and returns such a dict.",
        default="auto",
    )

    def getSamplingStrategy(self) -> Any:
        """The sampling strategy, a dict of totals as a dict."""
        return as_dict(self.getOrDefault(self.samplingStrategy))


class CleaningParams(Params):
    """What cleaners take, which find out themselves how many rows go."""

    samplingStrategy = Parameter(
        Kind[Any](str | list[Any], "str or list", _as_targets),
        accepted_by(strategy.check_targets, "classes to clean"),
        "Which classes to clean: 'auto' and 'not minority' all but the smallest, 'majority' only the largest, 'not "
        "majority' all but the largest, 'all' every class; a list names them.",
        default="auto",
    )
    allowEmptyClasses = Parameter(
        BOOL, TRUE_OR_FALSE, "Whether a class may lose its last row; an error otherwise.", default=False
    )


class HasKNeighbors(Params):
    """Neighbours of the same class."""

    kNeighbors = Parameter(
        INT, _AT_LEAST_1, "Number of nearest neighbours of the same class to draw from, at least 1.", default=5
    )


class HasNNeighbors(Params):
    """Nearest rows that a cleaner asks."""

    nNeighbors = Parameter(
        INT,
        _AT_LEAST_1,
        "Number of nearest rows, whatever their class, that are asked, at least 1. Of equally near rows those with the "
        "smaller content hash count as nearer, and of rows with equal features those of the row's own class.",
        default=3,
    )


class HasKindSel(Params):
    """How they decide."""

    kindSel = Parameter(
        STR,
        one_of("all", "mode"),
        "'all' keeps a row if all of its nearest are of its class, 'mode' if its class is the most frequent among "
        "them, of equally frequent ones the first in sorted order.",
        default="all",
    )


class HasMNeighbors(Params):
    """Nearest rows of all classes."""

    mNeighbors = Parameter(
        INT,
        _AT_LEAST_1,
        "Number of nearest rows, whatever their class, that tell how a row is surrounded, at least 1.",
        default=10,
    )


class ShrinkParams(Params):
    """What samplers that walk towards a neighbour of the same class take."""

    shrinkK = Parameter(
        BOOL,
        TRUE_OR_FALSE,
        "Whether a class with fewer rows than the neighbours to draw from need uses what there is (2 rows at least) "
        "rather than fail.",
        default=False,
    )


class SearchParams(Params):
    """What every sampler that looks for neighbours takes."""

    neighborSearch = Parameter(
        STR,
        one_of("auto", "exact", "lsh"),
        "Exact search compares each row with its whole class and suits classes up to about 50,000 rows; LSH search "
        "compares it with the rows of its cell, see ``recallTarget``. 'auto' decides for each class.",
        default="auto",
    )
    recallTarget = Parameter(
        FLOAT,
        POSITIVE_SHARE,
        "Share of the true nearest neighbours that LSH search shall find, on (0, 1]. :meth:`plan` tells what it "
        "measured.",
        default=0.95,
    )
    standardization = Parameter(
        BOOL,
        TRUE_OR_FALSE,
        "Whether distance is measured in units of each feature's standard deviation over all rows.",
        default=False,
    )
    bucketLength = Parameter(
        FLOAT,
        POSITIVE,
        "For experts: LSH bucket length in units of distance, derived from the data where not set.",
    )
    numHashTables = Parameter(
        INT,
        integers(1, 256),
        "For experts: number of LSH functions, derived from the number of features where not set.",
    )
    cellRows = Parameter(
        INT, at_least(100), "For experts: rows that an LSH cell should have, derived from the rows where not set."
    )
