"""The errors that spark_smote raises: one root class, and one class for each cause.

Each message names the column, class or value at fault and the remedy. All are raised before any heavy job, but
:class:`EmptyClassError` and :class:`NoSeedsError`, which may come after a whole search for the k nearest of all rows,
:class:`WriteError`, and :class:`ChangedInputError`: these say what nobody could know before.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SparkSmoteError(Exception):
    """Root of all errors of this package."""


class ParameterError(SparkSmoteError, ValueError):
    """The value of a parameter is not allowed, independent of the data."""


class MethodError(SparkSmoteError, AttributeError):
    """A method of Spark ML or scikit-learn that samplers do not have: they resample rows, and have no model."""


class ColumnError(SparkSmoteError, ValueError):
    """A named column is missing, ambiguous, listed twice, or of a type that cannot play its role."""


class InvalidDataError(SparkSmoteError, ValueError):
    """Feature or label values cannot be used: null, NaN, infinite, or vectors of different lengths."""


class ClassError(SparkSmoteError, ValueError):
    """The classes found in the data cannot be resampled: there are none, only one, or far too many."""


class StrategyError(SparkSmoteError, ValueError):
    """The sampling strategy does not fit the classes found in the data."""


class TooFewRowsError(SparkSmoteError, ValueError):
    """A class has too few rows for the number of neighbours asked for."""


class NoSeedsError(SparkSmoteError, ValueError):
    """The sampler finds no seed row in a class."""


class EmptyClassError(SparkSmoteError, ValueError):
    """A cleaner would remove the last row of a class; raised after its whole search, for only the outcome tells."""


class ChangedInputError(SparkSmoteError, RuntimeError):
    """The input changed between two passes over it.

    If the change is found while Spark computes the result, the error is the cause of an error of Spark.
    """

    @classmethod
    def of(cls, found: str) -> ChangedInputError:
        """Builds the error.

        Parameters
        ----------
        found : str
            The difference between the two passes.

        Examples
        --------
        >>> print(str(ChangedInputError.of("class 1 has 9 rows in place of 10")).partition("; ")[0])
        the input changed between two passes over it: class 1 has 9 rows in place of 10
        """
        return cls(
            f"the input changed between two passes over it: {found}; persist it before resampling, or set "
            "persistInput=True"
        )


class ConfigError(SparkSmoteError, ValueError):
    """The configuration file of a job is wrong; the message names the file, the key and the line."""


class PlanError(SparkSmoteError, ValueError):
    """A plan cannot be saved, or a file holds none that this version can load."""


class WriteError(SparkSmoteError, RuntimeError):
    """The rows written differ from the plan, or another job writes to the same place."""


class MissingExtraError(SparkSmoteError, ImportError):
    """A library of one of the package's extras is not installed; the message names the extra to install."""


def meant(name: object, known: Iterable[str]) -> str:
    """A question for the name that may have been meant, or nothing.

    Examples
    --------
    >>> meant("parket", ["parquet", "orc"])
    " (did you mean 'parquet'?)"
    """
    close = get_close_matches(str(name), list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
