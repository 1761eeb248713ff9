"""The samplers that a configuration names."""

from __future__ import annotations

from typing import Any

from spark_smote.core.chain import Chain, passing, steps_of
from spark_smote.core.parameter import STR, STRS, Kind
from spark_smote.core.registry import every_sampler
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError, meant
from spark_smote.job.classifiers import classifier
from spark_smote.job.config import JobConfig, SamplerSpec


def make_sampler(config: JobConfig) -> Resampler | Chain:
    """The sampler that the configuration names, or the chain of them; errors
    carry the file and the line.

    Raises
    ------
    ConfigError
    """
    single = "sampler.class" in config.places or (not config.places and len(config.sampler) == 1)
    keys = ["sampler"] if single else [f"sampler.{number}" for number in range(len(config.sampler))]
    steps = [_make(config, spec, key) for spec, key in zip(config.sampler, keys, strict=True)]
    for step in steps:
        _set_staging(config, step)
    if len(steps) == 1:
        return steps[0] if steps_of(steps[0])[0].ALONE else passing(steps[0])
    try:
        return passing(Chain(*steps))
    except ParameterError as error:
        raise config.error("sampler", error.message) from error


def _set_staging(config: JobConfig, step: Resampler | Chain) -> None:
    for key, value in vars(config.staging).items():
        try:
            step.setParams(**{f"staging{key.capitalize()}": value})
        except ParameterError as error:
            raise config.error(f"staging.{key}", error.message) from error


def _make(config: JobConfig, spec: SamplerSpec, key: str) -> Resampler | Chain:
    name, known = spec.name, every_sampler()
    if name not in known:
        raise config.error(
            f"{key}.class", f"there is no {name!r}{meant(name, known)}; it must be one of {', '.join(known)}"
        )
    sampler: Resampler | Chain = known[name].sampler()
    params = dict(spec.params)
    asks = isinstance(sampler, Resampler) and sampler.hasParam("estimator")
    more = params.pop("estimatorParams", {}) if asks else {}
    if more:
        params.setdefault("estimator", "RandomForestClassifier")
    for param, value in params.items():
        place = f"{key}.params.{param}"
        try:
            if asks and param == "estimator":
                value = classifier(value, more)
            else:
                own: list[Any] = [step.getParam(param) for step in steps_of(sampler) if step.hasParam(param)]
                value = _as_written(config, place, value, own[0].kind) if own else value
            sampler.setParams(**{param: value})
        except ParameterError as error:
            raise config.error(place, error.message) from error
    return sampler


def _as_written(config: JobConfig, key: str, value: object, kind: Kind[Any]) -> object:
    """The value of a parameter; the text in the file where it takes text, such as a column named 2024."""
    if kind is STRS and isinstance(value, list):
        return [_as_written(config, f"{key}.{number}", one, STR) for number, one in enumerate(value)]
    return config.texts.get(key, value) if kind is STR else value
