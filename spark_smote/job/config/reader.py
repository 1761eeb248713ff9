"""A YAML file read into the dataclasses of the sections, led by their type hints."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, is_dataclass
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from spark_smote.errors import ConfigError, meant
from spark_smote.job.config import sections
from spark_smote.job.config.keys import join, known_fields, one_of, place_of
from spark_smote.job.config.secrets import HIDDEN, hide, is_secret
from spark_smote.job.config.sections import JobConfig
from spark_smote.job.config.tree import FROM_COMMAND_LINE, Node, assign, expand

Section = TypeVar("Section")


def load(path: str | os.PathLike[str], settings: Sequence[str] = ()) -> JobConfig:
    """Read a job's configuration.

    Parameters
    ----------
    path : str or path
        A YAML 1.1 file in UTF-8, read with PyYAML's safe loader. In values,
        ``${NAME}`` and ``${NAME:-default}`` are replaced from the environment.
    settings : sequence of str
        Keys that replace those of the file, as ``output.mode=append``.

    Raises
    ------
    ConfigError
        The file cannot be read or is not YAML, a key is unknown, missing or
        repeated, or a value is wrong; the message names file, line, key, value
        and the values allowed. Or PyYAML is not installed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "job.yaml")
    ...     _ = file.write_text("input: {path: a}\\nsampler: {class: SMOTE, params: {seed: 7}}\\noutput: {path: b}")
    ...     load(file, ["sampler.params.seed=8"]).sampler
    (SamplerSpec(name='SMOTE', params={'seed': 8}),)
    """
    file, text = os.fspath(path), ""
    try:
        import yaml
    except ImportError as error:
        raise ConfigError(f"{file}: PyYAML is not installed; pip install 'spark-smote[job]'") from error
    try:
        # Bytes that are not UTF-8 become characters that YAML forbids, and so an error with a position.
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        loader = yaml.SafeLoader(text)
        loader.name = file
        root: Node = loader.get_single_node()
        if root is None:
            known = ", ".join(known_fields(sections.JobConfig))
            raise ConfigError(f"{file}:1: the file is empty; its sections are {known}")
        if root.id == "mapping":
            for setting in settings:
                assign(root, setting)
        reader = _Reader(file, loader)
        return reader.section(sections.JobConfig, root, "", **reader.traces)
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
    """Builds Python objects from the nodes of one YAML document, led by type hints."""

    def __init__(self, file: str, loader: Any) -> None:
        self.file, self.loader = file, loader
        self.places, self.written, self.expanded = dict[str, str](), dict[str, str](), dict[str, str]()
        self.texts = dict[str, str]()
        self.traces = dict(
            file=file, places=self.places, written=self.written, expanded=self.expanded, texts=self.texts
        )
        self.built: dict[int, Any] = {}

    def section(self, kind: type[Section], node: Node, key: str, **more: Any) -> Section:
        known, hints, found = known_fields(kind), get_type_hints(kind), {}
        for name, dotted, value in self.entries(node, key, named=True):
            if name not in known:
                raise self.error(dotted, f"unknown key{meant(name, known)}; allowed: {', '.join(known)}")
            # A key whose entries are all commented out has an empty value.
            if _tag(value) != "null":
                found[known[name].name] = self.read(hints[known[name].name], value, dotted)
        for name, spec in known.items():
            if spec.name not in found and spec.default is MISSING and spec.default_factory is MISSING:
                raise self.error(join(key, name), "missing, but required")
        return kind(**found, **more)

    def read(self, hint: Any, node: Node, key: str) -> Any:
        if hint is Any:
            return self.anything(node, key)
        node = self.expand(node, key)
        kind, arguments = get_origin(hint) or hint, get_args(hint)
        if kind is UnionType:
            return self.read(next(each for each in arguments if each is not NoneType), node, key)
        if is_dataclass(kind):
            return self.section(hint, node, key)
        if kind is Mapping:
            read = self.setting if arguments[1] is str else partial(self.read, arguments[1])
            return {name: read(value, dotted) for name, dotted, value in self.entries(node, key, named=True)}
        if kind is tuple and is_dataclass(arguments[0]) and _tag(node) != "seq":
            return (self.read(arguments[0], node, key),)
        if kind is tuple:
            return tuple(self.read(arguments[0], item, dotted) for dotted, item in self.items(node, key))
        if kind is Literal:
            if node.value not in arguments:
                raise self.wrong(node, key, one_of(arguments, node.value))
            return node.value
        if kind is str:
            return self.text(node, key)
        # The remaining types are int, float and bool, which have the same names in YAML.
        if _tag(node) != kind.__name__:
            raise self.wrong(node, key, _KINDS[kind.__name__])
        return self.scalar(node, key)

    def text(self, node: Node, key: str) -> str:
        """A text as it is written: where a key takes text, 2026-11-30 is no date, 007 no number, and no is a word."""
        if _tag(node) not in _WRITTEN or node.value == "":
            raise self.wrong(node, key, _TEXT)
        return str(node.value)

    def setting(self, node: Node, key: str) -> str:
        """A setting for Spark, as it is written in the file: to Spark 1.10 and 12:30 are text."""
        node = self.expand(node, key)
        if _tag(node) == "bool":
            return str(self.scalar(node, key)).lower()
        if _tag(node) not in _WRITTEN:
            raise self.wrong(node, key, "a string, a number, true or false")
        return str(node.value)

    def anything(self, node: Node, key: str) -> Any:
        # An alias is the node of its anchor: it is built once, even if it refers to itself.
        if id(node) in self.built:
            return self.built[id(node)]
        node = self.expand(node, key)
        built: Any
        if _tag(node) == "map":
            built = self.built[id(node)] = {}
            built.update((name, self.anything(value, dotted)) for name, dotted, value in self.entries(node, key))
        elif _tag(node) == "seq":
            built = self.built[id(node)] = []
            built.extend(self.anything(item, dotted) for dotted, item in self.items(node, key))
        else:
            built = self.scalar(node, key)
            if built is not None:
                self.texts[key] = str(node.value)
        return built

    def expand(self, node: Node, key: str) -> Node:
        """The node, with variables of the environment in it replaced."""
        if node.id != "scalar" or "${" not in node.value or getattr(node, "expanded", False):
            return node
        from yaml import ScalarNode

        try:
            value = expand(node.value, os.environ, self.expanded)
        except ValueError as error:
            raise self.error(key, str(error)) from error
        self.written[key] = node.value
        # Without quotes the expanded text decides on the type: 7 from the environment is a number.
        tag = node.tag if node.style else self.loader.resolve(ScalarNode, value, (True, False))
        expanded: Node = ScalarNode(tag, value, node.start_mark, node.end_mark, node.style)
        expanded.expanded = True
        return expanded

    def scalar(self, node: Node, key: str) -> Any:
        try:
            if node.id == "scalar":
                return self.loader.construct_object(node)
        except Exception as error:  # int(), datetime() and others raise errors of their own, as for 2024-13-01
            raise self.wrong(node, key, "plain YAML, in quotes if it is text") from error
        raise self.wrong(node, key, "a plain value")

    def entries(self, node: Node, key: str, named: bool = False) -> Iterator[tuple[Any, str, Node]]:
        """Name, dotted key and value of each entry of a mapping."""
        if _tag(node) != "map":
            raise self.wrong(node, key, "a mapping")
        first: dict[Any, str] = {}
        for name_node, value in node.value:
            dotted = join(key, name_node.value if name_node.id == "scalar" else "?")
            place = self.places[dotted] = _place(name_node)
            name = (self.text if named else self.scalar)(name_node, dotted)
            if name in first:
                raise self.error(dotted, f"given twice, first in {first[name].replace(f'{self.file}:', 'line ')}")
            first[name] = place
            yield name, dotted, value

    def items(self, node: Node, key: str) -> Iterator[tuple[str, Node]]:
        """Dotted key and value of each item of a list."""
        if _tag(node) != "seq":
            raise self.wrong(node, key, "a list")
        for index, item in enumerate(node.value):
            self.places[f"{key}.{index}"] = _place(item)
            yield f"{key}.{index}", item

    def error(self, key: str, problem: str) -> ConfigError:
        return ConfigError(f"{place_of(self.file, self.places, key)}: {key or 'the file'}: {problem}")

    def wrong(self, node: Node, key: str, allowed: str) -> ConfigError:
        mark = node.start_mark
        written = " ".join(mark.buffer[mark.pointer : node.end_mark.pointer].split())
        written = HIDDEN if any(is_secret(part) for part in key.split(".")) else hide(written, {})
        return self.error(key, f"must be {allowed}; it is {_KINDS.get(_tag(node), _tag(node))}: {written[:60]}")


_WRITTEN = ("str", "int", "float", "bool", "timestamp")
_TEXT = "a non-empty string, in quotes if YAML takes it for something else"
# YAML's types, named like Python's for plain values, in the words of the messages.
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
    """A node's type, str, int, map, ...; both where tag and form disagree, as in ``!!str [a]``."""
    tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
    return tag if node.id == {"map": "mapping", "seq": "sequence"}.get(tag, "scalar") else f"{node.tag} {node.id}"


def _place(node: Node) -> str:
    mark = node.start_mark
    return FROM_COMMAND_LINE if mark.name == FROM_COMMAND_LINE else f"{mark.name}:{mark.line + 1}"
