"""What a sample of rows tells about the features: which cannot be interpolated, and which say too much or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spark_smote.core.first_findings import CONSTANT
from spark_smote.core.symptom import Criterion, Symptom
from spark_smote.kernels.complexity import correlated, moments, one_hot, separation

_LEAST_ROWS = 50
_OURS = "a rule of thumb of ours"
_KAUFMAN = "Kaufman et al., Leakage in data mining, ACM TKDD 6 (2012)"

NEARLY_CONSTANT = Criterion(
    "nearlyConstant",
    0.3,
    19.0,
    "nearZeroVar of the R package caret: 95 to 5",
    "leave it out unless it matters in the smaller class",
)
TIME = Criterion(
    "timeFeatures", 0.5, 1, _KAUFMAN, "split training and test rows by time, and leave the time out of inputCols"
)
LEAK = Criterion(
    "leak",
    1.0,
    0.99,
    f"{_KAUFMAN}; the value is a rule of thumb of ours",
    "find out whether it is known when the model predicts; if not, leave it out",
)
IDS = Criterion(
    "ids", 0.9, 0.99, _OURS, "leave it out of inputCols and categoricalCols: a key says nothing about new rows"
)
ONE_HOT = Criterion(
    "oneHot",
    0.7,
    3,
    "Chawla et al., SMOTE (2002), section 6.1",
    "give the category itself in categoricalCols of SMOTENC",
)
CODES = Criterion(
    "codes", 0.6, 20, _OURS, "if half-way between two values means nothing, use categoricalCols of SMOTENC"
)
CORRELATED = Criterion("correlated", 0.5, 0.999, _OURS, "leave one of each pair out: distances count it twice")
SKEWED = Criterion(
    "skewed",
    0.5,
    3.0,
    "Kline, Principles and Practice of Structural Equation Modeling (2005), of estimates that assume normal values; "
    "for distances a rule of thumb of ours",
    "take the logarithm before resampling, and the exponential after it",
)
SCALE = Criterion(
    "scale",
    0.8,
    1000.0,
    "Aksoy & Haralick, Pattern Recognition Letters 22 (2001), on the need; the value is a rule of thumb of ours",
    "standardization=True",
)


@dataclass
class SampledFeatures:
    """Sampled rows.

    Parameters
    ----------
    values : array of float64, shape (n, d)
        Numerical features.
    categories : array of object, shape (n, c)
    classes : array of int64, shape (n,)
        Numbers of the classes.
    weights : array of float64, shape (n,)
        How many rows of the class each stands for.
    names, category_names : sequence of str
    dates : sequence of bool
        Whether each numerical feature is a date or timestamp.
    labels : sequence of str
        Name of each class, by number.
    standardised : bool
        Whether the sampler scales the features.
    """

    values: NDArray[np.float64]
    categories: NDArray[np.object_]
    classes: NDArray[np.int64]
    weights: NDArray[np.float64]
    names: Sequence[str]
    category_names: Sequence[str]
    dates: Sequence[bool]
    labels: Sequence[str]
    standardised: bool = False
    plain: list[int] = field(init=False)

    def __post_init__(self) -> None:
        # Features that one rule names are no matter of the rules after it.
        self.plain = list(range(len(self.names)))

    def findings(self) -> Iterator[Symptom]:
        """Yields what is found, the rules that leave features to no other rule first."""
        if len(self.values) < _LEAST_ROWS:
            return
        yield from self._constant()
        yield from self._times()
        yield from self._leaks()
        yield from self._ids()
        yield from self._one_hot()
        yield from self._codes()
        yield from self._correlated()
        yield from self._skewed()
        yield from self._scale()

    def _named(self, places: Sequence[int]) -> tuple[str, ...]:
        """The names of features, which are left out from here on."""
        self.plain = [place for place in self.plain if place not in places]
        return tuple(self.names[place] for place in places)

    def _distinct(self, place: int) -> int:
        return len(np.unique(self.values[:, place]))

    def _whole(self, place: int) -> bool:
        return bool((self.values[:, place] == np.rint(self.values[:, place])).all())

    def _constant(self) -> Iterator[Symptom]:
        same = [place for place in self.plain if self._distinct(place) == 1]
        if same:
            columns = self._named(same)
            yield CONSTANT.found(f"{_list(columns)} {_have(columns)} one value only", len(columns), columns)
        for place in self.plain:
            values, value_of = np.unique(self.values[:, place], return_inverse=True)
            weights = np.sort(np.bincount(value_of, self.weights))
            ratio, name = weights[-1] / weights[-2], self.names[place]
            if ratio >= NEARLY_CONSTANT.threshold and 2 < len(values) <= 0.1 * len(self.values):
                text = f"one value of {name!r} is far more frequent than the next"
                yield NEARLY_CONSTANT.found(text, ratio, (name,))

    def _times(self) -> Iterator[Symptom]:
        found = [place for place in self.plain if self.dates[place]]
        if found:
            columns = self._named(found)
            text = f"{_list(columns)} {_are(columns)} times: rows to predict lie after all known ones"
            yield TIME.found(text, len(columns), columns)

    def _leaks(self) -> Iterator[Symptom]:
        classes = np.unique(self.classes)
        for number in classes if len(classes) > 1 else ():
            mine = self.classes == number
            if not self.plain or min(mine.sum(), (~mine).sum()) < 10:
                continue
            areas = separation(self.values[:, self.plain], mine)
            found = {self.plain[place]: area for place, area in enumerate(areas) if area >= LEAK.threshold}
            if found:
                columns = self._named(list(found))
                verb = "separates" if len(columns) == 1 else "separate, each,"
                text = f"{_list(columns)} alone {verb} class {self.labels[number]} from all others (AUC)"
                yield LEAK.found(text, max(found.values()), columns)
        for place, name in enumerate(self.category_names):
            few = len(set(self.categories[:, place])) <= len(self.classes) / 10
            purity = self._purity(place) if few and len(classes) > 1 else 0.0
            if purity >= LEAK.threshold:
                yield LEAK.found(f"the category of {name!r} alone tells the class (mean recall)", purity, (name,))

    def _purity(self, place: int) -> float:
        """Mean recall of the classes if each category stood for the class that is most frequent in it."""
        known = np.unique(self.classes)
        _, level = np.unique(self.categories[:, place].astype(str), return_inverse=True)
        shares = np.zeros((level.max() + 1, len(known)))
        for column, number in enumerate(known):
            mine = self.classes == number
            shares[:, column] = np.bincount(level[mine], minlength=len(shares)) / mine.sum()
        likely = shares.argmax(axis=1)
        return float(np.mean([shares[likely == column, column].sum() for column in range(len(known))]))

    def _ids(self) -> Iterator[Symptom]:
        most = IDS.threshold * len(self.values)
        found = [place for place in self.plain if self._whole(place) and self._distinct(place) >= most]
        texts = [name for place, name in enumerate(self.category_names) if len(set(self.categories[:, place])) >= most]
        columns = (*self._named(found), *texts)
        if columns:
            yield IDS.found(f"{_list(columns)} {_have(columns)} as many values as rows, as keys do", 1.0, columns)

    def _one_hot(self) -> Iterator[Symptom]:
        places = list(self.plain)
        for group in one_hot(self.values[:, places]) if places else []:
            columns = self._named([places[place] for place in group])
            text = f"{_list(columns)} are one category as columns of 0 and 1; half-way between is none"
            yield ONE_HOT.found(text, len(columns), columns)

    def _codes(self) -> Iterator[Symptom]:
        found = [place for place in self.plain if self._whole(place) and self._distinct(place) <= CODES.threshold]
        if found:
            most = max(map(self._distinct, found))
            columns = self._named(found)
            yield CODES.found(f"{_list(columns)} {_have(columns)} few values, all whole, as codes have", most, columns)

    def _correlated(self) -> Iterator[Symptom]:
        places = list(self.plain)
        pairs = correlated(self.values[:, places], CORRELATED.threshold) if len(places) > 1 else []
        if pairs:
            named = [(self.names[places[one]], self.names[places[other]]) for one, other, _ in pairs]
            self._named([places[other] for _, other, _ in pairs])
            shown = ", ".join(" and ".join(pair) for pair in named[:5])
            columns = tuple(dict.fromkeys(name for pair in named for name in pair))
            yield CORRELATED.found(f"features say the same: {shown}", max(abs(pair[2]) for pair in pairs), columns)

    def _skewed(self) -> Iterator[Symptom]:
        skewness = np.abs(moments(self.values[:, self.plain], self.weights)[2])
        found = [self.plain[place] for place in np.flatnonzero(skewness >= SKEWED.threshold)]
        if found:
            columns = self._named(found)
            text = f"{_list(columns)} {_are(columns)} heavily skewed: a few large values decide distances"
            yield SKEWED.found(text, skewness.max(), columns)

    def _scale(self) -> Iterator[Symptom]:
        deviation = moments(self.values[:, self.plain], self.weights)[1]
        some = deviation[deviation > 0]
        if self.standardised or len(some) < 2 or some.max() < SCALE.threshold * some.min():
            return
        large = self.names[self.plain[int(deviation.argmax())]]
        text = f"{large!r} has a thousand times the deviation of another feature: it alone decides who is near"
        yield SCALE.found(text, some.max() / some.min(), (large,))


def _list(columns: Sequence[str]) -> str:
    shown = ", ".join(map(repr, columns[:6]))
    return f"{shown} and {len(columns) - 6} more" if len(columns) > 6 else shown


def _have(columns: Sequence[str]) -> str:
    return "has" if len(columns) == 1 else "have"


def _are(columns: Sequence[str]) -> str:
    return "is" if len(columns) == 1 else "are"
