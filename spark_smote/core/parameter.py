"""A parameter: its type, constraint and default are declared together, its description stands in the class's docstring.

A declaration provides the parameter of Spark ML, its setter and getter, its check, its entry in the docstring and in
the signature, and its line in the stub for editors.
"""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pyspark.ml.param import Param, Params, TypeConverters

from spark_smote.core.documentation import WIDTH, entries
from spark_smote.errors import ParameterError

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A type of values.

    Parameters
    ----------
    annotation : object
        In signatures.
    words : str
        In docstrings.
    convert : callable
        From a value as given to the value as kept.
    restore : callable
        From the value as kept to the value as its getter returns it.
    """

    annotation: Any
    words: str
    convert: Callable[[Any], T]
    restore: Callable[[T], Any] = lambda value: value


BOOL = Kind[bool](bool, "bool", TypeConverters.toBoolean)
INT = Kind[int](int, "int", TypeConverters.toInt)
FLOAT = Kind[float](float, "float", TypeConverters.toFloat)
STR = Kind[str](str, "str", TypeConverters.toString)
STRS = Kind[list[str]](list[str], "list of str", lambda value: _to_names(value))


@dataclass(frozen=True)
class Constraint:
    """Which values are allowed, whatever the data.

    Parameters
    ----------
    words : str
        What a value must be, as in 'kNeighbors must be ...'.
    allows : callable
        Whether a value, as kept, is allowed; it may raise a ParameterError that says more than the words.
    choices : tuple, optional
        All values that are allowed, where these are few.
    """

    words: str
    allows: Callable[[Any], bool]
    choices: tuple[Any, ...] = ()


def at_least(least: int) -> Constraint:
    """Integers from this one on."""
    return Constraint(f"an integer of {least} or more", lambda value: bool(least <= value))


def integers(least: int, most: int) -> Constraint:
    """Integers from one to another."""
    return Constraint(f"an integer from {least} to {most}", lambda value: bool(least <= value <= most))


def one_of(*choices: str) -> Constraint:
    """These strings."""
    return Constraint(f"one of {', '.join(map(repr, choices))}", lambda value: value in choices, choices)


def accepted_by(check: Callable[[Any], object], words: str) -> Constraint:
    """Values that pass a check, which raises errors of its own."""

    def allows(value: Any) -> bool:
        check(value)
        return True

    return Constraint(words, allows)


TRUE_OR_FALSE = Constraint("True or False", lambda value: isinstance(value, bool))
ANY_INTEGER = Constraint("an integer", lambda value: isinstance(value, int))
SHARE = Constraint("a number from 0 to 1", lambda value: 0 <= value <= 1)
POSITIVE_SHARE = Constraint("a number on (0, 1]", lambda value: 0 < value <= 1)
POSITIVE = Constraint("a positive number", lambda value: 0 < value < float("inf"))
NOT_NEGATIVE = Constraint("a number of 0 or more", lambda value: 0 <= value < float("inf"))
COLUMN = Constraint("the name of a column", lambda value: isinstance(value, str))
COLUMNS = Constraint("a list of names of columns", lambda value: all(isinstance(name, str) for name in value))


class Parameter(Param[T]):
    """A parameter of Spark ML with its constraint, default and description.

    Declared in the body of a class of Params, it takes its name from there, and its description from the section
    "Parameters" of the docstring of the class: the name in a line of its own, then the text. The class gets a setter
    and a getter, unless they are written by hand.

    Parameters
    ----------
    kind : Kind
    constraint : Constraint
    default : object, optional
        None where it has none.

    Raises
    ------
    TypeError
        When the class is created, if its docstring does not describe the parameter.

    Examples
    --------
    >>> class Cook(Params):
    ...     '''Cooks.
    ...
    ...     Parameters
    ...     ----------
    ...     eggs
    ...         Number of eggs.
    ...     '''
    ...     eggs = Parameter(INT, at_least(1), default=2)
    >>> print(Cook.eggs.entry)
    eggs : int, default 2
        Number of eggs.
    >>> Cook().setEggs(3).getEggs()
    3
    >>> Cook().setEggs(0)
    Traceback (most recent call last):
    spark_smote.errors.ParameterError: eggs must be an integer of 1 or more, not 0 [ParameterError]
    """

    def __init__(self, kind: Kind[T], constraint: Constraint, *, default: T | None = None) -> None:
        super().__init__(Params._dummy(), "", "", kind.convert)
        self.kind, self.constraint, self.default, self.text = kind, constraint, default, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        described = entries(owner.__doc__).get(name, "").partition("\n")[2]
        self.text = " ".join(described.split()) or self.text
        self.doc = re.sub(r":\w+:`|`", "", self.text)
        # Python without docstrings (-OO) has no descriptions.
        if __doc__ and not self.text:
            raise TypeError(f"{owner.__qualname__}: describe {name} in the docstring, in the section Parameters")
        for verb, make in (("set", _setter), ("get", _getter)):
            accessor = self.accessor(verb)
            if not hasattr(owner, accessor):
                setattr(owner, accessor, make(name, accessor, owner))

    def accessor(self, verb: str) -> str:
        """The name of its setter or getter."""
        return f"{verb}{self.name[0].upper()}{self.name[1:]}"

    def but(self, *, default: T | None = None, constraint: Constraint | None = None) -> Parameter[T]:
        """The same parameter with another default or constraint, for a class to declare anew and, if it likes, to
        describe anew.
        """
        changed = copy.copy(self)
        changed.default = self.default if default is None else default
        changed.constraint = constraint or self.constraint
        return changed

    @property
    def value_type(self) -> Any:
        """The type of its values, for its setter."""
        return Literal[self.constraint.choices] if self.constraint.choices else self.kind.annotation

    @property
    def annotation(self) -> Any:
        """Its type in signatures and for its getter: it may be None where it has no default."""
        return self.value_type if self.default is not None else self.value_type | None

    @property
    def entry(self) -> str:
        """Its entry in a docstring."""
        choices = ", ".join(map(repr, self.constraint.choices))
        kind = f"{{{choices}}}" if choices else self.kind.words
        default = "optional" if self.default is None else f"default {self.default!r}"
        text = textwrap.fill(self.text, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
        return f"{self.name} : {kind}, {default}\n{text}"

    def keep(self, value: Any) -> T:
        """The value as it is kept, checked.

        Raises
        ------
        ParameterError
            Names the parameter, its value and what is allowed.
        """
        try:
            kept = self.typeConverter(value)
        except TypeError as error:
            raise ParameterError(f"{self.name}: {error}") from error
        self.check(kept)
        return kept

    def check(self, value: T) -> None:
        """Refuse a value, as kept, that is wrong whatever the data.

        Raises
        ------
        ParameterError
        """
        if not self.constraint.allows(value):
            raise ParameterError(f"{self.name} must be {self.constraint.words}, not {value!r}")


def argument(name: str, value: Any, kind: Kind[T], constraint: Constraint) -> T:
    """An argument of a function, kept and checked as a parameter of this kind would be.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> argument("folds", 3.0, INT, at_least(2))
    3
    """
    try:
        kept = kind.convert(value)
        allowed = constraint.allows(kept)
    except TypeError:
        allowed = False
    if not allowed:
        raise ParameterError(f"{name} must be {constraint.words}, not {value!r}")
    return kept


def _to_names(value: Any) -> list[str]:
    """A list of column names; an array or a pandas Index is taken for one."""
    listed = value.tolist() if type(value).__module__.partition(".")[0] in ("numpy", "pandas") else value
    if isinstance(listed, list | tuple) and all(isinstance(one, str) for one in listed):
        return list(listed)
    shown = [listed] if isinstance(listed, str) else ["amount", "age"]
    raise TypeError(f"must be a list of column names, such as {shown}, not {value!r}")


def parameters(kind: type) -> list[Parameter[Any]]:
    """The parameters of a class: its own first, then those that samplers share, the most general first.

    Those that a class sets to None are left out. Those of a class with STEPS are the parameters of these; of parameters
    of one name, the first step's.
    """
    found: dict[str, Parameter[Any]] = {}
    shared: set[str] = set()
    for step in getattr(kind, "STEPS", (kind,)):
        of_step: dict[str, Parameter[Any]] = {}
        for base in reversed(step.__mro__):
            declared = {name: one for name, one in vars(base).items() if isinstance(one, Parameter)}
            if base.__module__.startswith(__name__.rpartition(".")[0]):
                shared.update(declared)
            # A class that sets a parameter of its bases to None does without it.
            without = {name for name in of_step if name in vars(base) and name not in declared}
            of_step = {name: one for name, one in of_step.items() if name not in without} | declared
        found = found | of_step | found
    return sorted(found.values(), key=lambda one: one.name in shared)


def _setter(name: str, accessor: str, owner: type) -> Callable[..., Any]:
    def set_(self: Any, value: Any) -> Any:
        self._set(**{name: self.getParam(name).keep(value)})
        return self

    return _named(set_, accessor, owner, f"Set ``{name}``; wrong values are refused at once.")


def _getter(name: str, accessor: str, owner: type) -> Callable[..., Any]:
    def get(self: Any) -> Any:
        return self.getParam(name).kind.restore(self.getOrDefault(name)) if self.isDefined(name) else None

    return _named(get, accessor, owner, f"``{name}`` as set, or its default, or None.")


def _named(function: Callable[..., Any], name: str, owner: type, text: str) -> Callable[..., Any]:
    function.__name__, function.__qualname__, function.__doc__ = name, f"{owner.__qualname__}.{name}", text
    function.__module__ = owner.__module__
    return function
