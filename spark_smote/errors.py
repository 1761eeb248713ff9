"""The errors that spark_smote raises: one root class, and one class for each cause.

Each message names the column, class or value at fault and the remedy, and ends with the name of its class, as in
``[ColumnError]``; ``docs/errors.md`` is made of the docstrings here. All are raised before any heavy job, but
:class:`EmptyClassError` and :class:`NoSeedsError`, which may come after a whole search for the k nearest of all rows,
:class:`WriteError`, and :class:`ChangedInputError`: these say what nobody could know before.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SparkSmoteError(Exception):
    """Root of all errors of this package.

    Catch it to catch all errors of the package. It is never raised itself.
    """

    def __str__(self) -> str:
        return f"{self.message} [{type(self).__name__}]"

    @property
    def message(self) -> str:
        """The message without the name of the class at its end, for errors that
        are raised because of this one.
        """
        return super().__str__()


class ParameterError(SparkSmoteError, ValueError):
    """The value of a parameter is not allowed, independent of the data.

    Cause: a wrong value or type, such as ``kNeighbors=0``, a parameter that the
    sampler does not have, such as ``random_state``, or parameters that exclude
    each other.

    Remedy: the message says which values are allowed, and which name may be
    meant; ``help(SMOTE)`` lists all parameters of a sampler.
    """


class MethodError(SparkSmoteError, AttributeError):
    """A method of Spark ML or scikit-learn that samplers do not have: they
    resample rows, and have no model.

    Cause: a call such as ``SMOTE().fit(df)``, or a sampler in the stages of a
    Spark ML ``Pipeline``.

    Remedy: call ``resample(df)``; in a pipeline or a cross-validation, use
    ``Resampled(sampler=..., estimator=...)``.
    """


class ColumnError(SparkSmoteError, ValueError):
    """A named column is missing, ambiguous, listed twice, or of a type that
    cannot play its role.

    Cause: a misspelt name; a string column in ``inputCols``; a column that is
    both label and feature; a column that cannot be null and is not a feature,
    so that a synthetic row has no value for it; a new column whose name is
    taken.

    Remedy: correct the name. List strings and codes in ``categoricalCols`` of
    ``SMOTENC``, list columns to copy in ``inheritCols``, and leave out or drop
    what is no feature.
    """


class InvalidDataError(SparkSmoteError, ValueError):
    """Feature or label values cannot be used: null, NaN, infinite, or vectors
    of different lengths.

    Cause: missing values in features or label, a division by zero, an
    incomplete join. The message counts them for each column.

    Remedy: fill the values (``pyspark.ml.feature.Imputer``) or drop the rows;
    or set ``handleInvalid='skip'`` to pass such rows through, or
    ``handleInvalid='keep'``, in the samplers that have it, to let them take
    part.
    """


class ClassError(SparkSmoteError, ValueError):
    """The classes found in the data cannot be resampled: there are none, only
    one, or far too many.

    Cause: an empty DataFrame, a filter that left one class, a ``labelCol`` that
    is an id or a number to predict.

    Remedy: look at ``df.groupBy(label).count()``. Choose the label column; for
    a number to predict use ``SMOTER``.
    """


class StrategyError(SparkSmoteError, ValueError):
    """The sampling strategy does not fit the classes found in the data.

    Cause: ``samplingStrategy`` names a class that the data do not have, asks an
    over-sampler for fewer rows than there are or an under-sampler for more, is
    a ratio where there are more than two classes, or a ratio that the classes
    have reached already.

    Remedy: the message gives the counts; adapt ``samplingStrategy`` to them.
    Where a ratio may have been reached by chance, set ``ifBalanced='pass'``.
    """


class TooFewRowsError(SparkSmoteError, ValueError):
    """A class has too few rows for the number of neighbours asked for.

    Cause: a class of 4 rows has no row with 5 neighbours of its class.

    Remedy: lower ``kNeighbors``, or set ``shrinkK=True`` to use as many
    neighbours as there are; leave the class out of ``samplingStrategy``; or
    copy its rows with ``RandomOverSampler``. Synthetic rows of so few rows
    teach a model little.
    """


class NoSeedsError(SparkSmoteError, ValueError):
    """The sampler finds no seed row in a class.

    Cause: the method starts from certain rows only, such as rows in danger
    (``BorderlineSMOTE``), rows near other classes (``ADASYN``) or clusters with
    a large share of the class (``KMeansSMOTE``), and there are none. Only a
    whole search tells, so this error may come late.

    Remedy: change the parameter that the message names, set
    ``fallback='smote'`` where the sampler has it, or use ``SMOTE``.
    """


class EmptyClassError(SparkSmoteError, ValueError):
    """A cleaner would remove the last row of a class.

    It is raised after the whole search, for only the outcome tells.

    Cause: all rows of a small class lie among rows of other classes.

    Remedy: leave the class out of ``samplingStrategy``, over-sample first
    (``SMOTEENN``), or allow it with ``allowEmptyClasses=True``.
    """


class ChangedInputError(SparkSmoteError, RuntimeError):
    """The input changed between two passes over it.

    If the change is found while Spark computes the result, the error is the
    cause of an error of Spark.

    Cause: somebody wrote to the table meanwhile; or the DataFrame's own query
    gives other rows each time it runs, as with ``rand()`` without a seed,
    ``limit`` without an order, or a Python function that draws; or a saved plan
    is used on other rows than it was made for.

    Remedy: read a fixed state (a snapshot, a copy), persist the input before,
    or set ``persistInput=True``. Make a new plan for new rows.
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
    """The configuration file of a job is wrong; the message names the file, the
    key and the line.

    Cause: a misspelt key, a missing section, a value of the wrong type, an
    output that would destroy the input, or an input that Spark cannot read.

    Remedy: correct the line that the message names; ``docs/job-keys.md`` lists
    all keys. ``spark-smote plan --config FILE`` checks a file without writing.
    """


class PlanError(SparkSmoteError, ValueError):
    """A plan cannot be saved, or a file holds none that this version can load.

    Cause: a damaged file, a file of another version, a plan of other parameters
    than the sampler's, a plan that only holds within this session
    (``persistInput=True``), or one that lists more than a million rows to
    remove.

    Remedy: make the plan anew, with the same parameters as the sampler that
    uses it.
    """


class WriteError(SparkSmoteError, RuntimeError):
    """The rows written differ from the plan, or another job writes to the same
    place.

    Cause: two jobs with one output, an input that changed while the job ran, or
    an earlier try that died half-way.

    Remedy: wait for the other job and try again. If counts are wrong, the
    message says how to undo the run.
    """


class MissingExtraError(SparkSmoteError, ImportError):
    """A library of one of the package's extras is not installed; the message
    names the extra to install.

    Cause: ``plots`` without matplotlib, a page without Jinja2, a YAML file
    without PyYAML, or MLflow's functions without MLflow.

    Remedy: ``pip install 'spark-smote[plot]'``, or whichever extra the message
    names.
    """


def meant(name: object, known: Iterable[str]) -> str:
    """A question for the name that may have been meant, or nothing.

    Examples
    --------
    >>> meant("parket", ["parquet", "orc"])
    " (did you mean 'parquet'?)"
    """
    close = get_close_matches(str(name), list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
