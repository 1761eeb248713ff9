"""Every error that spark_smote raises on purpose: one root, one class a cause.

Each message names the column, class or value at fault and the remedy. All are raised before any heavy job, but
:class:`WriteError`, and :class:`ChangedInputError`, which says what nobody could know before.
"""

from __future__ import annotations


class SparkSmoteError(Exception):
    """Root of all errors of this package."""


class ParameterError(SparkSmoteError, ValueError):
    """A parameter's value is not one of those allowed, whatever the data."""


class MethodError(SparkSmoteError, AttributeError):
    """A method of Spark ML or scikit-learn that samplers do not have: they resample rows, and have no model."""


class ColumnError(SparkSmoteError, ValueError):
    """A named column is missing, ambiguous, listed twice, or of a type that cannot play its role."""


class InvalidDataError(SparkSmoteError, ValueError):
    """Feature or label values that cannot take part: null, NaN, infinite, or vectors of differing length."""


class ClassError(SparkSmoteError, ValueError):
    """The classes found in the data do not admit resampling: none, only one, or far too many."""


class StrategyError(SparkSmoteError, ValueError):
    """The sampling strategy does not fit the classes found in the data."""


class TooFewRowsError(SparkSmoteError, ValueError):
    """A class has too few rows for the number of neighbours asked for."""


class NoSeedsError(SparkSmoteError, ValueError):
    """No row of a class is one that the sampler would start from."""


class EmptyClassError(SparkSmoteError, ValueError):
    """A cleaner would remove the last row of a class."""


class ChangedInputError(SparkSmoteError, RuntimeError):
    """The input is read more than once, and was not the same each time.

    Where it shows while the result is computed, Spark hands it on as the cause of an error of its own.
    """

    @classmethod
    def of(cls, found: str) -> ChangedInputError:
        """The error for what was found to differ.

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
    """A job's configuration file is wrong; the message names the file, the key and the line."""


class WriteError(SparkSmoteError, RuntimeError):
    """What was written is not what was planned, or another job writes to the same place."""


class MissingExtraError(SparkSmoteError, ImportError):
    """A library of one of the package's extras is not installed; the message names the extra to install."""
