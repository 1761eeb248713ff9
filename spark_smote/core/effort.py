"""Work that would take many times as long as SMOTE, reckoned from the counts of the survey before it begins."""

from __future__ import annotations

from dataclasses import dataclass

from spark_smote.core.warning import warn
from spark_smote.spark.survey import Survey

TIMES = 10
"""Times as long as SMOTE from which a plan warns."""
_JOBS = 20.0
_VALUE = 3e-7
"""Seconds of one core that SMOTE takes: for its jobs, and for each value of a row that is read or made (case A)."""


@dataclass(frozen=True)
class Effort:
    """The work of a sampler that its counts foretell, beside what SMOTE does too.

    Parameters
    ----------
    seconds : float
        Of one core, by its order of magnitude.
    counts : str
        What makes it so much: numbers and what they count.
    remedy : str
        What to set, or to use instead.
    """

    seconds: float
    counts: str
    remedy: str

    def times(self, survey: Survey) -> float:
        """How many times as long as SMOTE, which balances the classes, the sampler takes.

        Examples
        --------
        >>> survey = Survey({0: 990_000, 1: 10_000}, {0: 990_000, 1: 10_000}, 30, 1.0, {}, 0, 0, 0)
        >>> round(Effort(380, "1,900,000 rows x 200 trees", "ask for fewer trees").times(survey))
        11
        """
        made = sum(max(survey.rows.values()) - rows for rows in survey.rows.values())
        smote = _JOBS + _VALUE * (sum(survey.rows.values()) + made) * survey.width
        return 1 + self.seconds / smote

    def warnings(self, sampler: str, survey: Survey) -> tuple[str, ...]:
        """Warn if that is long; the warning is returned for the plan."""
        times = self.times(survey)
        if times < TIMES:
            return ()
        message = f"{sampler} will take some {times:.0f} times as long as SMOTE: {self.counts}; {self.remedy}"
        warn(message)
        return (message,)
