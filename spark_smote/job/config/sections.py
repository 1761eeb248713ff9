"""The sections of a job's configuration.

The dataclasses define the sections: a field is a key, its type hint says which values are allowed, and a field without
a default is required. A new section or key is a new field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from spark_smote.errors import ConfigError
from spark_smote.job.config.checks import check
from spark_smote.job.config.keys import join, known_fields, place_of
from spark_smote.job.config.secrets import HIDDEN, hide, hide_in_urls, is_secret

TABLE_FORMATS = ("delta", "iceberg", "hudi")
"""Formats whose commits are atomic: a job that dies leaves no trace in them."""


class _Place:
    """An input or an output; its ``repr`` shows no secret."""

    def __repr__(self) -> str:
        named = {spec.name: getattr(self, spec.name) for spec in fields(self) if spec.repr}  # type: ignore[arg-type]
        return hide(f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in named.items())})", {})


@dataclass(frozen=True, repr=False)
class Input(_Place):
    """Where the rows come from: a path or a table.

    Parameters
    ----------
    path : str, optional
        As Spark resolves it; patterns such as ``day=*`` are allowed.
    table : str, optional
        A table or view of a catalog, ``catalog.database.table``.
    format : str
        As ``spark.read.format`` takes it. A table has a format of its own.
    schema : str, optional
        Names and types, ``amount DOUBLE, label STRING``, for formats without
        types, such as CSV.
    options : mapping of str to str
        As ``spark.read.options`` takes them.
    filter : str, optional
        A condition in SQL: rows for which it is true are read.
    """

    path: str | None = None
    table: str | None = None
    format: str = "parquet"
    schema: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    filter: str | None = None


@dataclass(frozen=True)
class SamplerSpec:
    """A sampler and its parameters.

    Parameters
    ----------
    name : str
        Name of the sampler, such as ``SMOTENC``; the key is ``class``.
    params : mapping of str to object
        Its parameters, by the names that they have in Python; the sampler
        checks them.
    """

    name: str = field(metadata={"key": "class"})
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Output(_Place):
    """Where the rows go: a path or a table.

    Parameters
    ----------
    path : str, optional
        A folder, as Spark resolves it.
    table : str, optional
        A table of a catalog, ``catalog.database.table``.
    format : str
        As ``df.write.format`` takes it: ``parquet``, ``iceberg``, ``delta``,
        ...
    mode : str
        What to do if the output exists: ``errorifexists`` (or ``error``) fails,
        ``overwrite`` writes it anew, ``append`` adds the rows, ``ignore`` does
        nothing, and ``replace`` is an ``overwrite`` that may also replace the
        input.
    options : mapping of str to str
        As ``df.write.options`` takes them.
    partitionBy : tuple of str
        Columns by whose values the files are laid in folders.
    rows : {'all', 'synthetic'}
        Which rows to write.
    files : int, optional
        Number of files; with ``partitionBy``, at most as many in each
        partition.
    rowsPerFile : int, optional
        Largest number of rows in a file.
    runId : str, optional
        Name of this run, by which a job that is tried again is told from a new
        one; made of the configuration and the input unless given.
    runIdCol : str, optional
        A new column that holds the name in every row.
    """

    path: str | None = None
    table: str | None = None
    format: str = "parquet"
    mode: Literal["errorifexists", "error", "overwrite", "append", "ignore", "replace"] = "errorifexists"
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    partitionBy: tuple[str, ...] = ()
    rows: Literal["all", "synthetic"] = "all"
    files: int | None = None
    rowsPerFile: int | None = None
    runId: str | None = None
    runIdCol: str | None = None


@dataclass(frozen=True)
class ReportSpec:
    """Where to write the report.

    Parameters
    ----------
    json : str, optional
        A file, for programs.
    html : str, optional
        A file, with tables and pictures, for people.
    """

    json: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class StagingSpec:
    """Where to keep rows that are read several times, in place of Spark's
    cache: a path or a table.

    Parameters
    ----------
    path : str, optional
        A folder: the parameter ``stagingPath`` of all samplers.
    table : str, optional
        The beginning of the names of new tables: the parameter ``stagingTable``
        of all samplers.
    """

    path: str | None = None
    table: str | None = None


@dataclass(frozen=True, repr=False)
class JobConfig:
    """A whole job.

    Parameters
    ----------
    input : Input
    sampler : tuple of SamplerSpec
        Each works on the result of the one before.
    output : Output
    report : ReportSpec
    plan : str, optional
        A file that ``spark-smote plan --save`` or ``Plan.save`` wrote: the job
        plans nothing itself.
    spark : mapping of str to str
        Settings of the Spark session, such as ``spark.sql.shuffle.partitions``.
    staging : StagingSpec
    file : str
        The file that the configuration was read from.
    places : mapping of str to str
        Where each dotted key stands: file and line, or ``--set``.
    written : mapping of str to str
        The text of those dotted keys in whose value environment variables were
        expanded.
    expanded : mapping of str to str
        Values from the environment, and the text to show instead.
    texts : mapping of str to str
        The text of plain values of the sampler's parameters, by their dotted
        keys, for parameters that take text: YAML reads 2024 as a number.
    """

    input: Input
    sampler: tuple[SamplerSpec, ...]
    output: Output
    report: ReportSpec = field(default_factory=ReportSpec)
    plan: str | None = None
    spark: Mapping[str, str] = field(default_factory=dict)
    staging: StagingSpec = field(default_factory=StagingSpec)
    file: str = field(default="", compare=False, metadata={"key": None})
    places: Mapping[str, str] = field(default_factory=dict, compare=False, metadata={"key": None})
    written: Mapping[str, str] = field(default_factory=dict, compare=False, metadata={"key": None})
    expanded: Mapping[str, str] = field(default_factory=dict, compare=False, metadata={"key": None})
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, metadata={"key": None})

    def __post_init__(self) -> None:
        check(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.shown().items())})"

    def where(self, key: str) -> str:
        """Place of a dotted key such as ``sampler.params.seed``, or of its
        nearest parent in the file.

        Examples
        --------
        >>> places = {"input": "job.yaml:12"}
        >>> config = JobConfig(Input("in"), (SamplerSpec("SMOTE"),), Output("out"), file="job.yaml", places=places)
        >>> config.where("input.path")
        'job.yaml:12'
        """
        return place_of(self.file, self.places, key)

    def error(self, key: str, problem: str) -> ConfigError:
        """An error about a key: its place, its name and the problem, without
        secrets.
        """
        return ConfigError(f"{self.where(key)}: {key}: {self.hide(problem)}")

    def hide(self, text: str) -> str:
        """A text without the secrets and the values from the environment that
        this configuration holds.
        """
        settings = [*self.input.options.items(), *self.output.options.items(), *self.spark.items()]
        secrets = {value: HIDDEN for name, value in settings if value and is_secret(name)}
        return hide(text, {**self.expanded, **secrets})

    def shown(self) -> dict[str, Any]:
        """The sections as plain values, without secrets, and with ``${NAME}``
        for values from the environment.
        """
        return {name: self._plain(getattr(self, name), name) for name in known_fields(JobConfig)}

    def digest(self) -> str:
        """A hash of everything that decides which rows are written and where,
        without secrets.

        Comments, order of keys, defaults written out, the mode, the staging
        place, Spark's settings and the report make no difference.
        """
        rows = [self._plain(each, "", shown=False) for each in (self.input, self.sampler, self.output)]
        for key in ("runId", "mode"):
            rows[2].pop(key)
        text = json.dumps(rows, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _plain(self, value: Any, key: str, shown: bool = True) -> Any:
        if shown and key in self.written:
            return hide(self.written[key], {})
        if is_dataclass(value):
            named = known_fields(type(value)).items()
            return {name: self._plain(getattr(value, spec.name), join(key, name), shown) for name, spec in named}
        if isinstance(value, Mapping):
            return {
                str(name): HIDDEN if is_secret(str(name)) else self._plain(each, join(key, str(name)), shown)
                for name, each in value.items()
            }
        if isinstance(value, list | tuple):
            single = key == "sampler" and "sampler.class" in self.places
            keys = [key if single else f"{key}.{index}" for index in range(len(value))]
            return [self._plain(each, at, shown) for each, at in zip(value, keys, strict=True)]
        if isinstance(value, str):
            # The hash needs the whole condition: runs that differ in it are different runs.
            return hide(value, self.expanded) if shown else hide_in_urls(value)
        return value
