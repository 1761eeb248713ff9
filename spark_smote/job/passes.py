"""How often a job reads its input: counted for each sampler, and told from the stages of its plan.

``tests/spark/test_passes.py`` holds it against a count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spark_smote.core.chain import Chain, flat
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.plan import Plan
from spark_smote.core.resampler import Resampler
from spark_smote.core.weighted_sampler import WeightedSampler
from spark_smote.samplers.lee_smote import LeeSMOTE
from spark_smote.samplers.near_miss import NearMiss

_READS = {"weigh": 3, "surroundings": 2, "clusters": 3}
"""Of a stage of planning, where it is not one."""


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
    anything has its input read once more, to see that it is what was read before the first of several steps.
    """
    steps = flat(sampler)
    plans = plan.execution if isinstance(sampler, Chain) else (plan,)
    planning, reads, guarded = int(len(steps) > 1 and not steps[0].getOrDefault("persistInput")), 1, False
    for step, made in zip(steps, plans, strict=True):
        if made.execution.kept is not None:
            planning, reads = planning + reads, 0
        planning += reads * _planning(step, made.seconds)
        guards = made.execution.work is not None and not guarded
        guarded = guarded or guards
        reads *= _writing(step, made) + guards
    return Passes(planning, reads)


def _planning(step: Resampler, stages: Iterable[str]) -> int:
    named = set(stages)
    if not isinstance(step, OverSampler):
        # Its columns are cached while it searches.
        return len(named - {"search", "surroundings"})
    read = _READS | ({"weigh": 2} if isinstance(step, LeeSMOTE) else {})
    return sum(read.get(stage, 1) for stage in named)


def _writing(step: Resampler, plan: Plan) -> int:
    if not isinstance(step, OverSampler):
        return 2 if isinstance(step, NearMiss) and plan.execution.work is not None else 1
    if not any(one.to_synthesise for one in plan.classes):
        return 1
    if isinstance(step, WeightedSampler):
        return 4
    return 3 if isinstance(step, LeeSMOTE) else 2
