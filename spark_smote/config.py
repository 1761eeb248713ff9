"""A job's configuration: a YAML file read into frozen dataclasses.

The dataclasses say all there is to say about a section: a field is a key, its type hint says which values are allowed,
and a field without a default is required. A new section or key is a new field.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from spark_smote.errors import ConfigError

# PyYAML is an extra: this module can be imported without it.
Node: TypeAlias = Any
Section = TypeVar("Section")


@dataclass(frozen=True)
class Input:
    """Where the rows come from.

    Parameters
    ----------
    path : str
        As Spark resolves it.
    format : str
        As ``spark.read.format`` takes it.
    options : mapping of str to str
        As ``spark.read.options`` takes them.
    """

    path: str
    format: str = "parquet"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SamplerSpec:
    """What to do with the rows.

    Parameters
    ----------
    name : str
        A sampler of spark_smote; the key is ``class``.
    params : mapping of str to object
        Its parameters, for the sampler itself to check.
    """

    name: str = field(metadata={"key": "class"})
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """Where the rows go.

    Parameters
    ----------
    path, format, options
        As for :class:`Input`, for ``df.write``.
    mode : str
        What to do where there is something already.
    partitionBy : tuple of str
        Columns.
    """

    path: str
    format: str = "parquet"
    mode: Literal["errorifexists", "error", "overwrite", "append", "ignore"] = "errorifexists"
    options: Mapping[str, str] = field(default_factory=dict)
    partitionBy: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobConfig:
    """A whole job.

    Parameters
    ----------
    input : Input
    sampler : SamplerSpec
    output : Output
    spark : mapping of str to str
        Settings of the Spark session.
    file : str
        What it was read from.
    lines : mapping of str to int
        The line of each dotted key, from 1.
    """

    input: Input
    sampler: SamplerSpec
    output: Output
    spark: Mapping[str, str] = field(default_factory=dict)
    file: str = field(default="", repr=False, compare=False, metadata={"key": None})
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False, metadata={"key": None})

    def where(self, key: str) -> str:
        """File and line of a dotted key such as ``sampler.params.seed``, or of its nearest parent that there is.

        Examples
        --------
        >>> config = JobConfig(Input("in"), SamplerSpec("SMOTE"), Output("out"), {}, "job.yaml", {"sampler.params": 12})
        >>> config.where("sampler.params.seed")
        'job.yaml:12'
        """
        return _where(self.file, self.lines, key)


def load(path: str | os.PathLike[str]) -> JobConfig:
    """Read a job's configuration.

    Parameters
    ----------
    path : str or path
        A YAML 1.1 file in UTF-8, read with PyYAML's safe loader.

    Raises
    ------
    ConfigError
        Unreadable file, no YAML, an unknown, missing or repeated key, or a wrong value: with file, line, key, value and
        what is allowed. Or PyYAML is not installed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "job.yaml")
    ...     _ = file.write_text("input: {path: a}\\nsampler: {class: SMOTE, params: {seed: 7}}\\noutput: {path: b}")
    ...     load(file).sampler
    SamplerSpec(name='SMOTE', params={'seed': 7})
    """
    file, text = os.fspath(path), ""
    try:
        import yaml
    except ImportError as error:
        raise ConfigError(f"{file}: PyYAML is not installed; pip install 'spark-smote[job]'") from error
    try:
        # Bytes that are no UTF-8 become characters that are no YAML, and so errors with a position.
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            raise ConfigError(f"{file}:1: the file is empty; its sections are {', '.join(_fields(JobConfig))}")
        reader = _Reader(file, text, loader)
        return replace(reader.section(JobConfig, root, ""), file=file, lines=reader.lines)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{file}:{line}: neither UTF-8 nor YAML: {chr(error.character)!a}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: not YAML: {error.context or ''} {error.problem}") from error
    except RecursionError as error:
        raise ConfigError(f"{file}:1: not YAML that can be read: nested too deeply") from error


class _Reader:
    """The nodes of one YAML document to Python objects, led by type hints."""

    def __init__(self, file: str, text: str, loader: Any) -> None:
        self.file, self.text, self.loader = file, text, loader
        self.lines: dict[str, int] = {}
        self.built: dict[int, Any] = {}

    def section(self, kind: type[Section], node: Node, key: str) -> Section:
        known, hints, found = _fields(kind), get_type_hints(kind), {}
        for name, dotted, value in self.entries(node, key, named=True):
            if name not in known:
                raise self.error(dotted, f"unknown key{_meant(name, known)}; allowed: {', '.join(known)}")
            # A key whose entries are all commented out is there, but empty.
            if _tag(value) != "null":
                found[known[name].name] = self.read(hints[known[name].name], value, dotted)
        for name, spec in known.items():
            if spec.name not in found and spec.default is MISSING and spec.default_factory is MISSING:
                raise self.error(_join(key, name), "missing, but required")
        return kind(**found)

    def read(self, hint: Any, node: Node, key: str) -> Any:
        if hint is Any:
            return self.anything(node, key)
        kind, arguments = get_origin(hint) or hint, get_args(hint)
        if is_dataclass(kind):
            return self.section(hint, node, key)
        if kind is Mapping:
            read = self.setting if arguments[1] is str else partial(self.read, arguments[1])
            return {name: read(value, dotted) for name, dotted, value in self.entries(node, key, named=True)}
        if kind is tuple:
            return tuple(self.read(arguments[0], item, dotted) for dotted, item in self.items(node, key))
        if kind is Literal:
            if node.value not in arguments:
                raise self.wrong(node, key, f"one of {', '.join(arguments)}{_meant(node.value, arguments)}")
            return node.value
        # What is left is str, int, float or bool, which are YAML's names too.
        if _tag(node) != kind.__name__ or node.value == "":
            raise self.wrong(node, key, _TEXT if kind is str else _KINDS[kind.__name__])
        return self.scalar(node, key)

    def setting(self, node: Node, key: str) -> str:
        """A setting of Spark's as text, as it was written: 1.10 and 12:30 are no numbers to Spark."""
        if _tag(node) == "bool":
            return str(self.scalar(node, key)).lower()
        if _tag(node) not in ("str", "int", "float", "timestamp"):
            raise self.wrong(node, key, "a string, a number, true or false")
        return str(node.value)

    def anything(self, node: Node, key: str) -> Any:
        # An alias is its anchor's node again: built once, whoever refers to it, and be it the node itself.
        if id(node) in self.built:
            return self.built[id(node)]
        built: Any
        if _tag(node) == "map":
            built = self.built[id(node)] = {}
            built.update((name, self.anything(value, dotted)) for name, dotted, value in self.entries(node, key))
        elif _tag(node) == "seq":
            built = self.built[id(node)] = []
            built.extend(self.anything(item, dotted) for dotted, item in self.items(node, key))
        else:
            built = self.scalar(node, key)
        return built

    def scalar(self, node: Node, key: str) -> Any:
        try:
            if node.id == "scalar":
                return self.loader.construct_object(node)
        except Exception as error:  # whatever int(), datetime() and the like raise, say on 2024-13-01
            raise self.wrong(node, key, "plain YAML, in quotes if it is text") from error
        raise self.wrong(node, key, "a plain value")

    def entries(self, node: Node, key: str, named: bool = False) -> Iterator[tuple[Any, str, Node]]:
        """Name, dotted key and value of each entry of a mapping."""
        if _tag(node) != "map":
            raise self.wrong(node, key, "a mapping")
        first: dict[Any, int] = {}
        for name_node, value in node.value:
            dotted = _join(key, name_node.value if name_node.id == "scalar" else "?")
            line = self.lines[dotted] = name_node.start_mark.line + 1
            name = self.scalar(name_node, dotted)
            if named and not isinstance(name, str):
                raise self.wrong(name_node, dotted, _TEXT)
            if name in first:
                raise self.error(dotted, f"given twice, first in line {first[name]}")
            first[name] = line
            yield name, dotted, value

    def items(self, node: Node, key: str) -> Iterator[tuple[str, Node]]:
        """Dotted key and value of each item of a list."""
        if _tag(node) != "seq":
            raise self.wrong(node, key, "a list")
        for index, item in enumerate(node.value):
            self.lines[f"{key}.{index}"] = item.start_mark.line + 1
            yield f"{key}.{index}", item

    def error(self, key: str, problem: str) -> ConfigError:
        return ConfigError(f"{_where(self.file, self.lines, key)}: {key or 'the file'}: {problem}")

    def wrong(self, node: Node, key: str, allowed: str) -> ConfigError:
        written = " ".join(self.text[node.start_mark.index : node.end_mark.index].split())
        return self.error(key, f"must be {allowed}; it is {_KINDS.get(_tag(node), _tag(node))}: {written[:60]}")


_TEXT = "a string that is not empty, in quotes where YAML sees something else"
# YAML's names of types, which are Python's for plain values, for people.
_KINDS = {
    "map": "a mapping",
    "seq": "a list",
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "null": "empty",
}


def _tag(node: Node) -> str:
    """A node's type, str, int, map, ...; something else where tag and form disagree, as in ``!!str [a]``."""
    tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
    return tag if node.id == {"map": "mapping", "seq": "sequence"}.get(tag, "scalar") else f"{node.tag} {node.id}"


def _fields(kind: type) -> dict[str, Field[Any]]:
    """The fields that stand in the file, by their keys."""
    named = {spec.metadata.get("key", spec.name): spec for spec in fields(kind)}
    return {key: spec for key, spec in named.items() if key is not None}


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(str(name), known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _where(file: str, lines: Mapping[str, int], key: str) -> str:
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return f"{file}:{lines.get(key, 1)}"
