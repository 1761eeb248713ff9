"""One flag chooses the kind of session: ``--mode classic`` or ``--mode connect``; a process has one session.

Connect starts a server of its own, unless the variable SPARK_REMOTE has the address of one.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from session_settings import SETTINGS

# The duration of a case depends on the load of the machine.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
# Spark finds worker_daemon.py here.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable

_ASKED_FOR = (
    "PythonUtils",
    "PythonSQLUtils",
    "SimplePythonFunction",
    "functions",
    "org.apache.spark.sql.functions",
    "org.apache.spark.sql.classic.SparkSession",
    "org.apache.spark.sql.execution.python.UserDefinedPythonFunction",
    "org.apache.spark.ml.functions",
)
"""Names of Java classes."""


def _iceberg() -> dict[str, str]:
    """Settings for Iceberg's runtime, if it is installed: it exists for Spark 3.5."""
    try:
        from snowpark_connect_deps_iceberg import get_jar_path
    except ImportError:
        return {}
    return {
        "spark.jars": str(get_jar_path("iceberg-spark-runtime-3.5_2.12-1.10.2.jar")),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    }


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mode", choices=["classic", "connect"], default="classic", help="kind of Spark session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--mode") == "connect":
        left = [item for item in items if item.get_closest_marker("classic")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("classic")]


def pytest_report_header(config: pytest.Config) -> str:
    return f"spark session: {config.getoption('--mode')}"


@pytest.fixture(scope="session", autouse=True)
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A local store of MLflow for the tests and the examples that log to it."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    os.environ["MLFLOW_TRACKING_URI"] = (tmp_path_factory.mktemp("mlflow") / "runs").as_uri()


@pytest.fixture(scope="session")
def mode(pytestconfig: pytest.Config) -> str:
    return str(pytestconfig.getoption("--mode"))


@pytest.fixture(scope="session")
def spark(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    if mode == "connect":
        # The server takes a free port; another server on this machine may use the default port.
        os.environ["SPARK_TESTING"] = "1"
    scratch: Path = tmp_path_factory.mktemp("spark")
    server = os.environ.get("SPARK_REMOTE", "local[2]")
    builder = SparkSession.builder.remote(server) if mode == "connect" else SparkSession.builder.master("local[2]")
    for key, value in {
        **SETTINGS,
        **_iceberg(),
        "spark.sql.warehouse.dir": str(scratch),
        "spark.local.dir": str(scratch),
    }.items():
        builder = builder.config(key, value)
    with warnings.catch_warnings():
        # Connect passes settings to the server, and then warns that no session can change them.
        warnings.filterwarnings("ignore", "Failed to set", UserWarning)
        session = builder.getOrCreate()
    if mode == "classic":
        # PySpark asks for these by name at each use: for short names Java then looks in all jars, in five packages.
        jvm = session.sparkContext._jvm
        for name in _ASKED_FOR:
            setattr(jvm, name, getattr(jvm, name))
    yield session
    session.stop()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a job file may be written."""
    return tmp_path_factory.mktemp("conf") / "job.yaml"
