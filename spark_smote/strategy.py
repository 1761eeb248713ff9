"""The sampling strategy: the target number of rows of each class, resolved to rows to synthesise or to remove.

Forms, ties and rounding are as in imbalanced-learn (``imblearn.utils.check_sampling_strategy``).
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
UNDER_NAMES = ("auto", "majority", "not minority", "not majority", "all")
_MOST_SHOWN = 20


def check(strategy: Any, names: tuple[str, ...] = NAMES) -> None:
    """Refuse a strategy that is wrong whatever the data.

    Parameters
    ----------
    strategy : object
        See :func:`resolve`.
    names : tuple of str
        Names that are allowed.

    Raises
    ------
    ParameterError
        If the strategy has none of the allowed forms, or a total is not an integer.

    Examples
    --------
    >>> check({"fraud": 0.5})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: samplingStrategy: the total for class 'fraud' must be an integer, not 0.5 ...
    """
    if isinstance(strategy, Mapping):
        for label, total in strategy.items():
            if not _is(Integral, total):
                what = f"samplingStrategy: the total for class {_plain(label)!r}"
                raise ParameterError(f"{what} must be an integer, not {_plain(total)!r}")
        return
    ratio = _is(Real, strategy) and 0 < strategy <= 1
    if not (strategy in names if isinstance(strategy, str) else ratio or callable(strategy)):
        raise ParameterError(
            f"samplingStrategy must be one of {', '.join(map(repr, names))}, a ratio on (0, 1] for two classes, "
            f"a mapping of class to total rows, or a callable on the counts that returns one, not {_plain(strategy)!r}"
        )


def check_under(strategy: Any) -> None:
    """Checks an under-sampling strategy as far as possible without data.

    Parameters
    ----------
    strategy : object
        See :func:`resolve_under`.

    Raises
    ------
    ParameterError
        If the strategy has none of the allowed forms, or a total is not an integer of 0 or more.

    Examples
    --------
    >>> check_under({"ok": -1})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: samplingStrategy: the total for class 'ok' must be 0 or more, not -1 ...
    """
    check(strategy, UNDER_NAMES)
    if isinstance(strategy, Mapping):
        for label, total in strategy.items():
            if total < 0:
                raise ParameterError(
                    f"samplingStrategy: the total for class {_plain(label)!r} must be 0 or more, not {_plain(total)!r}"
                )


def check_targets(strategy: Any) -> None:
    """Checks a cleaning strategy as far as possible without data.

    Parameters
    ----------
    strategy : object
        See :func:`resolve_targets`.

    Raises
    ------
    ParameterError
        If the strategy has none of the allowed forms.

    Examples
    --------
    >>> check_targets({"fraud": 3})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: samplingStrategy must be ... the classes to clean, not {'fraud': 3} ...
    """
    if not (isinstance(strategy, list) or (isinstance(strategy, str) and strategy in UNDER_NAMES)):
        raise ParameterError(
            f"samplingStrategy must be one of {', '.join(map(repr, UNDER_NAMES))}, or a list of the classes to clean, "
            f"not {_plain(strategy)!r}"
        )


def resolve(strategy: Strategy, counts: Mapping[Label, int], if_balanced: str = "error") -> dict[Label, int]:
    """Returns the number of rows to synthesise for every class.

    Parameters
    ----------
    strategy : str, float, mapping or callable
        - ``'auto'``, ``'not majority'``, ``'all'``: every class grows to the size of the largest class; ``'minority'``:
          only the smallest class; ``'not minority'``: all but the smallest class. Of equal classes the first counts.
        - a ratio on (0, 1], for two classes only: size of the smaller class, rounded down, over that of the larger.
        - a mapping of class to total rows, existing rows included; classes left out do not change.
        - a callable that takes the counts and returns such a mapping.
    counts : mapping of label to int
        Number of rows of each class.
    if_balanced : {'error', 'pass'}
        With 'pass', a ratio that the classes have reached already asks for no row; otherwise it is an error.

    Returns
    -------
    dict of label to int
        In sorted class order; 0 for a class that does not change.

    Raises
    ------
    ParameterError
        If the strategy has none of these forms.
    StrategyError
        If it does not fit the classes.
    ClassError
        If there are fewer than two classes.

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
    rows = _sorted(counts)
    if isinstance(strategy, str):
        added = _by_name(strategy, rows)
    elif isinstance(strategy, int | float | Real):
        added = _by_ratio(float(strategy), rows, if_balanced)
    else:
        totals = _totals(strategy, rows)
        check(totals)
        added = _by_totals(totals, rows)
    return {label: added.get(label, 0) for label in rows}


def resolve_under(strategy: Strategy, counts: Mapping[Label, int], if_balanced: str = "error") -> dict[Label, int]:
    """Returns the number of rows to remove from every class.

    Parameters
    ----------
    strategy : str, float, mapping or callable
        - ``'auto'``, ``'not minority'``, ``'all'``: every class shrinks to the size of the smallest class;
          ``'majority'``: only the largest class; ``'not majority'``: all but the largest class. Of equal classes the
          first counts.
        - a ratio on (0, 1], for two classes only: size of the smaller class over that of the larger, rounded down.
        - a mapping of class to rows to keep; classes left out do not change.
        - a callable that takes the counts and returns such a mapping.
    counts, if_balanced : mapping of label to int, and str
        As for :func:`resolve`.

    Returns
    -------
    dict of label to int
        In sorted class order; 0 for a class that does not change.

    Raises
    ------
    ParameterError, StrategyError, ClassError
        As :func:`resolve`.

    Examples
    --------
    >>> resolve_under("auto", {"ok": 100, "fraud": 20, "error": 50})
    {'error': 30, 'fraud': 0, 'ok': 80}
    >>> resolve_under(0.5, {0: 100, 1: 20})
    {0: 60, 1: 0}
    >>> resolve_under({0: 30}, {0: 100, 1: 20})
    {0: 70, 1: 0}
    """
    check_under(strategy)
    rows = _sorted(counts)
    if isinstance(strategy, str):
        least = min(rows.values())
        removed = {label: rows[label] - least for label in _named(strategy, rows)}
    elif isinstance(strategy, int | float | Real):
        removed = _under_by_ratio(float(strategy), rows, if_balanced)
    else:
        totals = _totals(strategy, rows)
        check_under(totals)
        removed = _under_by_totals(totals, rows)
    return {label: removed.get(label, 0) for label in rows}


def resolve_targets(strategy: str | list[Label], counts: Mapping[Label, int]) -> list[Label]:
    """Returns the classes to clean, in sorted order.

    Parameters
    ----------
    strategy : str or list of label
        - ``'auto'``, ``'not minority'``: all but the smallest class; ``'majority'``: the largest class;
          ``'not majority'``: all but the largest class; ``'all'``. Of equal classes the first in sorted order counts.
        - a list of classes.
    counts : mapping of label to int
        Number of rows of each class.

    Raises
    ------
    ParameterError, StrategyError, ClassError
        As :func:`resolve`.

    Examples
    --------
    >>> resolve_targets("auto", {"ok": 100, "fraud": 20, "error": 50})
    ['error', 'ok']
    >>> resolve_targets(["fraud"], {"ok": 100, "fraud": 20})
    ['fraud']
    """
    check_targets(strategy)
    rows = _sorted(counts)
    if isinstance(strategy, str):
        return _named(strategy, rows)
    for label in strategy:
        _known(label, rows)
    return [label for label in rows if label in strategy]


def _sorted(counts: Mapping[Label, int]) -> dict[Label, int]:
    rows = {label: counts[label] for label in sorted(counts)}
    if len(rows) < 2:
        raise ClassError(f"resampling needs two classes or more; found {', '.join(map(repr, rows)) or 'none'}")
    return rows


def _named(name: str, rows: Mapping[Label, int]) -> list[Label]:
    """Returns the classes that a named under-sampling strategy selects."""
    smallest, largest = min(rows, key=rows.__getitem__), max(rows, key=rows.__getitem__)
    if name == "majority":
        return [largest]
    spared = {"all": None, "not majority": largest}.get(name, smallest)
    return [label for label in rows if name == "all" or label != spared]


def _totals(strategy: Any, rows: Mapping[Label, int]) -> Totals:
    totals = strategy if isinstance(strategy, Mapping) else strategy(dict(rows))
    if not isinstance(totals, Mapping):
        raise ParameterError(f"samplingStrategy: the callable must return a mapping of totals, not {totals!r}")
    return totals


def _known(label: Label, rows: Mapping[Label, int]) -> None:
    """Raises an error for an unknown class."""
    if label not in rows:
        known = ", ".join(map(repr, list(rows)[:_MOST_SHOWN])) + ", ..." * (len(rows) > _MOST_SHOWN)
        raise StrategyError(
            f"samplingStrategy: unknown class {_plain(label)!r} ({type(_plain(label)).__name__}); "
            f"the classes are {known} ({type(next(iter(rows))).__name__})"
        )


def _under_by_totals(totals: Totals, rows: Mapping[Label, int]) -> dict[Label, int]:
    for label, total in totals.items():
        _known(label, rows)
        if total > rows[label]:
            raise StrategyError(
                f"samplingStrategy: class {_plain(label)!r} has {rows[label]} rows, but {total} are to be kept; an "
                "under-sampler adds none"
            )
    return {label: n - int(totals[label]) for label, n in rows.items() if label in totals}


def _under_by_ratio(ratio: float, rows: Mapping[Label, int], if_balanced: str) -> dict[Label, int]:
    smaller, larger = _two(rows)
    kept = int(rows[smaller] / ratio)
    if kept > rows[larger] and if_balanced != "pass":
        raise StrategyError(
            f"samplingStrategy: the ratio {ratio} asks for {kept} rows of class {larger!r}, which has {rows[larger]}: "
            f"class {smaller!r} ({rows[smaller]} rows) is at {rows[smaller] / rows[larger]:.4g} of it already; give a "
            "larger ratio, {} to remove nothing, or ifBalanced='pass' for classes that may be at the ratio already"
        )
    return {larger: max(rows[larger] - kept, 0)}


def _two(rows: Mapping[Label, int]) -> tuple[Label, Label]:
    """Returns the smaller and the larger of two classes."""
    if len(rows) != 2:
        raise StrategyError(f"samplingStrategy: a ratio is for two classes, not {len(rows)}; use a mapping of totals")
    larger = max(rows, key=rows.__getitem__)
    (smaller,) = rows.keys() - {larger}
    return smaller, larger


def _by_name(name: str, rows: Mapping[Label, int]) -> dict[Label, int]:
    smallest = min(rows, key=rows.__getitem__)
    largest = max(rows.values())
    # 'auto', 'not majority' and 'all' are equal, because the largest class gets no synthetic row anyway.
    spared = {"minority": rows.keys() - {smallest}, "not minority": {smallest}}.get(name, set())
    return {label: largest - n for label, n in rows.items() if label not in spared}


def _by_totals(totals: Totals, rows: Mapping[Label, int]) -> dict[Label, int]:
    for label, total in totals.items():
        _known(label, rows)
        if total < rows[label]:
            raise StrategyError(
                f"samplingStrategy: class {_plain(label)!r} has {rows[label]} rows, more than the total of {total}; "
                "a total includes the existing rows, and an over-sampler removes none"
            )
    return {label: int(totals[label]) - n for label, n in rows.items() if label in totals}


def _by_ratio(ratio: float, rows: Mapping[Label, int], if_balanced: str) -> dict[Label, int]:
    smaller, larger = _two(rows)
    added = int(rows[larger] * ratio - rows[smaller])
    if added <= 0 and if_balanced != "pass":
        raise StrategyError(
            f"samplingStrategy: the ratio {ratio} asks for no new row, as class {smaller!r} ({rows[smaller]} rows) is "
            f"at {rows[smaller] / rows[larger]:.4g} of class {larger!r} ({rows[larger]} rows) already; "
            "give a larger ratio, {} to add nothing, or ifBalanced='pass' for classes that may be at the ratio already"
        )
    return {smaller: max(added, 0)}


def _is(kind: type, number: object) -> bool:
    return isinstance(number, kind) and not isinstance(number, bool)  # True and False are not numbers here


def _plain(value: Any) -> Any:
    """Converts a NumPy scalar to a Python object, so that messages show its plain value."""
    return value.item() if getattr(value, "shape", None) == () and value.__hash__ else value
