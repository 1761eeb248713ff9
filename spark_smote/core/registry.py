"""Every public name of the package: samplers, found where they stand, and the few others, listed here.

A sampler registers itself by the decorator :func:`register` in its own file, and is found because its file lies in the
folder ``samplers``. The names of the package, those of a configuration, the stub for editors, the tables of the
documentation and the common tests are all made of what is registered. Nothing here loads Spark before a name is asked.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

T = TypeVar("T")

OVER_SAMPLER = "over-sampler"
UNDER_SAMPLER = "under-sampler"
CLEANER = "cleaner"
COMBINATION = "combination"
FAMILIES = (OVER_SAMPLER, UNDER_SAMPLER, CLEANER, COMBINATION)
"""Families of samplers of one label."""
REGRESSION = "regression sampler"
MULTI_LABEL = "multi-label sampler"
ALONE = (REGRESSION, MULTI_LABEL)
"""Families of samplers that stand in no chain and with no classifier."""

_PACKAGE = __name__.partition(".")[0]

OTHERS = {
    "BalancedEnsemble": "spark_smote.ml.ensemble",
    "Chain": "spark_smote.core.chain",
    "ClassPlan": "spark_smote.core.plan",
    "ImbalanceEvaluator": "spark_smote.evaluation.evaluator",
    "LabelImbalance": "spark_smote.core.label_imbalance",
    "OverSampledAndCleaned": "spark_smote.core.combination",
    "Plan": "spark_smote.core.plan",
    "PriorCorrection": "spark_smote.ml.prior",
    "Resampled": "spark_smote.ml.resampled",
    "best_threshold": "spark_smote.ml.threshold",
    "class_weights": "spark_smote.ml.row_weights",
    "compare": "spark_smote.evaluation.compare",
    "compare_regression": "spark_smote.evaluation.compare_regression",
    "diagnose": "spark_smote.evaluation.diagnose",
    "inspect": "spark_smote.evaluation.inspect",
    "label_imbalance": "spark_smote.core.label_imbalance",
    "measures": "spark_smote.evaluation.measures",
    "relevance_points": "spark_smote.core.target_relevance",
    "stratified_folds": "spark_smote.evaluation.stratified",
}
"""Public names that are no registered samplers, and the modules that define them."""

MODULES = {
    "config": "spark_smote.job.config",
    "errors": "spark_smote.errors",
    "evaluation": "spark_smote.evaluation",
    "job": "spark_smote.job",
    "ml": "spark_smote.ml",
    "plots": "spark_smote.evaluation.plots",
    "progress": "spark_smote.job.progress",
}
"""Modules that can be used after ``import spark_smote`` alone."""


@dataclass(frozen=True)
class Entry:
    """A registered sampler.

    Parameters
    ----------
    sampler : type
    family : str
        One of :data:`FAMILIES` or :data:`ALONE`.
    paper : str
        Authors and, as the last word, the year.
    rows : str
        Where its synthetic rows come to lie, or which rows it removes.
    cost : str
        The work it takes beside reading and writing.
    """

    sampler: type[Any]
    family: str
    paper: str
    rows: str
    cost: str

    @property
    def order(self) -> tuple[int, str, str]:
        """By family, then by the year of the paper."""
        return (*FAMILIES, *ALONE).index(self.family), self.paper.split()[-1], self.sampler.__name__


_entries: dict[str, Entry] = {}


def register(*, family: str, paper: str, rows: str, cost: str) -> Callable[[type[T]], type[T]]:
    """A decorator that registers a sampler under its class's name.

    Parameters
    ----------
    family, paper, rows, cost : str
        See :class:`Entry`.

    Raises
    ------
    ValueError
        For a family that there is not, and for a name that another class has.
    """

    def add(sampler: type[T]) -> type[T]:
        name = sampler.__name__
        if family not in (*FAMILIES, *ALONE):
            raise ValueError(f"{name}: the family must be one of {', '.join((*FAMILIES, *ALONE))}, not {family!r}")
        taken = _entries.get(name)
        if name in OTHERS or (taken and taken.sampler.__module__ != sampler.__module__):
            raise ValueError(f"the name {name} is taken by {taken.sampler if taken else OTHERS[name]}")
        _entries[name] = Entry(sampler, family, paper, rows, cost)
        return sampler

    return add


def samplers(families: Collection[str] = FAMILIES) -> dict[str, Entry]:
    """Registered samplers by name, ordered by family and the year of the paper; Spark is loaded.

    Parameters
    ----------
    families : collection of str
        By default those of samplers of one label.

    Examples
    --------
    >>> samplers()["TomekLinks"].family
    'cleaner'
    """
    _load()
    chosen = (entry for entry in _entries.values() if entry.family in families)
    return {entry.sampler.__name__: entry for entry in sorted(chosen, key=lambda entry: entry.order)}


def every_sampler() -> dict[str, Entry]:
    """All registered samplers."""
    return samplers((*FAMILIES, *ALONE))


def names() -> list[str]:
    """All public names but those of modules, in sorted order; Spark is loaded."""
    return sorted({*every_sampler(), *OTHERS})


def starred() -> list[str]:
    """The names that a star import brings: all but those of modules of Python, such as ``inspect``.

    Examples
    --------
    >>> sorted({*names()} - {*starred()})
    ['inspect']
    """
    return [name for name in names() if name not in sys.stdlib_module_names]


def public(name: str) -> Any:
    """What a name stands for as an attribute of the package.

    Raises
    ------
    AttributeError

    Examples
    --------
    >>> public("SMOTE")
    <class 'spark_smote.samplers.smote.SMOTE'>
    >>> public("errors").__name__
    'spark_smote.errors'
    """
    if name == "__all__":
        return starred()
    if not name.startswith("_"):
        # Modules first: Python asks for them by `from spark_smote import ...` even while samplers are being loaded.
        module = MODULES.get(name, f"{_PACKAGE}.{name}")
        if find_spec(module):
            return import_module(module)
        if name in OTHERS:
            return getattr(import_module(OTHERS[name]), name)
        if name in every_sampler():
            return every_sampler()[name].sampler
    raise AttributeError(f"module {_PACKAGE!r} has no attribute {name!r}")


@cache
def _load() -> None:
    """Import every file of the folder of samplers, which registers them; it may lie in a zip."""
    folder = import_module(f"{_PACKAGE}.samplers")
    for module in pkgutil.iter_modules(folder.__path__):
        import_module(f"{folder.__name__}.{module.name}")
