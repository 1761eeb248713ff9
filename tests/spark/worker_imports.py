"""What a Python worker imports when it reads a function."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# A fork for each file, as Spark's daemon forks workers: the shared imports take the most time.
_LOAD = """
import os, pickle, sys
import pyspark.worker
for path in sys.stdin:
    if os.fork() == 0:
        with open(path.rstrip(), "rb") as file:
            pickle.load(file)
        print([name for name in ("pyspark.ml", "sklearn", "scipy", "pandas") if name in sys.modules], flush=True)
        os._exit(0)
    if os.wait()[1]:
        print("failed", flush=True)
"""


@contextmanager
def heavy_imports() -> Iterator[Callable[[Path], str]]:
    """Gives the heavy libraries that a worker has imported after it has read a file."""
    runtime = {**os.environ, "SPARK_PYTHON_RUNTIME": "PYTHON_WORKER"}
    command = [sys.executable, "-c", _LOAD]
    with subprocess.Popen(command, env=runtime, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, told = process.stdin, process.stdout

        def load(file: Path) -> str:
            print(file, file=asked, flush=True)
            return told.readline().strip()

        yield load
