"""The sampling strategy: how many rows each class shall have, resolved to rows to synthesise.

Forms, ties and rounding are those of imbalanced-learn's over-samplers (``imblearn.utils.check_sampling_strategy``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
        Meant to be one of the forms that :func:`resolve` takes.

    Raises
    ------
    ParameterError
        Says what is allowed.

    Examples
    --------
    >>> check(0.5)
    >>> check({"fraud": 1000})
    >>> check({"fraud": 0.5})
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: samplingStrategy: the total for class 'fraud' must be an integer, not 0.5
    """
    if isinstance(strategy, Mapping):
        for label, total in strategy.items():
            if not _is(Integral, total):
                raise ParameterError(
                    f"samplingStrategy: the total for class {_show(label)} must be an integer, not {_show(total)}"
                )
        return
    ratio = _is(Real, strategy) and 0 < strategy <= 1
    if not (strategy in NAMES if isinstance(strategy, str) else ratio or callable(strategy)):
        raise ParameterError(
            f"samplingStrategy must be one of {', '.join(map(repr, NAMES))}, a ratio on (0, 1] for two classes, "
            f"a mapping of class to total rows, or a callable on the counts that returns one, not {_show(strategy)}"
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
    ParameterError
        The strategy, or what the callable returned, is none of these forms.
    StrategyError
        It does not fit these classes.
    ClassError
        There are fewer than two classes.

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
        found = f"there is only one class, {next(iter(rows))!r}" if rows else "there are no classes"
        raise ClassError(f"{found}; resampling needs at least two")
    if isinstance(strategy, str):
        owed = _by_name(strategy, rows)
    elif isinstance(strategy, int | float | Real):
        owed = _by_ratio(float(strategy), rows)
    else:
        totals = strategy if isinstance(strategy, Mapping) else strategy(dict(rows))
        if not isinstance(totals, Mapping):
            raise ParameterError(
                f"samplingStrategy: the callable must return a mapping of class to total, not {totals!r}"
            )
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
            kind = type(_plain(label)).__name__
            raise StrategyError(f"samplingStrategy: unknown class {_show(label)} ({kind}); {_known(rows)}")
        if total < rows[label]:
            raise StrategyError(
                f"samplingStrategy: class {_show(label)} has {rows[label]} rows and a total of {total} is asked for; "
                "a total includes the rows present, and none of them is ever removed"
            )
    return {label: int(totals[label]) - n for label, n in rows.items() if label in totals}


def _by_ratio(ratio: float, rows: Mapping[Label, int]) -> dict[Label, int]:
    if len(rows) != 2:
        raise StrategyError(
            f"samplingStrategy: the ratio {ratio} is for two classes and there are {len(rows)}; "
            "use a mapping of class to total rows"
        )
    larger = max(rows, key=rows.__getitem__)
    (smaller,) = rows.keys() - {larger}
    owed = int(rows[larger] * ratio - rows[smaller])
    if owed <= 0:
        raise StrategyError(
            f"samplingStrategy: the ratio {ratio} asks for no new row, as class {smaller!r} ({rows[smaller]} rows) is at "
            f"{rows[smaller] / rows[larger]:.4g} of class {larger!r} ({rows[larger]} rows) already; "
            "give a larger ratio, or {} to add nothing"
        )
    return {smaller: owed}


def _known(labels: Iterable[Label]) -> str:
    known = list(labels)
    shown = ", ".join(map(repr, known[:_MOST_SHOWN])) + (", ..." if len(known) > _MOST_SHOWN else "")
    return f"the classes are {shown} ({type(known[0]).__name__})"


def _is(kind: type, number: object) -> bool:
    """``isinstance``, but a bool is no number."""
    return isinstance(number, kind) and not isinstance(number, bool)


def _show(value: object) -> str:
    return repr(_plain(value))


def _plain(value: Any) -> Any:
    """A NumPy scalar as Python's own, for messages to show what was meant."""
    return value.item() if hasattr(value, "dtype") and value.ndim == 0 else value
