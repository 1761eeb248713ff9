"""The same rows on any hardware: under several kernels of BLAS, numbers of its threads, and versions of NumPy.

The digests are pinned: ``make test-long SPARK=3.5``, with NumPy 1.26, compares with the same ones. After a change that
gives other rows on purpose, pin what ``python tests/spark/hardware.py`` prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PINNED = HERE.parent / "golden" / "hardware.json"
KERNELS = ("Haswell", "Sandybridge", "Nehalem", "Prescott")


def run(kernel: str, threads: int, *command: str) -> Any:
    """The JSON that a process prints at its end, with this kernel and so many threads of OpenBLAS."""
    env = {**os.environ, "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": str(threads)}
    done = subprocess.run([sys.executable, *command], env=env, cwd=HERE, capture_output=True, text=True, timeout=900)
    assert not done.returncode, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.long
@pytest.mark.classic("processes of their own")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_rows_are_the_same(kernel: str, threads: int) -> None:
    assert run(kernel, threads, "hardware.py") == json.loads(PINNED.read_text())


@pytest.mark.long
@pytest.mark.classic("processes of their own")
def test_the_kernels_are_different() -> None:
    """Otherwise the test above would show nothing."""
    code = (
        "import json, numpy, threadpoolctl; x = numpy.random.default_rng(1).normal(size=(97, 97)).astype('f4');"
        "one = next(one for one in threadpoolctl.threadpool_info() if 'architecture' in one);"
        "print(json.dumps([one['architecture'], (x @ x).tobytes().hex()]))"
    )
    found = [run(kernel, 1, "-c", code) for kernel in KERNELS]
    assert len({architecture for architecture, _ in found}) == len(KERNELS)
    assert len({product for _, product in found}) > 1
