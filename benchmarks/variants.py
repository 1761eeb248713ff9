"""Resamples arrays with smote_variants and imbalanced-learn-extra, in an environment of their own.

    python variants.py FOLDER NAME...

``benchmarks.keel`` starts it. FOLDER has a file ``N.npz`` for each cell, with rows, labels (1 for the minority) and a
seed. The names are of our samplers; ``methods.json`` tells the package of each that has a counterpart, and
``NAME-N.npz`` has the rows and labels that it makes, or its error.
"""

import importlib
import json
import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Method = Callable[[Any, Any, int], tuple[Any, Any]]

# Counterparts whose name is not ours with underscores. G_SMOTE of smote_variants is another method than ours.
OTHER_NAMES = {
    "BorderlineSMOTE": "Borderline_SMOTE1",
    "Borderline-2": "Borderline_SMOTE2",
    "GeometricSMOTE": None,
    "LeeSMOTE": "Lee",
    "PolynomFitSMOTE": "polynom_fit_SMOTE_star",
    "SMOTETomek": "SMOTE_TomekLinks",
}


def counterparts(names: Sequence[str]) -> dict[str, tuple[str, Method]]:
    """The package, and the function of rows, labels and seed, of each of our names that has one."""
    found: dict[str, tuple[str, Method]] = {}
    extra, variants = _package("imblearn_extra.gsmote"), _package("smote_variants")
    if extra and "GeometricSMOTE" in names:
        found["GeometricSMOTE"] = (
            "imbalanced-learn-extra",
            lambda x, y, seed: extra.GeometricSMOTE(random_state=seed).fit_resample(x, y),
        )
    by_name = {_plain(name): getattr(variants, name) for name in dir(variants)} if variants else {}
    for name in names:
        kind = by_name.get(_plain(OTHER_NAMES.get(name, name) or ""))
        if isinstance(kind, type):
            found[name] = "smote_variants", _sample(kind)
    return found


def _sample(kind: Any) -> Method:
    return lambda x, y, seed: kind(random_state=seed).sample(x, y)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    folder, methods = Path(sys.argv[1]), counterparts(sys.argv[2:])
    (folder / "methods.json").write_text(json.dumps({name: package for name, (package, _) in methods.items()}))
    for file in sorted(folder.glob("*.npz")):
        cell = np.load(file)
        for name, (_, method) in methods.items():
            try:
                rows, labels = method(cell["rows"], cell["labels"], int(cell["seed"]))
                made = {"rows": rows, "labels": labels}
            except Exception as error:
                made = {"error": f"{type(error).__name__}: {error}"}
            np.savez(folder / f"{name}-{file.name}", **made)


if __name__ == "__main__":
    main()
