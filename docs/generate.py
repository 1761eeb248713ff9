"""Writes the stub for editors and mypy, and the lists in README and API page, from the registry of samplers.

`make generate` runs this script; a test compares the files with its output.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spark_smote.core.cleaner import Cleaner
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
    names,
    public,
    samplers,
)
from spark_smote.core.remover import Remover

ROOT = Path(__file__).parents[1]
STUB = ROOT / "spark_smote" / "__init__.pyi"
README = ROOT / "README.md"
API = ROOT / "docs" / "api.md"


def written() -> dict[Path, str]:
    """Each file with the text that it should have."""
    readme = README.read_text(encoding="utf-8")
    readme = _between(readme, "over-samplers", _table("place of the synthetic rows", [OVER_SAMPLER]))
    readme = _between(readme, "cleaners", _table("removed rows", [UNDER_SAMPLER, CLEANER, COMBINATION]))
    api = _between(API.read_text(encoding="utf-8"), "samplers", _pages())
    return {README: readme, API: api, STUB: _stub()}


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
            *(f'    "{name}",' for name in names()),
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
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
