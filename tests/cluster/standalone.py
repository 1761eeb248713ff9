"""A standalone cluster on this machine, with workers that come and go; and the executors of any cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pyspark

SPARK_HOME = Path(pyspark.__file__).parent


def executors(driver: int | None = None) -> list[psutil.Process]:
    """The executors that a process has started, this one unless another is named."""
    return [
        child
        for child in psutil.Process(driver).children(recursive=True)
        if child.name() == "java" and any("CoarseGrainedExecutorBackend" in word for word in child.cmdline())
    ]


class Standalone:
    """A master, started at once, and the workers asked for, with one core each and nothing of this process's Python.

    Parameters
    ----------
    folder : Path
        For logs, and for files of the workers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        port = _free_port()
        self.url = f"spark://127.0.0.1:{port}"
        self._start("master.Master", "127.0.0.1", "--port", str(port))
        end = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if time.monotonic() > end:
                self.stop()
                raise AssertionError("no master")
            time.sleep(0.2)

    def add_worker(self) -> subprocess.Popen[bytes]:
        """A worker that has a folder, ``work0``, ``work1``, ..., and a host of its own.

        Speculation runs the second attempt of a task only on another host.
        """
        number = len(self._running) - 1
        place = ["--work-dir", str(self.folder / f"work{number}")]
        return self._start("worker.Worker", f"127.0.0.{number + 1}", "--cores", "1", "--memory", "1g", *place, self.url)

    def stop(self, process: subprocess.Popen[bytes] | None = None) -> None:
        """Kill all processes, or one worker, at once: a worker that ends slowly would start new executors."""
        for each in self._running[::-1] if process is None else [process]:
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGTERM if process is None else signal.SIGKILL)
                each.wait(timeout=60)

    def _start(self, role: str, host: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYSPARK_PYTHON")
        } | {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": host, "SPARK_DAEMON_MEMORY": "256m"}
        place = ["--host", host, "--webui-port", "0"]
        command = [str(SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *place, *arguments]
        with (self.folder / f"{role.lower()}{len(self._running)}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
        self._running.append(process)
        return process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
