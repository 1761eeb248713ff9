"""SMOTE oversampling for Spark DataFrames of any size.

The public names are loaded when first used, so that a Python worker, which needs the kernels only, starts fast. Which
they are says :mod:`spark_smote.core.registry`; their types stand in ``__init__.pyi``, which ``make generate`` writes.
"""

from typing import Any

from spark_smote.core import registry as _registry

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    return _registry.public(name)


def __dir__() -> list[str]:
    return [*_registry.names(), *_registry.MODULES, "__version__"]
