"""The YAML document as a tree of nodes: keys set from the command line, and variables of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import is_dataclass
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from spark_smote.errors import ConfigError
from spark_smote.job.config.keys import known_fields
from spark_smote.job.config.sections import JobConfig

# PyYAML is an extra: this module can be imported without it.
Node: TypeAlias = Any
FROM_COMMAND_LINE = "--set"
_VARIABLE = re.compile(r"\$(\$?)\{(?:(\w+)(?::-([^}]*))?\})?")


def assign(root: Node, text: str) -> None:
    """Set a key of the document, as in ``output.mode=append``.

    Raises
    ------
    ConfigError
        The text has another form, the value is not YAML, or the key lies within a value that is not a mapping.
    """
    import yaml

    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"{FROM_COMMAND_LINE} {text}: give it as key=value, for example output.mode=append")
    loader = yaml.SafeLoader(value)
    loader.name = FROM_COMMAND_LINE
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise ConfigError(
            f"{FROM_COMMAND_LINE} {key}: the value is not YAML; put it in quotes if it is text"
        ) from error
    if node is None:
        return assign(root, f"{key}=null")
    *parents, last = _names(JobConfig, key.strip())
    for name in parents:
        root = _child(root, name, node, key)
    _put(root, last, node)


def expand(text: str, environment: Mapping[str, str], used: dict[str, str]) -> str:
    """A text with ``${NAME}`` and ``${NAME:-default}`` replaced; ``$${`` stands for ``${`` itself.

    Parameters
    ----------
    text : str
    environment : mapping of str to str
    used : dict
        Receives each inserted value, with the text to show instead.

    Raises
    ------
    ValueError
        A variable is missing, or its name has other characters.

    Examples
    --------
    >>> expand("${A}/${B:-b}/$${C}", {"A": "a"}, {})
    'a/b/${C}'
    """

    def replaced(found: re.Match[str]) -> str:
        escaped, name, default = found.groups()
        if escaped:
            return found[0][1:]
        if name is None:
            raise ValueError(
                "names of variables consist of letters, digits and _ only, as in ${NAME} or ${NAME:-default}"
            )
        value = environment.get(name, default)
        if value is None:
            raise ValueError(f"the environment has no variable {name}; set it, or give a default: ${{{name}:-...}}")
        if name in environment:
            used[value] = f"${{{name}}}"
        return str(value)

    return _VARIABLE.sub(replaced, text)


def _names(kind: Any, key: str) -> list[str | int]:
    """The parts of a dotted key; names of options, settings and parameters may have dots."""
    name, dot, rest = key.partition(".")
    if not dot:
        return [name]
    spec = known_fields(kind).get(name)
    hint = get_type_hints(kind)[spec.name] if spec else None
    if get_origin(hint) is tuple and is_dataclass(item := get_args(hint)[0]):
        index, dot, deeper = rest.partition(".")
        if index.isdigit():
            return [name, int(index), *(_names(item, deeper) if dot else [])]
        return [name, *_names(item, rest)]
    return [name, *(_names(hint, rest) if is_dataclass(hint) else [rest])]


def _child(parent: Node, name: str | int, value: Node, key: str) -> Node:
    """The mapping or list of this name, made if it is missing; a copy, for an alias may refer to the same one."""
    import yaml

    if isinstance(name, int):
        if parent.id == "mapping" and name == 0:
            return parent
        if parent.id != "sequence" or name >= len(parent.value):
            raise ConfigError(f"{FROM_COMMAND_LINE} {key}: there is no item {name}")
        found = parent.value[name]
    else:
        if parent.id == "sequence":
            raise ConfigError(
                f"{FROM_COMMAND_LINE} {key}: this is a list; name the item, counted from 0: "
                f"{key.replace(f'.{name}', f'.0.{name}', 1)}"
            )
        found = next((each for known, each in parent.value if known.value == name), None)
    if getattr(found, "id", "scalar") == "scalar":
        child: Node = yaml.MappingNode("tag:yaml.org,2002:map", [], value.start_mark, value.end_mark)
    else:
        child = copy(found)
        child.value = list(found.value)
    _put(parent, name, child)
    return child


def _put(parent: Node, name: str | int, value: Node) -> None:
    import yaml

    if isinstance(name, int):
        parent.value[name] = value
        return
    written = yaml.ScalarNode("tag:yaml.org,2002:str", name, value.start_mark, value.end_mark)
    for index, (known, _) in enumerate(parent.value):
        if known.value == name:
            parent.value[index] = (written if value.start_mark.name == FROM_COMMAND_LINE else known, value)
            return
    parent.value.append((written, value))
