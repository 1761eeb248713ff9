"""Wrong configurations, and the message for each: tests/golden/wrong_configs.txt.

After a change of a message, ``UPDATE_GOLDEN=1`` in the environment rewrites the file; read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from kept import Kept
from pyspark.sql import SparkSession

from spark_smote.job import cli

GOLDEN = Path(__file__).parents[1] / "golden" / "wrong_configs.txt"
BLOCKS = [tuple(block.split("\n", 1)) for block in GOLDEN.read_text(encoding="utf-8").split("=== ")]
BASE = BLOCKS[1][1].strip() + "\n"
CASES = {title: body for title, body in BLOCKS[2:]}


@pytest.fixture(scope="module")
def folder(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wrong")
    rows = spark.range(12).selectExpr("id * 1.0D AS x", "id * 2.0D AS y", "'n' AS name", "id % 4 = 0 AS label")
    rows.write.parquet(str(path / "in"))
    return path


def changed(change: list[str]) -> str:
    """The configuration with one block of lines replaced by another, for each pair of blocks."""
    text = BASE
    while change:
        gone = [line[2:] for line in _leading(change, "- ")]
        come = [line[2:] for line in _leading(change, "+ ")]
        old = "\n".join(gone) + "\n"
        assert text.count(f"\n{old}") + text.startswith(old) >= 1, f"not in the configuration: {old}"
        text = text.replace(old, "".join(f"{line}\n" for line in come), 1)
    return text


def _leading(lines: list[str], mark: str) -> list[str]:
    found = []
    while lines and lines[0].startswith(mark):
        found.append(lines.pop(0))
    return found


# Spark's own errors have other texts over Connect; our errors do not depend on the mode.
BY_SPARK = re.compile("filter|input|format|package")


def _case(title: str) -> Any:
    return title if BY_SPARK.search(title) else pytest.param(title, marks=pytest.mark.classic("Spark is not needed"))


@pytest.mark.parametrize("title", [_case(title) for title in CASES])
def test_messages_name_the_fault_the_place_and_the_remedy(
    spark: SparkSession, folder: Path, title: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = CASES[title].rstrip().splitlines()
    change = [line for line in lines if re.match(r"[-+] ", line)]
    arguments = [line[2:] for line in lines if line.startswith("$ ")]
    expected = "\n".join(line for line in lines if not re.match(r"[-+$] ", line))
    text = changed(change).replace("IN", str(folder / "in")).replace("OUT", str(folder / "out"))
    file = folder / "job.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(cli, "SparkSession", Kept(spark))
    assert cli.main(["resample", "--quiet", "--config", str(file), *arguments]) == cli.REFUSED
    told = capsys.readouterr().err.strip()
    for path, name in ((file, "job.yaml"), (folder / "in", "IN"), (folder / "out", "OUT")):
        told = told.replace(str(path), name)
    assert not list(folder.glob("out*")), "the job wrote nothing"
    if os.environ.get("UPDATE_GOLDEN"):
        _update(title, told)
    else:
        # The rest is Spark's own text, which differs between versions.
        assert re.split(r"\[[A-Z_]{8,}", told)[0] == re.split(r"\[[A-Z_]{8,}", expected)[0]


@pytest.mark.classic("it needs no Spark")
def test_there_are_enough_wrong_configurations() -> None:
    assert len(CASES) >= 25


def _update(title: str, told: str) -> None:
    blocks = GOLDEN.read_text(encoding="utf-8").split("=== ")
    for index, block in enumerate(blocks):
        if block.startswith(f"{title}\n"):
            kept = [line for line in block.splitlines()[1:] if re.match(r"[-+$] ", line)]
            blocks[index] = "\n".join([title, *kept, told]) + "\n\n"
    GOLDEN.write_text("=== ".join(blocks).rstrip() + "\n", encoding="utf-8")
