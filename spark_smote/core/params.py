"""Parameters that several samplers share, as Spark ML params."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasFeaturesCol, HasHandleInvalid, HasInputCols, HasLabelCol, HasSeed

from spark_smote import strategy
from spark_smote.errors import ParameterError

SEARCHES = ("auto", "exact", "lsh")
INVALID = ("error", "skip")
KINDS = ("borderline-1", "borderline-2")
FALLBACKS = ("none", "smote")
SELECTIONS = ("all", "mode")


class ResamplerParams(HasLabelCol, HasHandleInvalid):
    """What every sampler and cleaner takes."""

    persistInput: Param[bool] = Param(
        Params._dummy(),
        "persistInput",
        "whether to keep the input's rows as they are now, in memory and on disk, as long as the result needs them",
        TypeConverters.toBoolean,
    )

    def optional(self, param: Param[Any]) -> Any:
        """A param's value, None where it has none."""
        return self.getOrDefault(param) if self.isDefined(param) else None


class FeatureParams(HasFeaturesCol, HasInputCols):
    """What those take that look at the features."""


class SamplerParams(ResamplerParams, FeatureParams, HasSeed):
    """What every over-sampler takes."""

    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "how many rows each class shall have: a ratio for two classes, 'auto', 'minority', 'not minority', "
        "'not majority', 'all', a dict of totals, or a callable on the counts that returns one",
        typeConverter=lambda value: _to_strategy(value, strategy.check),
    )
    inheritCols: Param[list[str]] = Param(
        Params._dummy(),
        "inheritCols",
        "columns that a synthetic row copies from its seed row; columns that are neither features nor the label nor "
        "listed here are null in synthetic rows",
        typeConverter=TypeConverters.toListString,
    )
    syntheticCol: Param[str] = Param(
        Params._dummy(),
        "syntheticCol",
        "name of a boolean column to add that tells synthetic rows",
        TypeConverters.toString,
    )
    idCol: Param[str] = Param(
        Params._dummy(), "idCol", "column that identifies a row, for provenanceCol", TypeConverters.toString
    )
    provenanceCol: Param[str] = Param(
        Params._dummy(),
        "provenanceCol",
        "name of a struct column to add with the seed row's and the neighbour's id and the gap; needs idCol",
        TypeConverters.toString,
    )

    def getSamplingStrategy(self) -> Any:
        """The sampling strategy, a dict of totals as a dict."""
        return _as_dict(self.getOrDefault(self.samplingStrategy))


class UnderSamplingParams(Params):
    """What under-samplers take that bring classes down to a wanted size."""

    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "how many rows each class shall keep: a ratio for two classes, 'auto', 'majority', 'not minority', "
        "'not majority', 'all', a dict of totals, or a callable on the counts that returns one",
        typeConverter=lambda value: _to_strategy(value, strategy.check_under),
    )
    DOCS: ClassVar[dict[str, str]] = {
        "samplingStrategy": """\
samplingStrategy : float, str, dict or callable, default {}
    A float (two classes only) is the wanted ratio of minority to majority rows; 'auto' and 'not minority' bring all
    classes down to the smallest, 'majority' only the largest, 'not majority' all but the largest, 'all' every class;
    a dict gives the rows to keep of each class named; a callable is given the counts and returns such a dict."""
    }

    def getSamplingStrategy(self) -> Any:
        """The sampling strategy, a dict of totals as a dict."""
        return _as_dict(self.getOrDefault(self.samplingStrategy))


class CleaningParams(Params):
    """What cleaners take, which find out themselves how many rows go."""

    samplingStrategy: Param[Any] = Param(
        Params._dummy(),
        "samplingStrategy",
        "which classes to clean: 'auto', 'majority', 'not minority', 'not majority', 'all', or a list of classes",
        typeConverter=lambda value: _to_targets(value),
    )
    allowEmptyClasses: Param[bool] = Param(
        Params._dummy(),
        "allowEmptyClasses",
        "whether a class may lose its last row, rather than fail",
        TypeConverters.toBoolean,
    )
    DOCS: ClassVar[dict[str, str]] = {
        "samplingStrategy": """\
samplingStrategy : str or list, default {}
    Which classes to clean: 'auto' and 'not minority' all but the smallest, 'majority' only the largest,
    'not majority' all but the largest, 'all' every class; a list names them."""
    }

    def getSamplingStrategy(self) -> Any:
        """The sampling strategy."""
        return self.getOrDefault(self.samplingStrategy)


class SearchParams(Params):
    """What every sampler that looks for neighbours takes."""

    neighborSearch: Param[str] = Param(
        Params._dummy(),
        "neighborSearch",
        "'exact', 'lsh', or 'auto': exact for classes up to about 50,000 rows",
        TypeConverters.toString,
    )
    recallTarget: Param[float] = Param(
        Params._dummy(),
        "recallTarget",
        "share of the true nearest neighbours that LSH search shall find, on (0, 1]; the halo is made as wide as "
        "it takes, within bounds of memory",
        TypeConverters.toFloat,
    )
    standardization: Param[bool] = Param(
        Params._dummy(),
        "standardization",
        "measure distance in units of each feature's standard deviation over all rows",
        TypeConverters.toBoolean,
    )
    bucketLength: Param[float] = Param(
        Params._dummy(),
        "bucketLength",
        "for experts: LSH bucket length; derived from the data unless set",
        TypeConverters.toFloat,
    )
    numHashTables: Param[int] = Param(
        Params._dummy(),
        "numHashTables",
        "for experts: number of LSH functions; derived from the number of features unless set",
        TypeConverters.toInt,
    )
    cellRows: Param[int] = Param(
        Params._dummy(), "cellRows", "for experts: rows that an LSH cell should have", TypeConverters.toInt
    )


class HasNNeighbors(Params):
    """Nearest rows that a cleaner asks."""

    nNeighbors: Param[int] = Param(
        Params._dummy(), "nNeighbors", "number of nearest rows that are asked, at least 1", TypeConverters.toInt
    )


class HasKindSel(Params):
    """How they decide."""

    kindSel: Param[str] = Param(
        Params._dummy(),
        "kindSel",
        "'all' keeps a row if all of its nearest are of its class, 'mode' if most are",
        TypeConverters.toString,
    )


class ShrinkParams(Params):
    """What samplers that walk towards a neighbour of the same class take."""

    shrinkK: Param[bool] = Param(
        Params._dummy(),
        "shrinkK",
        "use all other rows as neighbours in a class with fewer rows than the neighbours to draw from need (2 at "
        "least), rather than fail",
        TypeConverters.toBoolean,
    )


class HasKNeighbors(Params):
    """Neighbours of the same class."""

    kNeighbors: Param[int] = Param(
        Params._dummy(),
        "kNeighbors",
        "number of nearest neighbours of the same class, at least 1",
        TypeConverters.toInt,
    )


class HasCategoricalCols(Params):
    """Columns of categories."""

    categoricalCols: Param[list[str]] = Param(
        Params._dummy(),
        "categoricalCols",
        "categorical columns: strings, booleans or whole numbers, whose synthetic values are copied from real rows",
        typeConverter=TypeConverters.toListString,
    )


class HasMNeighbors(Params):
    """Nearest rows of all classes."""

    mNeighbors: Param[int] = Param(
        Params._dummy(),
        "mNeighbors",
        "number of nearest rows, whatever their class, that tell how a row is surrounded, at least 1",
        TypeConverters.toInt,
    )


def _number(least: float, most: float = float("inf")) -> Callable[[Any], bool]:
    return lambda value: least <= value <= most


_AT_LEAST_1 = (_number(1), "an integer of 1 or more")
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "neighborSearch": (lambda v: v in SEARCHES, f"one of {', '.join(map(repr, SEARCHES))}"),
    "handleInvalid": (lambda v: v in INVALID, f"one of {', '.join(map(repr, INVALID))}"),
    "kNeighbors": _AT_LEAST_1,
    "mNeighbors": _AT_LEAST_1,
    "nNeighbors": _AT_LEAST_1,
    "recallTarget": (lambda v: 0 < v <= 1, "a number on (0, 1]"),
    "bucketLength": (lambda v: 0 < v < float("inf"), "a positive number"),
    "numHashTables": (_number(1, 256), "an integer from 1 to 256"),
    "cellRows": (_number(100), "an integer of 100 or more"),
    "kind": (lambda v: v in KINDS, f"one of {', '.join(map(repr, KINDS))}"),
    "fallback": (lambda v: v in FALLBACKS, f"one of {', '.join(map(repr, FALLBACKS))}"),
    "outStep": (lambda v: 0 < v < float("inf"), "a positive number"),
    "numClusters": (_number(2), "an integer of 2 or more"),
    "clusterBalanceThreshold": (_number(0, 1), "a number from 0 to 1"),
    "densityExponent": (lambda v: 0 <= v < float("inf"), "a number of 0 or more"),
    "rejectionLevel": (_number(0, 1), "a number from 0 to 1"),
    "candidates": (_number(1, 100), "an integer from 1 to 100"),
    "kindSel": (lambda v: v in SELECTIONS, f"one of {', '.join(map(repr, SELECTIONS))}"),
    "maxIter": _AT_LEAST_1,
    "thresholdCleaning": (lambda v: 0 < v < float("inf"), "a positive number"),
    "version": (lambda v: v in (1, 2, 3), "1, 2 or 3"),
    "nNeighborsVer3": _AT_LEAST_1,
}


def convert(params: Params, name: str, value: Any) -> Any:
    """The value as the parameter keeps it, or the reason why it cannot.

    Raises
    ------
    ParameterError
        For a parameter that there is not, and for a value that is wrong whatever the data.
    """
    if not params.hasParam(name):
        known = ", ".join(param.name for param in params.params)
        raise ParameterError(f"{type(params).__name__} has no parameter {name!r}; it has {known}")
    converter = params.getParam(name).typeConverter
    if converter is TypeConverters.toListString:
        value = _to_names(name, value)
    try:
        converted = converter(value)
    except TypeError as error:
        raise ParameterError(f"{name}: {error}") from error
    check(name, converted)
    return converted


def _to_names(name: str, value: Any) -> Any:
    """A list of strings, of an array or a pandas Index too."""
    listed = value.tolist() if type(value).__module__.partition(".")[0] in ("numpy", "pandas") else value
    if isinstance(listed, list | tuple) and all(isinstance(one, str) for one in listed):
        return list(listed)
    shown = [listed] if isinstance(listed, str) else ["amount", "age"]
    raise ParameterError(f"{name} must be a list of column names, such as {shown}, not {value!r}")


def check(name: str, value: Any) -> None:
    """Refuse a value that is wrong whatever the data.

    Raises
    ------
    ParameterError
        Names the parameter, its value and what is allowed.
    """
    allowed, description = _RULES.get(name, (lambda v: True, ""))
    if not allowed(value):
        raise ParameterError(f"{name} must be {description}, not {value!r}")


def as_pairs(value: Any) -> Any:
    """A dict by class as a list of pairs, whose keys keep their types when the sampler is saved as JSON."""
    if isinstance(value, list) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value):
        value = dict(value)
    if isinstance(value, Mapping):
        return [[_plain(label), _plain(number)] for label, number in value.items()]
    return _plain(value)


def _to_strategy(value: Any, check: Callable[[Any], None]) -> Any:
    """Checked; a dict as a list of pairs."""
    pairs = as_pairs(value)
    check(dict(pairs) if isinstance(pairs, list) and pairs is not value else value)
    return pairs


def _as_dict(value: Any) -> Any:
    """A list of pairs as a dict again."""
    return dict(value) if isinstance(value, list) else value


def _to_targets(value: Any) -> Any:
    """Checked; a list of classes as a list of Python's own values."""
    listed = isinstance(value, list | tuple | set | frozenset)
    targets = [_plain(label) for label in value] if listed else value
    strategy.check_targets(targets)
    return targets


def _plain(value: Any) -> Any:
    """A NumPy scalar as Python's own."""
    return value.item() if hasattr(value, "item") else value
