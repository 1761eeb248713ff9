"""The parameters of a sampler as it declares them: set, read, checked, and told to a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.ml.param import Param, Params

from spark_smote.core.documentation import describe
from spark_smote.core.lookup import no_attribute, parameter
from spark_smote.core.parameter import parameters
from spark_smote.core.plan import PlannedBy
from spark_smote.core.stages import described

_OF_A_RUN = ("ifBalanced", "persistInput", "stagingPath", "stagingTable")
"""Parameters that may differ between planning and resampling."""


class DeclaredParams(Params):
    """Base of objects whose parameters are declared by :class:`spark_smote.core.parameter.Parameter`."""

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(**{one.name: one.default for one in parameters(type(self)) if one.default is not None})
        self.setParams(**params)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise no_attribute(self, name)

    def optional(self, param: Param[Any]) -> Any:
        """The value of a parameter, None where it has none."""
        return self.getOrDefault(param) if self.isDefined(param) else None

    def __repr__(self) -> str:
        given = [one for one in parameters(type(self)) if self.isSet(one.name)]
        values = (f"{one.name}={getattr(self, one.accessor('get'))()!r}" for one in given)
        return f"{type(self).__name__}({', '.join(values)})"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        describe(cls, parameters(cls))

    def setParams(self, **params: Any) -> Any:
        """Set parameters by name; those given as None are left as they are.

        Raises
        ------
        ParameterError
            For a parameter that there is not, and for a value that is wrong whatever the data.
        """
        self._set(**{name: parameter(self, name).keep(value) for name, value in params.items() if value is not None})
        return self

    def made_by(self) -> tuple[PlannedBy, ...]:
        """The class and the parameters on which the result depends, for the plan."""
        names = [one.name for one in parameters(type(self)) if one.name not in _OF_A_RUN]
        params = {name: self.optional(self.getParam(name)) for name in names}
        return (PlannedBy(type(self).__name__, {name: _told(value) for name, value in params.items()}),)

    def _check_params(self) -> None:
        """Check all values once more, for Spark ML can set them too."""
        for one in parameters(type(self)):
            if self.isDefined(one.name):
                one.check(self.getOrDefault(one.name))


def _told(value: Any) -> Any:
    """A parameter's value as data. A function is known by its name: the plan holds the counts that it returned."""
    if isinstance(value, Params):
        return described(value)
    return getattr(value, "__qualname__", "") if callable(value) else value
