"""Quality of synthetic rows: recall, distance ratio and the pair test, on sampled rows compared with brute force.

    python -m benchmarks.quality --data data/bench/... --out OUTPUT_OF_A_TRACED_RUN

`pairs_true` is the pair test: the share of sampled synthetic rows on a segment between a seed row and one of its true k
nearest neighbours of its class.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from scipy.spatial.distance import cdist

from benchmarks.contenders import PROVENANCE, SYNTHETIC, Job
from benchmarks.truth import TIE, Indices, Matrix, nearest, read_rows

# Rounding of seed + gap * (neighbour - seed), relative to the values.
ROUNDING = 1e-9
# Largest relative detour of a row on a segment. A detour grows with the square of the offset.
DETOUR = 1e-9
# Without provenance: number of nearest real rows that are tried as seed and neighbour.
AROUND = 256


def measure(data: Path, out: Path, k: int = 5, label: int = 1, sample: int = 1000, seed: int = 7) -> dict[str, Any]:
    """Measures the class ``label`` on ``sample`` synthetic rows, drawn at random from the output."""
    features = Job(data, out).features
    ids, real = read_rows(data, features, label)
    drawn = sample_synthetic(out, label, sample, seed)
    synthetic = np.column_stack([drawn[name].to_numpy() for name in features])
    figures = {"sampled": len(synthetic), "copies": round(float(_is_copy(synthetic, real).mean()), 4)}
    if PROVENANCE not in drawn.column_names:
        return figures | {"pairs_true": round(by_geometry(synthetic, real, k), 4)}
    traces = drawn[PROVENANCE].combine_chunks()
    seeds, neighbours, gaps = (
        traces.field(name).to_numpy(zero_copy_only=False) for name in ("seed", "neighbour", "gap")
    )
    return figures | by_provenance(synthetic, _positions(ids, seeds), _positions(ids, neighbours), gaps, real, k)


def sample_synthetic(out: Path, label: int, sample: int, seed: int) -> pa.Table:
    """Draws synthetic rows of the class uniformly, with one batch in memory at a time."""
    files = ds.dataset(out, exclude_invalid_files=True)
    wanted = (ds.field("label") == label) & ds.field(SYNTHETIC)
    total = files.count_rows(filter=wanted)
    chosen = np.sort(np.random.default_rng(seed).choice(total, min(sample, total), replace=False))
    parts, start = [], 0
    for batch in files.to_batches(filter=wanted):
        parts.append(batch.take(chosen[(start <= chosen) & (chosen < start + len(batch))] - start))
        start += len(batch)
    return pa.Table.from_batches(parts, files.schema)


def by_provenance(
    synthetic: Matrix, seeds: Indices, neighbours: Indices, gaps: Matrix, real: Matrix, k: int
) -> dict[str, float]:
    """Measures rows by their provenance, after checking that each row agrees with it.

    Each synthetic row is one draw from the neighbours that the search found, so the share of true neighbours estimates
    the recall; ``..._error`` is the standard error of a figure.
    """
    seed, neighbour = real[seeds], real[neighbours]
    said = seed + gaps[:, None] * (neighbour - seed)
    slack = ROUNDING * np.maximum(np.abs(seed), np.abs(neighbour))
    as_said = (np.abs(synthetic - said) <= slack).all(axis=1) & (gaps >= 0) & (gaps <= 1) & (seeds != neighbours)
    true, _ = nearest(real, seed, k, seeds)
    used = np.sqrt(((neighbour - seed) ** 2).sum(axis=1))
    hit = (used <= true[:, -1] * TIE) & (seeds != neighbours)
    # If all rows are equal, all distances are 0, and so is the ratio's denominator.
    ratio = float(used.mean() / true.mean()) if true.any() else 1.0 + float(used.any())
    error = float((used - ratio * true.mean(axis=1)).std() / true.mean() / len(used) ** 0.5) if true.any() else 0.0
    return {
        "recall": round(float(hit.mean()), 4),
        "recall_error": round(float(hit.std() / len(hit) ** 0.5), 4),
        "distance_ratio": round(ratio, 4),
        "distance_ratio_error": round(error, 4),
        "pairs_true": round(float((hit & as_said).mean()), 4),
        "not_as_said": round(float((~as_said).mean()), 4),
    }


def by_geometry(synthetic: Matrix, real: Matrix, k: int) -> float:
    """Pair test for output without provenance: the share of rows on a segment between true neighbours.

    Only pairs of real rows near the synthetic row are tried. A segment can be missed, so the share is a lower bound;
    it is close, because both ends of a segment between true neighbours are near.
    """
    reach, around = nearest(real, synthetic, min(AROUND, len(real)))
    pairs = []
    for distance, rows in zip(reach, around, strict=True):
        length = cdist(real[rows], real[rows])
        detour = distance[:, None] + distance[None, :] - length
        detour[np.diag_indices(len(rows))] = np.inf
        one, other = np.unravel_index(np.argmin(detour - DETOUR * length), detour.shape)
        if detour[one, other] <= DETOUR * length[one, other]:
            pairs.append((rows[one], rows[other], length[one, other]))
    if not pairs:
        return 0.0
    ends = np.array([pair[:2] for pair in pairs])
    lengths = np.array([pair[2] for pair in pairs])
    asked, place = np.unique(ends, return_inverse=True)
    farthest = nearest(real, real[asked], k, asked)[0][:, -1][place.reshape(ends.shape)]
    return float((lengths[:, None] <= farthest * TIE).any(axis=1).sum() / len(synthetic))


def _is_copy(synthetic: Matrix, real: Matrix) -> Any:
    """Returns True for each synthetic row that equals a real row."""
    alike = real[np.isin(real[:, 0], synthetic[:, 0])]
    known = {row.tobytes() for row in alike}
    return np.array([row.tobytes() in known for row in synthetic])


def _positions(ids: Indices, asked: Indices) -> Indices:
    """Returns the positions of the rows with these ids."""
    found = np.searchsorted(ids, asked).clip(max=len(ids) - 1)
    if (ids[found] != asked).any():
        raise SystemExit("provenance names rows that are not of the synthetic row's class")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the quality of synthetic rows.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="output of benchmarks.contenders with --trace")
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--label", type=int, default=1)
    parser.add_argument("--sample", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
