"""The samplers that a configuration names."""

from __future__ import annotations

import spark_smote
from spark_smote.core.chain import Chain
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError
from spark_smote.job.config import JobConfig
from spark_smote.job.config.sections import meant

SAMPLERS = (
    "SMOTE",
    "ADASYN",
    "BorderlineSMOTE",
    "KMeansSMOTE",
    "LeeSMOTE",
    "PolynomFitSMOTE",
    "RandomOverSampler",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "AllKNN",
    "EditedNearestNeighbours",
    "NeighbourhoodCleaningRule",
    "RepeatedEditedNearestNeighbours",
    "TomekLinks",
    "NearMiss",
    "RandomUnderSampler",
    "SMOTEENN",
    "SMOTETomek",
)


def make_sampler(config: JobConfig) -> Resampler | Chain:
    """The sampler that the configuration names, or the chain of them; errors carry the file and the line.

    Raises
    ------
    ConfigError
    """
    single = "sampler.class" in config.places or (not config.places and len(config.sampler) == 1)
    keys = ["sampler"] if single else [f"sampler.{number}" for number in range(len(config.sampler))]
    steps = [_make(config, spec.name, spec.params, key) for spec, key in zip(config.sampler, keys, strict=True)]
    if len(steps) == 1:
        return steps[0]
    try:
        return Chain(*steps)
    except ParameterError as error:
        raise config.error("sampler", str(error)) from error


def _make(config: JobConfig, name: str, params: object, key: str) -> Resampler | Chain:
    if name not in SAMPLERS:
        raise config.error(
            f"{key}.class", f"there is no {name!r}{meant(name, SAMPLERS)}; it must be one of {', '.join(SAMPLERS)}"
        )
    sampler: Resampler | Chain = getattr(spark_smote, name)()
    for param, value in dict(params).items():  # type: ignore[call-overload]
        try:
            sampler.setParams(**{param: value})
        except ParameterError as error:
            steps = sampler.steps if isinstance(sampler, Chain) else (sampler,)
            known = [each.name for step in steps for each in step.params]
            hint = "" if param in known else meant(param, known)
            raise config.error(f"{key}.params.{param}", f"{error}{hint}") from error
    return sampler
