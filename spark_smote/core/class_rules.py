"""What counts of all rows, and the neighbourhoods of sampled ones, tell about the classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spark_smote.core.symptom import Criterion, Symptom

K = 5
"""Nearest rows that decide the type of a row, as in the paper."""
_NAPIERALA = (
    "Napierala & Stefanowski, Journal of Intelligent Information Systems 46 (2016), k = 5; the share is a rule of "
    "thumb of ours"
)

IMBALANCE = Criterion(
    "imbalance",
    0.3,
    9.0,
    "the KEEL repository's line between low and high imbalance",
    "compare a moved threshold and class_weights with samplers (compare); samplingStrategy below 1 is cheaper",
)
DIMENSION = Criterion(
    "dimension",
    0.6,
    10.0,
    "Peduzzi et al., Journal of Clinical Epidemiology 49 (1996), of logistic regression; doubted by van Smeden et al., "
    "BMC Medical Research Methodology 16 (2016)",
    "choose features before resampling, or take RandomOverSampler, which needs no distances",
)
HUBS = Criterion(
    "hubs",
    0.4,
    2.0,
    "Radovanovic et al., JMLR 11 (2010); the value is a rule of thumb of ours",
    "fewer features; RandomOverSampler does not depend on who is nearest",
)
INVALID = Criterion(
    "invalid", 0.8, 0.0, "no distance exists", "fill them, or handleInvalid='skip' to pass them through untouched"
)
CONFLICTS = Criterion(
    "conflicts",
    0.8,
    0.01,
    "Brodley & Friedl, JAIR 11 (1999), on mislabelled rows; the value is a rule of thumb of ours",
    "find out which label is right, or add a feature that tells them apart; EditedNearestNeighbours removes some",
)
EQUAL = Criterion(
    "equalRows",
    0.5,
    0.05,
    "a rule of thumb of ours: between equal rows, synthetic rows are copies",
    "drop_duplicates before resampling, and before the split into folds",
)
OVERLAP = Criterion(
    "overlap",
    0.7,
    0.3,
    _NAPIERALA,
    "interpolation spreads them into other classes: SMOTEENN or SMOTETomek clean up after it, ANS and SafeLevelSMOTE "
    "hold back; or do not oversample (compare)",
)
BORDERLINE = Criterion("borderline", 0.4, 0.5, _NAPIERALA, "BorderlineSMOTE and SVMSMOTE make their rows there")
DISJUNCTS = Criterion(
    "smallDisjuncts",
    0.6,
    0.25,
    "Jo & Japkowicz, SIGKDD Explorations 6 (2004); groups too small for kNeighbors = 5, and the share, are rules of "
    "thumb of ours",
    "KMeansSMOTE and ClusterSMOTE make their rows within groups, a smaller kNeighbors stays in them; find more rows of "
    "these groups",
)
BOUNDARY = Criterion(
    "boundary",
    0.4,
    0.5,
    "N1 of Ho & Basu, IEEE TPAMI 24 (2002); the value is a rule of thumb of ours: two normal classes upon each other "
    "have 0.7, two deviations apart 0.35",
    "look for features that tell the classes apart: no sampler makes up for these; ANS and SafeLevelSMOTE hold back",
)
TIMES = Criterion(
    "timeColumns",
    0.3,
    1,
    "Kaufman et al., Leakage in data mining, ACM TKDD 6 (2012)",
    "split training and test rows by time",
)


@dataclass(frozen=True)
class CountedClasses:
    """Counts of rows, as far as they are known.

    Parameters
    ----------
    rows : mapping of label to int
        Rows of each class.
    invalid : mapping of str to int
        Rows with a null, NaN or infinite value, by feature.
    unusable : int
        Rows with any.
    equal : int
        Rows whose class and features another row before them has.
    conflicting : int
        Rows of the smaller classes whose features a row of another class has.
    features : int
    others : mapping of label to sequence of int
        Of each smaller class, how many sampled rows have 0, 1, ..., K rows of other classes among their K nearest.
    first : mapping of label to float
        Share of sampled rows of each class whose nearest row is of another class.
    overlap : float, optional
        Fisher's, see :func:`spark_smote.kernels.complexity.fisher_overlap`.
    hubness : float
        See :func:`spark_smote.kernels.complexity.hubness`.
    joined : mapping of label to float
        Share of some sampled rows of each class that a minimum spanning tree joins to another class.
    grouped : mapping of label to sequence of int
        Of each smaller class, how many rows are in groups of 1, 2, ..., K, and of more rows; see
        :func:`spark_smote.kernels.complexity.group_sizes`.
    times : sequence of str
        Columns of dates and timestamps that are no features.
    """

    rows: Mapping[Any, int]
    invalid: Mapping[str, int] = field(default_factory=dict)
    unusable: int = 0
    equal: int = 0
    conflicting: int = 0
    features: int = 0
    others: Mapping[Any, Sequence[int]] = field(default_factory=dict)
    first: Mapping[Any, float] = field(default_factory=dict)
    overlap: float | None = None
    hubness: float = 0.0
    joined: Mapping[Any, float] = field(default_factory=dict)
    grouped: Mapping[Any, Sequence[int]] = field(default_factory=dict)
    times: Sequence[str] = field(default=())

    def findings(self) -> Iterator[Symptom]:
        """Yields what is found."""
        total, fewest = sum(self.rows.values()), min(self.rows, key=self.rows.__getitem__)
        least, most = self.rows[fewest], max(self.rows.values())
        if most > IMBALANCE.threshold * least:
            yield IMBALANCE.found(f"the largest class has so many rows for one of class {fewest}", most / least)
        if len(self.rows) > 1 and least < DIMENSION.threshold * self.features:
            text = f"class {fewest} has {least:,} rows for {self.features} features (rows a feature)"
            yield DIMENSION.found(text, least / self.features)
        if self.hubness >= HUBS.threshold:
            text = "a few rows are among the nearest of very many (skewness of k-occurrence)"
            yield HUBS.found(text, self.hubness)
        if self.unusable:
            faults = {name: float(rows) for name, rows in self.invalid.items() if rows}
            text = f"{self.unusable:,} rows have null, NaN or infinite values"
            yield INVALID.found(text, self.unusable / total, tuple(faults), faults)
        smaller = total - most
        if smaller and self.conflicting >= CONFLICTS.threshold * smaller:
            text = f"{self.conflicting:,} rows of the smaller classes have the features of a row of another class"
            yield CONFLICTS.found(text, self.conflicting / smaller)
        if self.equal >= EQUAL.threshold * total:
            yield EQUAL.found(f"{self.equal:,} rows repeat the class and features of another", self.equal / total)
        yield from self._neighbourhoods()
        if self.times:
            text = f"the table has times ({', '.join(map(repr, self.times))}): rows to predict come later"
            yield TIMES.found(text, len(self.times), tuple(self.times))

    def _neighbourhoods(self) -> Iterator[Symptom]:
        counts = [sum(found) for found in zip(*self.others.values(), strict=True)]
        total = sum(counts)
        if not total:
            return
        share = {
            "safe": sum(counts[:2]) / total,
            "borderline": sum(counts[2:4]) / total,
            "rare": counts[4] / total,
            "outlier": counts[5] / total,
        }
        smaller = {label: self.joined[label] for label in self.others if label in self.joined}
        worst = max(smaller, key=smaller.__getitem__, default=None)
        groups = [sum(found) for found in zip(*self.grouped.values(), strict=True)]
        few = sum(groups[1:K]) / max(1, sum(groups))
        known = {"N1": smaller.get(worst), "N3": max(self.first.values(), default=None), "F1": self.overlap}
        figures = share | {name: figure for name, figure in known.items() if figure is not None}
        told = ", ".join(f"{value:.0%} {name}" for name, value in share.items())
        if "N3" in figures:
            told += f"; of the class worst off, the nearest row is of another class for {figures['N3']:.0%} (N3)"
        if (unsafe := share["rare"] + share["outlier"]) >= OVERLAP.threshold:
            if "N1" in figures:
                told += f", and with classes of one size {figures['N1']:.0%} lie next to another (N1)"
            yield OVERLAP.found(f"rows of the smaller classes lie among others: {told}", unsafe, (), figures)
            return
        if few >= DISJUNCTS.threshold:
            count = sum(rows // size for size, rows in enumerate(groups[1:K], 2))
            text = f"rows of the smaller classes lie in {count:,} groups of 2 to {K} rows with other classes between"
            yield DISJUNCTS.found(f"{text} (share of rows)", few, (), {**figures, "groups": count})
        elif share["borderline"] >= BORDERLINE.threshold:
            text = f"most rows of the smaller classes lie at the border: {told}"
            yield BORDERLINE.found(text, share["borderline"], (), figures)
        if figures.get("N1", 0.0) >= BOUNDARY.threshold:
            text = f"a minimum spanning tree joins so many rows of class {worst} to another class (N1)"
            yield BOUNDARY.found(text, figures["N1"], (), figures)


def typed(counts: Sequence[int]) -> list[int]:
    """Rows with 0 to m rows of other classes among their m nearest, as if there had been K nearest: by their shares.

    A row is safe with more than 0.7 rows of its class, borderline with more than 0.3, rare with more than 0.1, as the
    paper has it for kernels; with five nearest rows these are its counts.

    Parameters
    ----------
    counts : sequence of int, shape (m + 1,)

    Returns
    -------
    list of int, shape (K + 1,)

    Examples
    --------
    >>> typed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    [6, 0, 22, 0, 17, 21]
    """
    m, found = len(counts) - 1, [0] * (K + 1)
    for others, rows in enumerate(counts):
        own = 10 * (m - others)
        found[0 if own > 7 * m else 2 if own > 3 * m else 4 if own > m else 5] += int(rows)
    return found
