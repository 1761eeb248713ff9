"""Saving of objects that hold other stages: their own parameters, and the stages as a pipeline in a folder beside."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter


@dataclass(eq=False)
class PartsWriter(MLWriter):
    """Writes the parameters of an object, and the stages that it holds.

    Parameters
    ----------
    instance : pyspark.ml.param.Params
        Its parameters must be such that JSON can hold them.
    parts : Pipeline or PipelineModel
        The stages.
    folder : str
        Name of the folder for the stages, within the one that is saved to.
    """

    instance: Any
    parts: Pipeline | PipelineModel
    folder: str

    def __post_init__(self) -> None:
        super().__init__()

    def saveImpl(self, path: str) -> None:
        """Write to a folder, which MLWriter has made sure is new."""
        DefaultParamsWriter(self.instance).saveImpl(path)
        self.parts.write().save(os.path.join(path, self.folder))


@dataclass(eq=False)
class PartsReader(MLReader[Any]):
    """Reads the objects that :class:`PartsWriter` wrote.

    Parameters
    ----------
    kind : type
        Class of the object, made without arguments.
    parts : type of Pipeline or PipelineModel
        As they were written.
    folder : str
    attach : callable
        Gives the object the pipeline of its stages.
    """

    kind: Any
    parts: type[Pipeline] | type[PipelineModel]
    folder: str
    attach: Callable[[Any, Any], None]

    def __post_init__(self) -> None:
        super().__init__()

    def load(self, path: str) -> Any:
        """Read the object from a folder."""
        loaded: Any = DefaultParamsReader(self.kind).load(path)
        self.attach(loaded, self.parts.load(os.path.join(path, self.folder)))
        return loaded
