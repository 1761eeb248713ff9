"""Checks the archives of ``make dist``: the contents of sdist and wheel, and SMOTE in a fresh environment.

python conf/check_dist.py dist conf/constraints/spark-4.3.txt
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
SMOTE = """
import sys
from importlib.metadata import version
from pathlib import Path

import spark_smote
from pyspark.sql import SparkSession

assert Path(spark_smote.__file__).is_relative_to(sys.prefix), spark_smote.__file__
settings = {"spark.ui.enabled": "false", "spark.log.level": "ERROR", "spark.ui.showConsoleProgress": "false"}
spark = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
df = spark.range(60).selectExpr("id % 6 = 0 AS fraud", "id * 1.0D AS amount")
balanced = spark_smote.SMOTE(inputCols=["amount"], labelCol="fraud", seed=7).resample(df)
counts = {row.fraud: row["count"] for row in balanced.groupBy("fraud").count().collect()}
assert counts == {False: 50, True: 50}, counts
print(f"spark_smote {version('spark-smote')} on pyspark {spark.version}, Python {sys.version.split()[0]}: {counts}")
# Wait for the JVM: it would end after this process, and the environment with its jars is removed next.
java = spark.sparkContext._gateway.proc
spark.stop()
java.stdin.close()
java.wait()
"""


def main() -> None:
    folder, constraints = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    version = wheel.name.split("-")[1]
    licence = f"spark_smote-{version}.dist-info/licenses/LICENSE"
    with zipfile.ZipFile(wheel) as opened:
        packed = {name for name in opened.namelist() if not name.endswith("/")}
        own = {name for name in packed if ".dist-info/" not in name or name == licence}
        compare(wheel.name, own, package() | {licence})
        if opened.read(licence) != (ROOT / "LICENSE").read_bytes():
            sys.exit(f"{wheel.name}: its licence is not the checkout's LICENSE")

    with tarfile.open(sdist) as opened_sdist:
        packed = {str(PurePosixPath(*PurePosixPath(one.name).parts[1:])) for one in opened_sdist if one.isfile()}
    own = {name for name in packed if "egg-info" not in name} - {"PKG-INFO"}
    files = {"LICENSE", "README.md", "CHANGELOG.md", "MANIFEST.in", "pyproject.toml", "setup.cfg"}
    compare(sdist.name, own, package() | files)

    if f"## [{version}]" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        sys.exit(f"CHANGELOG.md has no section for version {version}")
    print(f"Contents are those of the checkout: {len(package())} files of the package, and the licence", flush=True)
    try_out(wheel, constraints)


def package() -> set[str]:
    """All files of the package in the checkout: code, stubs, typed marker, templates."""
    files = (path.relative_to(ROOT) for path in (ROOT / "spark_smote").rglob("*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


def compare(archive: str, found: set[str], wanted: set[str]) -> None:
    if found != wanted:
        missing, extra = sorted(wanted - found), sorted(found - wanted)
        sys.exit(f"{archive}: {missing or 'nothing'} is missing, {extra or 'nothing'} is superfluous")


def try_out(wheel: Path, constraints: Path) -> None:
    """Install the wheel into a fresh environment outside the checkout, and run SMOTE on 60 rows there."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"Installing {wheel.name}[spark] into a fresh environment", flush=True)
        venv.create(Path(folder, "env"), with_pip=True)
        python = str(Path(folder, "env", "bin", "python"))
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", str(constraints)]
        environment = os.environ | {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}
        for arguments in ([*install, f"{wheel}[spark]"], ["-c", SMOTE]):
            subprocess.run([python, *arguments], check=True, cwd=folder, env=environment)


if __name__ == "__main__":
    main()
