"""The choice of samplers that may find no seed in a class."""

from __future__ import annotations

from pyspark.ml.param import Params

from spark_smote.core.parameter import STR, Parameter, one_of
from spark_smote.core.warning import warn
from spark_smote.errors import NoSeedsError


class HasFallback(Params):
    """Parameter of samplers that may find no seed in a class.

    Parameters
    ----------
    fallback
        Treatment of a class in which the sampler finds no seed: 'error' fails; 'smote' makes all rows of the class
        seeds, as in SMOTE, and warns.
    """

    fallback = Parameter(STR, one_of("error", "smote"), default="error")

    def fall_back(self, found: str, remedy: str) -> None:
        """Warn that all rows of a class are seeds.

        Raises
        ------
        NoSeedsError
            Unless ``fallback`` is 'smote'.
        """
        if self.getOrDefault(self.fallback) == "error":
            raise NoSeedsError(f"{found}; set fallback='smote', {remedy}")
        warn(f"{found}; all its rows are seeds instead")
