"""The data of the benchmarks: written to Parquet chunk by chunk without Spark, equal for equal arguments.

    python -m benchmarks.data --kind mixture --rows 1000000 --minority 100000 --features 30

Columns: id (row number), label (0 majority, 1 minority, 2 the class of three rows of ``--tiny``), f0, f1, ...
Majority and minority rows are mixed in every file.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.random import Generator
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Draw = Callable[[Generator, int], Matrix]

ROOT = Path("data/bench")
CHUNK_ROWS = 50_000
# Several files, so that Spark reads them in parallel.
FILES = 8
CLUSTERS = 20
TINY_ROWS = 3


@dataclass(frozen=True)
class Spec:
    """Specification of a data set; ``rows`` counts all rows, ``minority`` those with label 1."""

    kind: str
    rows: int
    minority: int
    features: int
    tiny: bool = False
    seed: int = 7

    @property
    def name(self) -> str:
        tiny = "-tiny" if self.tiny else ""
        return f"{self.kind}-{self.rows}-{self.minority}-{self.features}{tiny}-{self.seed}.parquet"


def names(features: int) -> list[str]:
    return [f"f{number}" for number in range(features)]


def mixture(rng: Generator, features: int) -> Draw:
    """Twenty Gaussian clusters of unit noise, centres N(0, 3^2)."""
    centres = rng.normal(0, 3, (CLUSTERS, features))
    return lambda rng, rows: centres[rng.integers(CLUSTERS, size=rows)] + rng.standard_normal((rows, features))


def gaussian(rng: Generator, features: int) -> Draw:
    """One Gaussian: no structure that a search could use."""
    return lambda rng, rows: rng.standard_normal((rows, features))


def lowrank(rng: Generator, features: int) -> Draw:
    """A five-dimensional Gaussian in ``features`` columns, plus a little noise."""
    basis = rng.standard_normal((5, features))
    return lambda rng, rows: rng.standard_normal((rows, 5)) @ basis + rng.normal(0, 0.05, (rows, features))


def duplicates(rng: Generator, features: int) -> Draw:
    """Nine rows in ten are one of 300 rows; the tenth is unique."""
    fresh = mixture(rng, features)
    pool = fresh(rng, 300)

    def draw(rng: Generator, rows: int) -> Matrix:
        repeated = rng.random(rows) < 0.9
        return np.where(repeated[:, None], pool[rng.integers(len(pool), size=rows)], fresh(rng, rows))

    return draw


def identical(rng: Generator, features: int) -> Draw:
    """Copies of one row."""
    row = mixture(rng, features)(rng, 1)
    return lambda rng, rows: np.repeat(row, rows, axis=0)


def scales(rng: Generator, features: int) -> Draw:
    """The mixture with column scales from 1e-6 to 1e6."""
    plain, stretch = mixture(rng, features), np.logspace(-6, 6, features)
    return lambda rng, rows: plain(rng, rows) * stretch


def dense(rng: Generator, features: int) -> Draw:
    """95 % of the rows in one cluster a thousand times narrower than the rest."""
    return lambda rng, rows: (
        rng.standard_normal((rows, features)) * np.where(rng.random(rows) < 0.95, 0.01, 10.0)[:, None]
    )


KINDS = {kind.__name__: kind for kind in (mixture, gaussian, lowrank, duplicates, identical, scales, dense)}
# In these kinds only the minority is special.
MAJORITY_KINDS = {"duplicates": "mixture", "identical": "mixture"}


def ensure(spec: Spec, root: Path = ROOT) -> Path:
    """Returns the folder with the data, which is made if it does not exist."""
    folder = root / spec.name
    # _SUCCESS is written last and marks a complete folder.
    if not (folder / "_SUCCESS").exists():
        write(spec, folder)
    return folder


def write(spec: Spec, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("part-*"):
        stale.unlink()
    # The same seed twice, so that two mixtures have the same clusters.
    minority = KINDS[spec.kind](np.random.default_rng([spec.seed, 0]), spec.features)
    others = KINDS[MAJORITY_KINDS.get(spec.kind, spec.kind)](np.random.default_rng([spec.seed, 0]), spec.features)

    chunk = min(CHUNK_ROWS, -(-spec.rows // FILES))
    starts = range(0, spec.rows, chunk)
    for file, numbers in enumerate(np.array_split(np.arange(len(starts)), min(FILES, len(starts)))):
        # Dictionaries do not help with distinct doubles, and slow down every reader.
        with pq.ParquetWriter(folder / f"part-{file:05d}.parquet", _schema(spec.features), use_dictionary=False) as out:
            for number in numbers:
                start = starts[number]
                rng = np.random.default_rng([spec.seed, 1, number])
                out.write_table(_chunk(spec, rng, start, min(start + chunk, spec.rows), minority, others))
    (folder / "_SUCCESS").touch()


def _schema(features: int) -> pa.Schema:
    return pa.schema([("id", pa.int64()), ("label", pa.int32()), *((name, pa.float64()) for name in names(features))])


def _chunk(spec: Spec, rng: Generator, start: int, stop: int, minority: Draw, others: Draw) -> pa.Table:
    def share(total: int) -> int:
        """Number of rows in this chunk of a class of ``total`` rows, spread evenly over all chunks."""
        return total * stop // spec.rows - total * start // spec.rows

    ones, twos = share(spec.minority), share(TINY_ROWS) if spec.tiny else 0
    label = rng.permutation(np.repeat([0, 1, 2], [stop - start - ones - twos, ones, twos]))
    rows = others(rng, stop - start)
    rows[label == 1] = minority(rng, ones)
    columns = [np.arange(start, stop), label.astype(np.int32), *np.ascontiguousarray(rows.T)]
    return pa.table(columns, schema=_schema(spec.features))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the data of a benchmark.")
    parser.add_argument("--kind", choices=KINDS, default="mixture")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--minority", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=30)
    parser.add_argument("--tiny", action="store_true", help="add a third class of three rows")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--root", type=Path, default=ROOT)
    options = vars(parser.parse_args())
    root = options.pop("root")
    print(ensure(Spec(**options), root))


if __name__ == "__main__":
    main()
