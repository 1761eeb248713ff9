"""The sampling strategy: how many rows each class shall have, resolved to rows to synthesise.

Forms, ties and rounding are those of imbalanced-learn's over-samplers (``imblearn.utils.check_sampling_strategy``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, TypeAlias

from spark_smote.errors import ClassError, ParameterError, StrategyError

Label: TypeAlias = bool | int | float | str
Totals: TypeAlias = Mapping[Label, int]
Strategy: TypeAlias = str | float | Totals | Callable[[dict[Label, int]], Totals]

NAMES = ("auto", "minority", "not minority", "not majority", "all")
_MOST_SHOWN = 20


def check(strategy: Any) -> None:
    """Refuse a strategy that is wrong whatever the data.

    Parameters
    ----------
    strategy : object
        See :func:`resolve`.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> check({"fraud": 0.5})
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: samplingStrategy: the total for class 'fraud' must be an integer, not 0.5
    """
    if isinstance(strategy, Mapping):
        for label, total in strategy.items():
            if not _is(Integral, total):
                what = f"samplingStrategy: the total for class {_plain(label)!r}"
                raise ParameterError(f"{what} must be an integer, not {_plain(total)!r}")
        return
    ratio = _is(Real, strategy) and 0 < strategy <= 1
    if not (strategy in NAMES if isinstance(strategy, str) else ratio or callable(strategy)):
        raise ParameterError(
            f"samplingStrategy must be one of {', '.join(map(repr, NAMES))}, a ratio on (0, 1] for two classes, "
            f"a mapping of class to total rows, or a callable on the counts that returns one, not {_plain(strategy)!r}"
        )


def resolve(strategy: Strategy, counts: Mapping[Label, int]) -> dict[Label, int]:
    """Rows to synthesise for every class.

    Parameters
    ----------
    strategy : str, float, mapping or callable
        - ``'auto'``, ``'not majority'``, ``'all'``: every class grows to the size of the largest; ``'minority'``: only
          the smallest does; ``'not minority'``: all but the smallest. Of equal ones the first in sorted order counts.
        - a ratio on (0, 1], for two classes only: size of the smaller class, rounded down, over that of the larger.
        - a mapping of class to total rows, those present included; classes left out stay as they are.
        - a callable that takes the counts and returns such a mapping.
    counts : mapping of label to int
        Rows present in each class.

    Returns
    -------
    dict of label to int
        In sorted class order, 0 where nothing is to be done.

    Raises
    ------
    ParameterError, StrategyError, ClassError
        None of these forms; does not fit the classes; fewer than two classes.

    Examples
    --------
    >>> resolve("auto", {"ok": 100, "fraud": 20, "error": 50})
    {'error': 50, 'fraud': 80, 'ok': 0}
    >>> resolve(0.5, {0: 100, 1: 20})
    {0: 0, 1: 30}
    >>> resolve({1: 150}, {0: 100, 1: 20})
    {0: 0, 1: 130}
    >>> resolve(lambda counts: {label: 2 * rows for label, rows in counts.items()}, {0: 100, 1: 20})
    {0: 100, 1: 20}
    """
    check(strategy)
    rows = {label: counts[label] for label in sorted(counts)}
    if len(rows) < 2:
        raise ClassError(f"resampling needs two classes or more; found {', '.join(map(repr, rows)) or 'none'}")
    if isinstance(strategy, str):
        owed = _by_name(strategy, rows)
    elif isinstance(strategy, int | float | Real):
        owed = _by_ratio(float(strategy), rows)
    else:
        totals = strategy if isinstance(strategy, Mapping) else strategy(dict(rows))
        if not isinstance(totals, Mapping):
            raise ParameterError(f"samplingStrategy: the callable must return a mapping of totals, not {totals!r}")
        check(totals)
        owed = _by_totals(totals, rows)
    return {label: owed.get(label, 0) for label in rows}


def _by_name(name: str, rows: Mapping[Label, int]) -> dict[Label, int]:
    smallest = min(rows, key=rows.__getitem__)
    largest = max(rows.values())
    # 'auto', 'not majority' and 'all' are one: the largest class owes nothing anyway.
    spared = {"minority": rows.keys() - {smallest}, "not minority": {smallest}}.get(name, set())
    return {label: largest - n for label, n in rows.items() if label not in spared}


def _by_totals(totals: Totals, rows: Mapping[Label, int]) -> dict[Label, int]:
    for label, total in totals.items():
        if label not in rows:
            known = ", ".join(map(repr, list(rows)[:_MOST_SHOWN])) + ", ..." * (len(rows) > _MOST_SHOWN)
            raise StrategyError(
                f"samplingStrategy: unknown class {_plain(label)!r} ({type(_plain(label)).__name__}); "
                f"the classes are {known} ({type(next(iter(rows))).__name__})"
            )
        if total < rows[label]:
            raise StrategyError(
                f"samplingStrategy: class {_plain(label)!r} has {rows[label]} rows and a total of {total} is asked; "
                "a total counts the rows present too, and none is removed"
            )
    return {label: int(totals[label]) - n for label, n in rows.items() if label in totals}


def _by_ratio(ratio: float, rows: Mapping[Label, int]) -> dict[Label, int]:
    if len(rows) != 2:
        raise StrategyError(f"samplingStrategy: a ratio is for two classes, not {len(rows)}; use a mapping of totals")
    larger = max(rows, key=rows.__getitem__)
    (smaller,) = rows.keys() - {larger}
    owed = int(rows[larger] * ratio - rows[smaller])
    if owed <= 0:
        raise StrategyError(
            f"samplingStrategy: the ratio {ratio} asks for no new row, as class {smaller!r} ({rows[smaller]} rows) is "
            f"at {rows[smaller] / rows[larger]:.4g} of class {larger!r} ({rows[larger]} rows) already; "
            "give a larger ratio, or {} to add nothing"
        )
    return {smaller: owed}


def _is(kind: type, number: object) -> bool:
    return isinstance(number, kind) and not isinstance(number, bool)  # True is no number here


def _plain(value: Any) -> Any:
    """A NumPy scalar as Python's own, for messages to show what was meant."""
    return value.item() if getattr(value, "shape", None) == () and value.__hash__ else value
