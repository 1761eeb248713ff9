"""Resamples with ImbalancedLearningRegression, smogn and resreg, in an environment of their own.

    python regression_peers.py FOLDER

``benchmarks.regression`` starts it. FOLDER has a file ``N.npz`` for each fold, with rows, target, relevance and its
control points. ``methods.json`` tells the package of each of our samplers, and ``NAME-N.npz`` has the rows that it
makes, or its error.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def framed(package: str, function: str) -> Callable[[Any, int], tuple[Any, Any]]:
    """A function that takes a data frame and control points.

    These packages set negative values to 0 in columns that have positive ones, also in rows that they only copy. So the
    values are shifted to 0 or more, and back.
    """

    def make(fold: Any, seed: int) -> tuple[Any, Any]:
        np.random.seed(seed)
        lowest, least = fold["rows"].min(axis=0), fold["target"].min()
        data = pd.DataFrame(fold["rows"] - lowest).add_prefix("x").assign(target=fold["target"] - least)
        points = [[value - least, relevance, 0] for value, relevance in fold["points"]]
        method = getattr(importlib.import_module(package), function)
        done = method(data=data, y="target", rel_method="manual", rel_ctrl_pts_rg=points).dropna()
        return done.drop(columns="target").to_numpy(float) + lowest, done["target"].to_numpy(float) + least

    return make


def wercs(fold: Any, seed: int) -> tuple[Any, Any]:
    resreg = importlib.import_module("resreg")
    made: tuple[Any, Any] = resreg.wercs(fold["rows"], fold["target"], fold["relevance"], random_state=seed)
    return made


REGRESSION = "ImbalancedLearningRegression"
METHODS = {
    "SMOTER": (REGRESSION, framed(REGRESSION, "smote")),
    "SMOGN": ("smogn", framed("smogn", "smoter")),
    "GaussianNoiseOverSampler": (REGRESSION, framed(REGRESSION, "gn")),
    "RelevanceOverSampler": (REGRESSION, framed(REGRESSION, "ro")),
    "RelevanceUnderSampler": (REGRESSION, framed(REGRESSION, "random_under")),
    "WERCS": ("resreg", wercs),
}


def main(folder: Path) -> None:
    for file in sorted(folder.glob("*.npz")):
        fold = np.load(file)
        for name, (_, make) in METHODS.items():
            arrays: dict[str, Any]
            try:
                rows, target = make(fold, int(file.stem))
                arrays = {"rows": rows, "target": target}
            except Exception as error:
                arrays = {"error": f"{type(error).__name__}: {error}"}
            np.savez(folder / f"{name}-{file.stem}.npz", **arrays)
    (folder / "methods.json").write_text(json.dumps({name: package for name, (package, _) in METHODS.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
