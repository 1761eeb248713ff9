"""What is made from the registry is up to date, helps editors, and follows a new sampler without being asked."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spark_smote import errors
from spark_smote.errors import SparkSmoteError

ROOT = Path(__file__).parents[1]
ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SparkSmoteError)]
GENERATE = ROOT / "docs" / "generate.py"
USER = """\
import spark_smote
from pyspark.sql import DataFrame
from spark_smote import SMOTE, SMOTEENN, Chain, RandomOverSampler, Resampled, TomekLinks, compare, plots
from typing_extensions import assert_type


def right(df: DataFrame) -> DataFrame:
    smote = SMOTE(inputCols=["x"], samplingStrategy={"fraud": 5}, neighborSearch="lsh").setKNeighbors(7).setSeed(1)
    assert_type(smote, SMOTE)
    assert_type(smote.getKNeighbors(), int)
    assert_type(smote.getCellRows(), int | None)
    assert_type(SMOTEENN(overSampler=smote, kindSel="mode").setKNeighbors(3), SMOTEENN)
    RandomOverSampler(shrinkage={"fraud": 0.5}, samplingStrategy=lambda counts: {"fraud": 3})
    plots.gallery(smote, df)
    Resampled().setCorrectPrior(True).getSampler()
    compare(df, {}, [smote])
    with spark_smote.progress.shown(df.sparkSession):
        return Chain(smote, TomekLinks(samplingStrategy=["fraud"])).resample(smote.fit_resample(df))


SMOTE(kNeighbours=5)
SMOTEENN(kNeighbours=5)
SMOTE(inputCols=3)
SMOTE(neighborSearch="fast")
SMOTE().setKNeighbors("5")
spark_smote.SMOTEX
"""
COPIED = '''
"""Copies of rows."""

from spark_smote.core.parameter import INT, Parameter, at_least
from spark_smote.core.registry import OVER_SAMPLER, register
from spark_smote.core.single_seed import SingleSeedSampler
from spark_smote.kernels.single_row import bootstrap


@register(family=OVER_SAMPLER, paper="Nobody 1999", rows="where rows are", cost="none at all")
class Copied(SingleSeedSampler):
    """Copies.

    Parameters
    ----------
    copies
        Number of copies, which nobody counts.
    """

    copies = Parameter(INT, at_least(1), default=1)

    def rules(self, context):
        return dict.fromkeys(context.tasks, bootstrap)
'''
LOOK = """\
import sys
sys.path[:0] = ["tests/spark", "tests"]
import spark_smote
from samplers import CASES
from hostile import RUNS
from spark_smote.job import make_sampler
from spark_smote.job.config import Input, JobConfig, Output, SamplerSpec
config = JobConfig(Input("a"), (SamplerSpec("Copied", {"copies": 2}),), Output("b"))
assert make_sampler(config).getCopies() == 2
assert "Copied" in spark_smote.__all__ and "Copied" in dir(spark_smote)
assert [case.name for case in CASES if case.sampler is spark_smote.Copied] == ["copied"]
assert RUNS["copied"].sampler == "Copied"
"""


@pytest.mark.parametrize(
    "path",
    [
        "docs/samplers.md",
        "docs/api.md",
        "docs/job-keys.md",
        "docs/errors.md",
        "docs/notebooks/fraud.ipynb",
        "docs/notebooks/churn.ipynb",
        "spark_smote/__init__.pyi",
    ],
)
def test_what_is_made_of_code_is_up_to_date(path: str) -> None:
    written: dict[Path, str] = runpy.run_path(str(GENERATE))["written"]()
    assert written[ROOT / path] == (ROOT / path).read_text(encoding="utf-8"), "run `make generate`"


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_each_error_says_its_cause_and_the_remedy(kind: type[SparkSmoteError]) -> None:
    assert str(kind("The soup is cold.")) == f"The soup is cold. [{kind.__name__}]"
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    told = page.partition(f"## {kind.__name__}\n")[2].partition("\n## ")[0]
    assert kind is SparkSmoteError or ("**Cause:**" in told and "**Remedy:**" in told)


def test_mypy_finds_misspelt_parameters_and_wrong_types_in_the_code_of_users(tmp_path: Path) -> None:
    """With the project's own settings, whose cache is warm after `make lint`."""
    user = tmp_path / "user.py"
    user.write_text(USER, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context", str(user)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line.partition("error: ")[2] for line in found.stdout.splitlines() if ": error: " in line]
    assert len(told) == 6, found.stdout + found.stderr
    assert told[0].startswith('Unexpected keyword argument "kNeighbours" for "SMOTE"; did you mean "kNeighbors"?')
    assert told.pop(1).startswith('Unexpected keyword argument "kNeighbours" for "SMOTEENN"; did you mean "kNeighbors"')
    assert told[1].startswith('Argument "inputCols" to "SMOTE" has incompatible type "int"')
    assert told[2].startswith('Argument "neighborSearch" to "SMOTE" has incompatible type')
    assert told[3].startswith('Argument 1 to "setKNeighbors" of "SMOTE" has incompatible type "str"')
    assert told[4].startswith('Module has no attribute "SMOTEX"')


def test_a_new_sampler_is_its_own_file_and_nothing_else(tmp_path: Path) -> None:
    """In a copy of the package, one file more: its name is public, a configuration's, documented and tested."""
    left = shutil.ignore_patterns("__pycache__", "pictures")
    for folder in ("spark_smote", "docs", "tests/spark"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=left)
    (tmp_path / "spark_smote" / "samplers" / "copied.py").write_text(COPIED, encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}

    def run(*command: str) -> Any:
        environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run([sys.executable, *command], cwd=tmp_path, env=environment, check=True)

    run("docs/generate.py")
    run("-c", LOOK)
    changed = {str(path.relative_to(tmp_path)) for path, text in before.items() if path.read_bytes() != text}
    assert changed == {"docs/samplers.md", "docs/api.md", "spark_smote/__init__.pyi"}
    assert (
        "| `Copied` | Nobody 1999 | where rows are | none at all |" in (tmp_path / "docs" / "samplers.md").read_text()
    )
    assert "::: spark_smote.samplers.copied.Copied" in (tmp_path / "docs" / "api.md").read_text()
    assert "def setCopies(self, value: int) -> Self" in (tmp_path / "spark_smote" / "__init__.pyi").read_text()
