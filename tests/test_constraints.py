"""Each pin for development works with every Python that the head of its file names, down to the first patch release."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

FILES = sorted((Path(__file__).parents[1] / "conf" / "constraints").glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_pins_work_with_the_pythons_that_are_named(file: Path) -> None:
    text = file.read_text()
    first, last = (int(minor) for minor in re.findall(r"Python 3\.(\d+) to 3\.(\d+)", text)[0])
    pins = re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE)
    refused = []
    for name, version in pins:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        # What is installed tells of these pins only that have its version.
        wanted = SpecifierSet(found.metadata.get("Requires-Python") or "")
        if found.version == version:
            refused += [f"{name} {version}" for minor in range(first, last + 1) if not wanted.contains(f"3.{minor}.0")]
    assert pins
    assert not refused
