"""The parameters that several samplers share, and the conversions of strategies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from pyspark.ml.param import Params

from spark_smote import strategy
from spark_smote.core.column_params import WEIGHTS, check_weights
from spark_smote.core.parameter import (
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
    Constraint,
    Kind,
    Parameter,
    accepted_by,
    at_least,
    integers,
    one_of,
)
from spark_smote.errors import ParameterError
from spark_smote.search.memory import is_size
from spark_smote.spark.staging import Staging, staging


def as_pairs(value: Any) -> Any:
    """A dict by class as a list of pairs, whose keys keep their types when the sampler is saved as JSON."""
    value = as_dict(value)
    if isinstance(value, Mapping):
        return [[plain(label), plain(number)] for label, number in value.items()]
    return plain(value)


def as_dict(value: Any) -> Any:
    """A list of pairs as a dict again."""
    pairs = isinstance(value, list) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value)
    return dict(value) if pairs else value


def plain(value: Any) -> Any:
    """A NumPy scalar as Python's own."""
    return value.item() if hasattr(value, "item") else value


STRATEGY = Kind[Any](
    float | str | Mapping[Any, int] | Callable[[dict[Any, int]], Mapping[Any, int]],
    "float, str, dict or callable",
    as_pairs,
    as_dict,
)


class StagingParams(Params):
    """Parameters of all that reads rows several times.

    Parameters
    ----------
    stagingPath
        Folder in which to keep rows that are read several times, in place of Spark's cache: for platforms without one,
        as serverless ones. They are written once, as Parquet, to a new folder below, and removed as soon as the plan or
        the model is made, also if that fails; rows that the result needs (``persistInput``, more than a million rows to
        remove) by the plan's ``release()`` or when Python ends. Spark writes there, and this process removes: the
        folder is local, mounted, or in a store that fsspec reaches. Without it, where nothing is cached, the same rows
        are read again.
    stagingTable
        As ``stagingPath``, for new tables: a name such as ``catalog.database.table``, to which each new table's name
        adds an underscore and a unique end. They are made by ``saveAsTable`` and dropped.
    """

    stagingPath = Parameter(STR, accepted_by(lambda value: staging(value, None), "the path of a folder"))
    stagingTable = Parameter(STR, accepted_by(lambda value: staging(None, value), "the name of a table"))

    def _staging(self) -> Staging | None:
        """The place that one of the two names, if any.

        Raises
        ------
        ParameterError
            Both are set.
        """
        named = (self.stagingPath, self.stagingTable)
        return staging(*(self.getOrDefault(one) if self.isDefined(one) else None for one in named))


def _to_size(value: Any) -> str | int:
    value = plain(value)
    if isinstance(value, str) or type(value) is int:
        return value
    raise TypeError(f"must be a size such as '1g' or '512m', or a number of bytes, not {value!r}")


SIZE = Kind[Any](str | int, "str or int", _to_size)


class FeatureParams(Params):
    """Parameters of samplers that use the features.

    Parameters
    ----------
    inputCols
        Feature columns: any mix of byte, short, int, long, float, double, decimal, boolean, date and timestamp. Dates
        count as days, timestamps as seconds, booleans as 0 and 1. Synthetic values return in the column's own type,
        rounded to the nearest and clipped to its range. Distances are in double precision; values that a double does
        not hold, such as longs beyond 2^53, are interpolated from the seed in their own arithmetic.
    featuresCol
        One vector, array<float> or array<double> column, used if ``inputCols`` is not given. Synthetic vectors are
        dense.
    maxWorkerMemory
        Memory that a Python worker may take with its interpreter and libraries, such as '1g' or '512m', or a number of
        bytes. The rows that it holds at once are chosen so that its bound, which :meth:`plan` tells, stays below; what
        cannot is refused. Exact search makes the same rows whatever it is; LSH search may make others, and with 'auto'
        a class that does not fit is searched by LSH. If not set, the rows are bounded by 512 MiB.
    """

    inputCols = Parameter(STRS, COLUMNS)
    featuresCol = Parameter(STR, COLUMN, default="features")
    maxWorkerMemory = Parameter(SIZE, Constraint("a size such as '1g' or '512m', or a number of bytes", is_size))


class HasHandleInvalid(Params):
    """Parameter of all samplers.

    Parameters
    ----------
    handleInvalid
        What to do with rows with a null, NaN or infinite feature or a null label: 'error' fails and names them, 'skip'
        passes them through without a part in the resampling. They count as rows of their class. 'keep' lets rows with
        missing features (null or NaN) take part, in samplers that only compare rows with one another: the distance is
        that over the features that two rows share, see ``docs/choosing.md``. Rows without any value pass through;
        infinite features and null labels are errors.
    """

    handleInvalid = Parameter(STR, one_of("error", "skip", "keep"), default="error")

    KEEPS: ClassVar[bool] = False
    """Whether rows with missing features can take part: in methods that need whole vectors they cannot."""

    def keeps(self) -> bool:
        """Whether rows with missing features take part."""
        return bool(self.getOrDefault(self.handleInvalid) == "keep")

    def check_kept(self) -> None:
        """Refuse rows with missing features where the sampler cannot keep them.

        Raises
        ------
        ParameterError
        """
        if self.keeps() and not self.KEEPS:
            raise ParameterError(
                f"handleInvalid='keep': {type(self).__name__} needs every feature of a row; impute missing values "
                "first, as with pyspark.ml.feature.Imputer, or set 'skip' to pass such rows through untouched"
            )


def refuse_set(sampler: Params, names: Iterable[str], reason: str) -> None:
    """Refuse parameters that a sampler inherits and cannot use, where they are set to other values than their defaults.

    Raises
    ------
    ParameterError
    """
    for name in names:
        param = sampler.getParam(name) if sampler.hasParam(name) else None
        default = sampler._defaultParamMap.get(param) if param else None
        if param and sampler.isSet(param) and sampler.getOrDefault(param) != default:
            raise ParameterError(f"{name}: {type(sampler).__name__} cannot use it, for {reason}; leave it out")


class HasIfBalanced(Params):
    """Parameter of samplers that bring classes to a wanted size.

    Parameters
    ----------
    ifBalanced
        Whether to fail or to pass if ``samplingStrategy`` is a ratio that the two classes have reached already. 'pass'
        leaves the classes as they are, and the plan says so. The default is 'pass' for samplers in a job, in
        ``Resampled`` and in ``compare``, whose data or folds may be balanced enough by chance.
    """

    ifBalanced = Parameter(STR, one_of("error", "pass"), default="error")

    def note_balanced(self, strategy: Any, changes: Mapping[Any, int]) -> tuple[str, ...]:
        """A note that a ratio asks for no row to be added or removed."""
        if not isinstance(strategy, float | int) or any(changes.values()):
            return ()
        return (f"nothing to do: the classes are at the ratio {strategy} already (ifBalanced='pass')",)


class UnderSamplingParams(HasIfBalanced):
    """Parameters of under-samplers that reduce classes to a wanted size.

    Parameters
    ----------
    samplingStrategy
        Number of rows that each class keeps. A float (two classes only) is the wanted ratio of minority to majority
        rows; 'auto' and 'not minority' reduce all classes to the size of the smallest, 'majority' only the largest,
        'not majority' all but the largest, 'all' every class; a dict gives the rows to keep of each class named; a
        callable takes the counts and returns such a dict.
    """

    samplingStrategy = Parameter(
        STRATEGY,
        accepted_by(lambda value: strategy.check_under(as_dict(value)), "a strategy for under-sampling"),
        default="auto",
    )


class HasKNeighbors(Params):
    """Parameter of samplers that draw neighbours of the same class.

    Parameters
    ----------
    kNeighbors
        Number of nearest neighbours of the same class to draw from, at least 1.
    """

    kNeighbors = Parameter(INT, at_least(1), default=5)


class HasMNeighbors(Params):
    """Parameter of samplers that look at the nearest rows of all classes.

    Parameters
    ----------
    mNeighbors
        Number of nearest rows of all classes that decide how a row is used, at least 1.
    """

    mNeighbors = Parameter(INT, at_least(1), default=10)


class HasKindSel(Params):
    """Parameter of cleaners whose k nearest rows vote.

    Parameters
    ----------
    kindSel
        'all' keeps a row if all of its nearest rows are of its class, 'mode' if its class is the most frequent among
        them; of equally frequent classes the first in sorted order counts.
    """

    kindSel = Parameter(STR, one_of("all", "mode"), default="all")


class HasFeatureWeights(Params):
    """Parameter of samplers for which distances matter.

    Parameters
    ----------
    featureWeights
        Weights of columns in the squared distance, a dict of column to number: ``sum(w * (x - y) ** 2)``, as the
        ``metric_params={'w': w}`` of scikit-learn's NearestNeighbors; columns not named weigh 1, and one that weighs 0
        does not count. With ``standardization`` x and y are in standard deviations. A category counts w times as much
        as without a weight. Synthetic values are interpolated as ever. The numbers in ``featuresCol`` have no names,
        and cannot be weighed: use ``inputCols``.
    """

    MOVES_BY_DISTANCE: ClassVar[bool] = False
    """Whether a synthetic row lies at a distance from a row, so that no column may weigh 0."""

    featureWeights = Parameter(WEIGHTS, accepted_by(check_weights, "a dict of columns and their weights"))


class HasMetric(Params):
    """Parameter of samplers and cleaners that ask only who is nearest.

    Those without it rest on Euclidean distance, by clusters, spheres, densities, support vectors, or means of
    distances; SMOTENC and SMOTEN have distances of their own.

    Parameters
    ----------
    metric
        Distance of two rows: 'euclidean'; 'cosine', by the angle between them (a row of zeros is at a right angle to
        every other); or 'manhattan', the sum of absolute differences, with ``neighborSearch='exact'`` only, because
        nothing tells LSH cells how far they lie apart by it. The distance of 'cosine' is the Euclidean one of rows of
        length 1, ``sqrt(2 - 2 * cos)``, so LSH keeps its ``recallTarget``. ``standardization`` and ``featureWeights``
        come first: 'cosine' takes the angle of rows in these units, and for 'manhattan' the weights multiply absolute
        differences, as ``metric='minkowski', p=1, metric_params={'w': w}`` of scikit-learn's NearestNeighbors. With
        another one than 'euclidean', sparse vectors become dense.
    """

    metric = Parameter(STR, one_of("euclidean", "manhattan", "cosine"), default="euclidean")

    def check_metric(self) -> None:
        """Refuse a metric for which the search cannot keep its promises.

        Raises
        ------
        ParameterError
        """
        metric, search = self.getOrDefault(self.metric), self.getOrDefault("neighborSearch")
        if metric != "euclidean" and self.getOrDefault("handleInvalid") == "keep":
            raise ParameterError(
                f"metric={metric!r}: handleInvalid='keep' compares shared features by Euclidean distance only; set "
                "metric='euclidean', or impute missing values first"
            )
        if metric == "manhattan" and search != "exact":
            raise ParameterError(
                f"metric='manhattan' is searched exactly only, and neighborSearch is {search!r}; set "
                "neighborSearch='exact', or take metric='euclidean' or 'cosine'"
            )


class SearchParams(HasFeatureWeights):
    """Parameters of samplers that search for nearest rows.

    Parameters
    ----------
    neighborSearch
        Exact search compares each row with its whole class and suits classes up to about 50,000 rows; LSH search
        compares it with the rows of its cell, see ``recallTarget``. 'auto' decides for each class.
    recallTarget
        Share of the true nearest neighbours that LSH search should find, on (0, 1]. :meth:`plan` returns the share
        that was measured.
    standardization
        Whether distance is measured in units of each feature's standard deviation over all rows.
    bucketLength
        For experts: LSH bucket length in units of distance; if not set, it is derived from the data.
    numHashTables
        For experts: number of LSH functions; if not set, it is derived from the number of features.
    cellRows
        For experts: target number of rows in an LSH cell; if not set, it is derived from the number of rows.
    """

    neighborSearch = Parameter(STR, one_of("auto", "exact", "lsh"), default="auto")
    recallTarget = Parameter(FLOAT, POSITIVE_SHARE, default=0.95)
    standardization = Parameter(BOOL, TRUE_OR_FALSE, default=False)
    bucketLength = Parameter(FLOAT, POSITIVE)
    numHashTables = Parameter(INT, integers(1, 256))
    cellRows = Parameter(INT, at_least(100))
