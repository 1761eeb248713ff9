"""RBO's walks: each step by the whole potential, written straight from the paper, with the same draws."""

import numpy as np
import pytest
from chunks import Cell, cell

from spark_smote.kernels import draws
from spark_smote.kernels.arrays import in_order
from spark_smote.kernels.radial import balanced, decay
from spark_smote.kernels.synthetic import Seeds, Synthetic

KEY = draws.class_key(11, "minority")
NEAR = 6
UNIT = np.array([1.0, 10.0, 0.1])


def _data() -> Cell:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(90, 3))
    x[60:70] = x[60]
    return cell(x * UNIT, np.arange(90) * 7919, None, (np.arange(90) % 3 == 0).astype(np.int64))


def _seeds(rows: np.ndarray, quotas: np.ndarray) -> Seeds:
    return Seeds(rows, rows * 7919, np.zeros(len(rows), dtype=np.int64), quotas, KEY)


def _made(rows: Cell, seeds: Seeds, **options: float) -> Synthetic:
    given = {"gamma": 0.7, "step": 0.05, "steps": 30, "stop": 0.03, **options}
    blocks = list(balanced(rows, seeds, 0, scale=UNIT, near=NEAR, **given))  # type: ignore[arg-type]
    columns = [np.concatenate([getattr(block, name) for block in blocks]) for name in ("seeds", "gaps", "features")]
    return Synthetic(columns[0], None, *columns[1:])


def _walk(rows: Cell, seed: int, replica: int, gamma: float, step: float, steps: int, stop: float) -> np.ndarray:
    """Algorithm 1 of the paper for one synthetic row, in units of distance."""
    x = rows.features / UNIT
    away = ((x - x[seed]) ** 2).sum(axis=1)
    away[seed] = -1
    around = np.argsort(away, kind="stable")[: NEAR + 1]

    def potential(point: np.ndarray) -> float:
        terms = np.exp(-((x[around] - point) ** 2).sum(axis=1) / gamma**2)
        return float(np.where(rows.classes[around] == rows.classes[seed], -terms, terms).sum())

    point = x[seed].copy()
    for number in range(steps):
        word = int(draws.philox(KEY, (np.array([seed * 7919]), 0, replica, 2 + number // 4))[number % 4][0])
        if (word >> 32) / 2**32 < stop:
            break
        move = np.zeros(3)
        move[int((word & 0xFFFFFFFE) / 2**32 * 3)] = step if word & 1 else -step
        if abs(potential(point + move)) < abs(potential(point)):
            point = point + move
    return point


def test_walks_are_those_of_the_paper() -> None:
    rows = _data()
    asking = np.array([0, 3, 9, 33, 60, 63])
    made = _made(rows, _seeds(asking, np.full(6, 5)))
    replicas = np.tile([4, 3, 2, 1, 0], 6)
    expected = [_walk(rows, s, r, 0.7, 0.05, 30, 0.03) for s, r in zip(made.seeds.tolist(), replicas, strict=True)]
    np.testing.assert_allclose(made.features / UNIT, expected, rtol=1e-9, atol=1e-9)
    moved = np.abs(made.features - rows.features[made.seeds]) / UNIT / 0.05
    assert moved.max() > 3
    np.testing.assert_allclose(moved, np.rint(moved), atol=1e-6)


@pytest.mark.parametrize(("steps", "stop"), [(1, 0.0), (30, 1.0)])
def test_short_walks(steps: int, stop: float) -> None:
    rows = _data()
    made = _made(rows, _seeds(np.array([0, 3]), np.array([40, 40])), steps=steps, stop=stop)
    away = np.abs(made.features - rows.features[made.seeds]) / UNIT
    assert np.isin(np.rint(away / 0.05), [0, 1]).all()
    assert away.any() == (stop == 0)
    assert ((away > 0).sum(axis=1) <= 1).all()


def test_a_walk_depends_on_its_seed_and_replica_alone() -> None:
    """The sums of a walk are the same beside others and alone, to the last bit."""
    rows = _data()
    asking, quotas = np.arange(0, 90, 3), np.arange(30) % 4
    whole = _made(rows, _seeds(asking, quotas))
    assert np.bincount(whole.seeds, minlength=90)[asking].tolist() == quotas.tolist()
    alone = [_made(rows, _seeds(asking[i : i + 1], quotas[i : i + 1])).features for i in np.flatnonzero(quotas)]
    assert np.concatenate(alone).tobytes() == whole.features.tobytes()


def test_sums_do_not_depend_on_the_layout() -> None:
    terms = np.random.default_rng(0).normal(size=(40, 9))
    whole = in_order(terms)
    assert [in_order(terms[:, [n]])[0] for n in range(9)] == whole.tolist()
    assert in_order(np.asfortranarray(terms)).tolist() == whole.tolist()


def test_decay_is_the_exponential() -> None:
    squares = np.concatenate([np.linspace(0, 50, 5001), [100.0, 700.0, 1e4, 1e300, np.inf]])
    np.testing.assert_allclose(decay(squares), np.exp(-squares), rtol=4e-15, atol=1e-300)
    assert decay(np.array([0.0])).tolist() == [1.0]
