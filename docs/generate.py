"""Writes what is made of code: the stub for editors, lists of samplers, keys of a job's file, errors, and notebooks.

`make generate` runs this script; a test compares the files with its output.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from spark_smote import errors
from spark_smote.core.cleaner import Cleaner
from spark_smote.core.documentation import entries
from spark_smote.core.over_sampler import OverSampler
from spark_smote.core.parameter import parameters
from spark_smote.core.registry import (
    ALONE,
    CLEANER,
    COMBINATION,
    FAMILIES,
    MODULES,
    OTHERS,
    OVER_SAMPLER,
    UNDER_SAMPLER,
    Entry,
    every_sampler,
    public,
    samplers,
    starred,
)
from spark_smote.core.remover import Remover
from spark_smote.job.config import JobConfig
from spark_smote.job.config.keys import known_fields

ROOT = Path(__file__).parents[1]
STUB = ROOT / "spark_smote" / "__init__.pyi"
DOCS = ROOT / "docs"
LISTS, API, KEYS, ERRORS = (DOCS / f"{name}.md" for name in ("samplers", "api", "job-keys", "errors"))
NOTEBOOKS = {DOCS / "notebooks" / f"{name}.ipynb": DOCS / "tutorials" / f"{name}.md" for name in ("fraud", "churn")}


def written() -> dict[Path, str]:
    """Each file with the text that it should have."""
    lists = LISTS.read_text(encoding="utf-8")
    lists = _between(lists, "over-samplers", _table("place of the synthetic rows", [OVER_SAMPLER]))
    lists = _between(lists, "cleaners", _table("removed rows", [UNDER_SAMPLER, CLEANER, COMBINATION]))
    api = _between(API.read_text(encoding="utf-8"), "samplers", _pages())
    keys = _between(KEYS.read_text(encoding="utf-8"), "keys", _keys())
    found = _between(ERRORS.read_text(encoding="utf-8"), "errors", _errors())
    # Links to other tutorials: a notebook lies in a folder beside theirs.
    pages = {path: page.read_text(encoding="utf-8") for path, page in NOTEBOOKS.items()}
    notebooks = {path: notebook(re.sub(r"\]\((?=[\w-]+\.md)", "](../tutorials/", page)) for path, page in pages.items()}
    return {LISTS: lists, API: api, KEYS: keys, ERRORS: found, STUB: _stub(), **notebooks}


def _between(text: str, name: str, made: str) -> str:
    """The text, with new content between the two markers of this name."""
    first, last = f"<!-- {name}: made by make generate -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(first)
    _, ended, after = rest.partition(last)
    if not (found and ended):
        raise ValueError(f"no markers {first} and {last}")
    return f"{before}{first}\n{made}\n{last}{after}"


def _of(families: Iterable[str]) -> list[Entry]:
    return list(samplers([*families]).values())


def _table(heading: str, families: list[str]) -> str:
    rows = [f"| `{e.sampler.__name__}` | {e.paper} | {e.rows} | {e.cost} |" for e in _of(families)]
    return "\n".join([f"| sampler | paper | {heading} | cost |", "|---|---|---|---|", *rows])


def _pages() -> str:
    """A section for each family, in the syntax of mkdocstrings."""
    parts = []
    for family in (*FAMILIES, *ALONE):
        parts += [f"## {family.capitalize()}s", *(f"::: {_home(entry.sampler)}" for entry in _of([family]))]
    return "\n" + "\n\n".join(parts) + "\n"


def _keys() -> str:
    """A table for each section of a job's configuration, from its dataclasses."""
    hints = get_type_hints(JobConfig)
    parts = []
    for section in known_fields(JobConfig):
        kind = next((one for one in (hints[section], *get_args(hints[section])) if is_dataclass(one)), None)
        parts += [f"## {section}", ""]
        if kind:
            parts += [_summary(kind), "", "| key | value | default | meaning |", "|---|---|---|---|"]
            parts += [*_key_rows(kind), ""]
        else:
            parts += [f"{_described(JobConfig)[section]} Value: {_words(hints[section])}.", ""]
    return "\n" + "\n".join(parts)


def _key_rows(kind: type) -> Iterator[str]:
    hints, said = get_type_hints(kind), _described(kind)
    for key, spec in known_fields(kind).items():
        default = "" if spec.default in (None, MISSING, ()) else f"`{spec.default}`"
        needed = spec.default is MISSING and spec.default_factory is MISSING
        yield f"| `{key}` | {_words(hints[spec.name])} | {'required' if needed else default} | {said[spec.name]} |"


def _described(kind: type) -> dict[str, str]:
    """What the docstring of a section says about each field; several may share an entry."""
    texts = {}
    for entry in entries(inspect.getdoc(kind)).values():
        head, _, text = entry.partition("\n")
        for name in head.partition(" : ")[0].split(", "):
            texts[name] = _markdown(" ".join(text.split()))
    return texts


def _words(hint: Any) -> str:
    """A type as the values that a file may have."""
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(hint))
    kinds = [one for one in get_args(hint) or (hint,) if one is not type(None)]
    if get_origin(hint) is tuple:
        return "list"
    if get_origin(hint) is Mapping:
        return "names and values"
    return {str: "text", int: "whole number"}[kinds[0]]


def _errors() -> str:
    """A section for each class of errors, from its docstring: what it means, the cause and the remedy."""
    parts = []
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.SparkSmoteError):
            builtin = next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")
            text = _markdown(re.split(r"^\w+\n-+$", inspect.getdoc(kind) or "", flags=re.MULTILINE)[0].strip())
            text = re.sub(r"^(Cause|Remedy):", r"**\1:**", text, flags=re.MULTILINE)
            caught = f"`except {builtin}` catches it, too."
            parts += [f"## {kind.__name__}", "", text, "", *([] if builtin == "Exception" else [caught, ""])]
    return "\n" + "\n".join(parts)


def _summary(kind: type) -> str:
    return _markdown(re.split(r"\n\s*\n", inspect.getdoc(kind) or "")[0].replace("\n", " "))


def _markdown(text: str) -> str:
    """Text of a docstring without the marks of reStructuredText."""
    return re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text).replace("``", "`").replace("|", "\\|")


def notebook(page: str) -> str:
    """A page as a notebook: its Python blocks become cells of code, without outputs."""
    cells: list[dict[str, Any]] = []
    for text, code in re.findall(r"(.*?)(?:^```python\n(.*?)^```$|\Z)", page, re.MULTILINE | re.DOTALL):
        for kind, found in (("markdown", text), ("code", code)):
            lines = found.strip("\n").splitlines(keepends=True)
            more = {"execution_count": None, "outputs": []} if kind == "code" else {}
            cells += [{"cell_type": kind, "metadata": {}, "source": lines, **more}] if lines else []
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}, indent=1) + "\n"


def _home(sampler: type[Any]) -> str:
    return f"{sampler.__module__}.{sampler.__qualname__}"


def _stub() -> str:
    homes = {name: entry.sampler.__module__ for name, entry in every_sampler().items()} | OTHERS
    # Classes that declare parameters get setters and getters; other names are imported as they are.
    typed = [kind for kind in map(public, homes) if isinstance(kind, type) and parameters(kind)]
    hidden = {kind.__name__ for kind in typed}
    imports = [f"from {home} import {name} as {'_' * (name in hidden)}{name}" for name, home in homes.items()]
    imports += [f"from {kind.__module__} import {kind.__name__}" for kind in (Cleaner, OverSampler, Remover)]
    imports += [f"from {home.rpartition('.')[0]} import {name} as {name}" for name, home in MODULES.items()]
    return "\n".join(
        [
            "# Made by `make generate` from the registry of samplers; do not edit.",
            "from collections.abc import Callable, Mapping, Sequence",
            "from typing import Any, Literal",
            "",
            "from typing_extensions import Self",
            "",
            *sorted(imports),
            "",
            "__version__: str",
            "__all__ = [",
            *(f'    "{name}",' for name in starred()),
            "]",
            *(line for kind in typed for line in ["", *_class(kind, typed)]),
            "",
        ]
    )


def _class(kind: type[Any], typed: list[type[Any]]) -> list[str]:
    summary = re.split(r"\n\s*\n", inspect.getdoc(kind) or "")[0].replace("\n", " ")
    bases = [base.__name__ for base in kind.__bases__ if base in typed] + [f"_{kind.__name__}"]
    lines = [f"class {kind.__name__}({', '.join(bases)}):", f'    """{summary}"""', ""]
    if hasattr(kind, "__signature__"):
        lines += ["    def __init__(", "        self,", "        *,"]
        for one in inspect.signature(kind).parameters.values():
            default = "" if one.default is one.empty else f" = {_value(one.default)}"
            lines += [f"        {one.name}: {_type(one.annotation)}{default},"]
        lines += ["    ) -> None: ..."]
    for one in parameters(kind):
        lines += [f"    def {one.accessor('set')}(self, value: {_type(one.value_type)}) -> Self: ..."]
        lines += [f"    def {one.accessor('get')}(self) -> {_type(one.annotation)}: ..."]
    return lines


def _type(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    found = re.sub(r"\b(?:collections\.abc|typing)\.", "", inspect.formatannotation(annotation))
    return re.sub(r"'([^']*)'", r'"\1"', found)


def _value(default: object) -> str:
    return f'"{default}"' if isinstance(default, str) else repr(default)


if __name__ == "__main__":
    for path, text in written().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
