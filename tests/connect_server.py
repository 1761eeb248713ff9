"""A Spark Connect server of this environment, for clients that have no Java.

    python tests/connect_server.py COMMAND...

runs a command with the server's address in SPARK_REMOTE, in an environment without Java.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark
from session_settings import SETTINGS

SPARK_HOME = Path(pyspark.__file__).parent
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """The address of a server on a free port of this machine, ended with the context.

    Parameters
    ----------
    folder : Path
        For the server's tables, files and log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = SETTINGS | {
        "spark.connect.grpc.binding.port": str(port),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
    }
    confs = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    tests = str(Path(__file__).parent)
    environment = os.environ | {
        "SPARK_HOME": str(SPARK_HOME),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, [tests, os.environ.get("PYTHONPATH")])),
    }
    log = folder / "server.log"
    command = [str(SPARK_HOME / "bin" / "spark-submit"), "--master", "local[2]", "--class", _CLASS, *confs]
    with log.open("wb") as out:
        # The script replaces itself by Java: this process is the server.
        server = subprocess.Popen(
            [*command, "spark-internal"], stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environment
        )
    try:
        _await(server, port, log)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=60)


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"no Connect server: {log.read_text(errors='replace')[-2000:]}")


def main() -> int:
    command = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, connect_server(Path(folder)) as address:
        removed = ("JAVA_HOME", "SPARK_HOME", "PYTHONPATH", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")
        environment = {name: value for name, value in os.environ.items() if name not in removed}
        # No other folder, for it may hold a Java.
        environment |= {"PATH": str(Path(command[0]).parent), "SPARK_REMOTE": address}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
