"""What counts and a sample of synthetic rows tell about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spark_smote.core.symptom import Criterion, Symptom
from spark_smote.evaluation.plots.distributions import Distance

CROSSED = Criterion(
    "crossed",
    0.8,
    0.1,
    "a rule of thumb of ours: so much more than of the real rows of the class",
    "a neighbour across a pocket of another class: SMOTEENN or SMOTETomek remove such rows, ANS and SafeLevelSMOTE "
    "hold back, a smaller kNeighbors stays closer",
)
BETWEEN = Criterion(
    "betweenCodes",
    0.8,
    0.01,
    "a rule of thumb of ours",
    "no real row has such a value: list codes in categoricalCols of SMOTENC",
)
OUTSIDE = Criterion(
    "outOfRange",
    0.5,
    0.01,
    "a rule of thumb of ours",
    "interpolation stays within the range: SMOTE, or a smaller standardDeviation or shrinkage of samplers with noise",
)
COPIES = Criterion(
    "copies",
    0.6,
    0.01,
    "a rule of thumb of ours; a copy of a person's row is that person's data",
    "drop_duplicates before resampling; RandomOverSampler copies by design: use SMOTE where copies must not be",
)
CLOSE = Criterion(
    "closeToReal",
    0.4,
    0.1,
    "a rule of thumb of ours, on the distance to the closest record of Park et al., PVLDB 11 (2018)",
    "synthetic rows are no anonymous data: do not publish them as such",
)
MOVED = Criterion(
    "moved",
    0.5,
    0.25,
    "a rule of thumb of ours, on the Kolmogorov-Smirnov or total variation distance",
    "if it should not move, compare with another sampler by plots.distributions",
)


@dataclass(frozen=True)
class InspectedRows:
    """Counts and figures of synthetic rows.

    Parameters
    ----------
    rows : mapping of label to int
        Synthetic rows of each class.
    crossed, own : mapping of label to float
        Share of the synthetic rows whose nearest real row is of another class, and the same of the real rows.
    outside : mapping of str to int
        Rows with a value beyond those of the real rows of the class, by feature.
    copies : int
        Rows that have the class and features of a real row.
    between : mapping of str to float
        Share of the sampled rows with a value that no real row has, of features with few values.
    closeness : float
        Median distance of a sampled row to the nearest real one of its class, over that of real rows to each other.
    moved : sequence of Distance
        Distances of the distributions, by feature and class.
    """

    rows: Mapping[Any, int]
    crossed: Mapping[Any, float]
    own: Mapping[Any, float]
    outside: Mapping[str, int]
    copies: int
    between: Mapping[str, float]
    closeness: float
    moved: Sequence[Distance]

    def findings(self) -> Iterator[Symptom]:
        """Yields what is found."""
        total = sum(self.rows.values())
        more = {label: share - self.own.get(label, 0.0) for label, share in self.crossed.items()}
        if more and max(more.values()) >= CROSSED.threshold:
            worst = max(more, key=more.__getitem__)
            text = (
                f"{self.crossed[worst]:.0%} of the synthetic rows of class {worst} have a row of another class as "
                f"nearest, {self.own.get(worst, 0.0):.0%} of its real rows have (difference)"
            )
            yield CROSSED.found(text, more[worst])
        codes = {name: share for name, share in self.between.items() if share >= BETWEEN.threshold}
        if codes:
            text = f"synthetic rows lie between the values of {', '.join(map(repr, codes))} (share of rows)"
            yield BETWEEN.found(text, max(codes.values()), tuple(codes), codes)
        far = {name: rows / total for name, rows in self.outside.items() if rows >= OUTSIDE.threshold * total}
        if far:
            text = f"values beyond those of the class in {', '.join(map(repr, far))} (share of rows)"
            yield OUTSIDE.found(text, max(far.values()), tuple(far), far)
        if self.copies >= COPIES.threshold * total:
            text = f"{self.copies:,} of {total:,} synthetic rows are equal to a real row of their class"
            yield COPIES.found(text, self.copies / total)
        elif np.isfinite(self.closeness) and self.closeness <= CLOSE.threshold:
            text = "synthetic rows lie far closer to a real row than real rows to each other (ratio of medians)"
            yield CLOSE.found(text, self.closeness)
        moved = {one.feature: one.statistic for one in self.moved if one.statistic >= MOVED.threshold}
        if moved:
            text = f"the distribution moved in {', '.join(map(repr, moved))} (largest distance)"
            yield MOVED.found(text, max(moved.values()), tuple(moved), moved)
