"""Parameters of several samplers as those of one object."""

from __future__ import annotations

import copy
from abc import abstractmethod
from functools import partial
from typing import Any, ClassVar

from pyspark.ml.param import Param, Params

from spark_smote.core.documentation import describe
from spark_smote.core.lookup import no_attribute, unknown
from spark_smote.core.parameter import parameters
from spark_smote.core.resampler import Resampler
from spark_smote.errors import ParameterError


class StepParams(Params):
    """Base of objects whose parameters are those of the samplers that they hold.

    Attributes
    ----------
    steps : tuple of sampler
    """

    STEPS: ClassVar[tuple[type[Resampler], ...]] = ()
    """Classes of the default steps, whose parameters the constructor takes."""
    steps: tuple[Resampler, ...]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.STEPS:
            describe(cls, parameters(cls))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.steps))})"

    def __getattr__(self, name: str) -> Any:
        """A step's parameter by its name, or the setter or getter of a parameter for all steps that have it."""
        # `copy` and `pickle` look for attributes before there are steps.
        owners = self._owners(name[3:4].lower() + name[4:]) if "steps" in self.__dict__ else []
        if owners and name[:3] in ("set", "get"):
            return partial(self._set_all if name.startswith("set") else self._get_common, name, owners)
        if "steps" not in self.__dict__ or not self.hasParam(name):
            raise no_attribute(self, name)
        try:
            return self.getParam(name)
        except ParameterError as error:
            raise AttributeError(error.message) from error

    @property
    def params(self) -> list[Param[Any]]:
        """The parameters of all steps, in the order of the steps.

        Examples
        --------
        >>> from spark_smote import Chain, TomekLinks
        >>> links = TomekLinks()
        >>> Chain(links).params == links.params
        True
        """
        return [param for step in self.steps for param in step.params]

    def hasParam(self, paramName: str) -> bool:
        """Whether a step has a parameter of this name.

        Parameters
        ----------
        paramName : str

        Examples
        --------
        >>> from spark_smote import SMOTEENN
        >>> SMOTEENN().hasParam("kNeighbors"), SMOTEENN().hasParam("shrinkage")
        (True, False)
        """
        return bool(self._owners(paramName))

    def getParam(self, paramName: str) -> Param[Any]:
        """The parameter of this name, for use in a grid.

        Parameters
        ----------
        paramName : str

        Raises
        ------
        ParameterError
            If no step has the parameter, or more than one has it.

        Examples
        --------
        >>> from spark_smote import SMOTEENN
        >>> both = SMOTEENN(kNeighbors=4)
        >>> both.copy({both.getParam("kNeighbors"): 3}).getOrDefault("kNeighbors")
        3
        """
        owners = self._owners(paramName)
        if not owners:
            raise unknown(self, paramName)
        if len(owners) > 1:
            place = self.steps.index(owners[0])
            raise ParameterError(
                f"{self._names(owners)} both have a parameter {paramName!r}; take it from one of them, such as "
                f"steps[{place}].{paramName}, or set it on all of them by setParams"
            )
        return owners[0].getParam(paramName)

    def isSet(self, param: str | Param[Any]) -> bool:
        """Whether a step's parameter is set, see :meth:`getParam`."""
        return self._holders(param)[0].isSet(param)

    def hasDefault(self, param: str | Param[Any]) -> bool:
        """Whether a step's parameter has a default, see :meth:`getParam`."""
        return self._holders(param)[0].hasDefault(param)

    def getOrDefault(self, param: Any) -> Any:
        """The value of a step's parameter, see :meth:`getParam`.

        Parameters
        ----------
        param : str or Param

        Raises
        ------
        ParameterError
            If the parameter belongs to no step, or a name to more than one.

        Examples
        --------
        >>> from spark_smote import SMOTETomek
        >>> SMOTETomek(kNeighbors=4).getOrDefault("kNeighbors")
        4
        """
        return self._holders(param)[0].getOrDefault(param)

    def set(self, param: Param[Any], value: Any) -> None:
        """Set a step's parameter, see :meth:`getParam`."""
        for step in self._holders(param):
            step.set(param, value)

    def clear(self, param: Param[Any]) -> None:
        """Return a step's parameter to its default, see :meth:`getParam`."""
        for step in self._holders(param):
            step.clear(param)

    def explainParam(self, param: str | Param[Any]) -> str:
        """Name, meaning, default and value of a step's parameter, see :meth:`getParam`."""
        return self._holders(param)[0].explainParam(param)

    def explainParams(self) -> str:
        """Name, meaning, default and value of every parameter, one a line, after the name of its step.

        Examples
        --------
        >>> from spark_smote import SMOTE, Chain, TomekLinks
        >>> lines = Chain(SMOTE(kNeighbors=4), TomekLinks()).explainParams().splitlines()
        >>> next(line for line in lines if line.startswith("SMOTE.kNeighbors")).partition(". ")[2]
        '(default: 5, current: 4)'
        >>> [line.partition(":")[0] for line in lines][-1]
        'TomekLinks.standardization'
        """
        return "\n".join(
            f"{title}.{line}"
            for title, step in zip(self._titles(), self.steps, strict=True)
            for line in step.explainParams().splitlines()
        )

    def extractParamMap(self, extra: dict[Param[Any], Any] | None = None) -> dict[Param[Any], Any]:
        """The value of every parameter of every step.

        Parameters
        ----------
        extra : dict of Param to object, optional
            Values that take precedence.

        Examples
        --------
        >>> from spark_smote import SMOTE, Chain
        >>> smote = SMOTE(kNeighbors=4)
        >>> Chain(smote).extractParamMap()[smote.kNeighbors]
        4
        """
        values: dict[Param[Any], Any] = {}
        for step in self.steps:
            values |= step.extractParamMap()
        return values | (extra or {})

    def setParams(self, **params: Any) -> Any:
        """Set each parameter on every step that has it; values of None change nothing.

        Raises
        ------
        ParameterError
            For a parameter that no step has, a value that is wrong whatever the data, and steps with different label
            columns.

        Examples
        --------
        >>> from spark_smote import SMOTE, Chain, TomekLinks
        >>> chain = Chain(SMOTE(), TomekLinks()).setParams(labelCol="fraud", kNeighbors=3)
        >>> [step.getLabelCol() for step in chain.steps], chain.getOrDefault("kNeighbors")
        (['fraud', 'fraud'], 3)
        """
        for name, value in params.items():
            owners = self._owners(name)
            if not owners:
                raise unknown(self, name)
            for step in owners:
                step.setParams(**{name: value})
        self._check_steps()
        return self

    def copy(self, extra: dict[Param[Any], Any] | None = None) -> Any:
        """A copy with the same uid, of copies of the steps.

        Parameters
        ----------
        extra : dict of Param to object, optional
            Parameters of the steps, or of the samplers that the chain was made from, to set on the copies.

        Raises
        ------
        ParameterError
            For values that leave the steps with different label columns.

        Examples
        --------
        >>> from spark_smote import SMOTE, Chain, TomekLinks
        >>> smote = SMOTE()
        >>> Chain(smote, TomekLinks()).copy({smote.kNeighbors: 3}).getOrDefault(smote.kNeighbors)
        3
        """
        copied = copy.copy(self)
        copied.steps = tuple(step.copy(extra) for step in self.steps)
        copied._check_steps()
        return copied

    @abstractmethod
    def _check_steps(self) -> None:
        """Refuse steps that cannot follow each other."""

    def _owners(self, name: str) -> list[Resampler]:
        """The steps whose parameter is meant by a name."""
        return [step for step in self.steps if step.hasParam(name)]

    def _holders(self, param: str | Param[Any]) -> list[Resampler]:
        """The steps that hold a parameter: one, or all copies of a sampler that was given more than once."""
        parent = (self.getParam(param) if isinstance(param, str) else param).parent
        holders = [step for step in self.steps if step.uid == parent]
        if not holders:
            raise ParameterError(f"{param} belongs to none of {', '.join(step.uid for step in self.steps)}")
        return holders

    def _set_all(self, setter: str, owners: list[Resampler], value: Any) -> Any:
        for step in owners:
            getattr(step, setter)(value)
        self._check_steps()
        return self

    def _get_common(self, getter: str, owners: list[Resampler]) -> Any:
        first, *others = (getattr(step, getter)() for step in owners)
        if any(other != first for other in others):
            place = self.steps.index(owners[0])
            raise ParameterError(
                f"{self._names(owners)} differ in it; ask one of them, such as steps[{place}].{getter}()"
            )
        return first

    def _names(self, steps: list[Resampler]) -> str:
        return " and ".join(title for title, step in zip(self._titles(), self.steps, strict=True) if step in steps)

    def _titles(self) -> list[str]:
        """The class name of every step, numbered where several steps are of the same class."""
        kinds = [type(step).__name__ for step in self.steps]
        return [
            f"{kind} {kinds[: place + 1].count(kind)}" if kinds.count(kind) > 1 else kind
            for place, kind in enumerate(kinds)
        ]
