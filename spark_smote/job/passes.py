"""How often a job reads its input: counted for each sampler, and told from the stages of its plan.

``tests/spark/test_passes.py`` holds it against a count.
"""

from __future__ import annotations

from dataclasses import dataclass

from spark_smote.core.chain import Chain, steps_of
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler


@dataclass(frozen=True)
class Passes:
    """Reads of the whole input, or of those classes of it that a stage needs.

    Parameters
    ----------
    planning, writing : int
    """

    planning: int
    writing: int


def passes(sampler: Resampler | Chain, plan: Plan) -> Passes:
    """The passes over the input of a plan that was made, and of writing its rows.

    What a step of a chain reads is made anew from the input each time, unless a step keeps it. The first that does
    anything has its input read once more, to see that it is what was read before the first of several steps, by a
    read of its own unless these read the same features.
    """
    steps = steps_of(sampler)
    plans = plan.execution if isinstance(sampler, Chain) else (plan,)
    first = plans[0].execution
    apart = len(steps) > 1 and not steps[0].getOrDefault("persistInput") and first.fingerprint != first.whole
    planning, reads, guarded = int(apart), 1, False
    for step, made in zip(steps, plans, strict=True):
        if made.execution.kept is not None:
            planning, reads = planning + reads, 0
        planning += reads * (step.planning_reads(made.seconds) + made.execution.again)
        works = made.execution.work is not None
        writing = step.WRITING_READS + (step.SEARCHING_READS if made.execution.searches else 0)
        reads *= (writing if works else 1) + (works and not guarded)
        guarded = guarded or works
    return Passes(planning, reads)
