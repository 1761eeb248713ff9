"""Draws equal those of NumPy's Philox, and depend on their address only."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spark_smote.kernels.draws import below, class_key, philox, uniform, with_replacement

WORD = st.integers(0, 2**64 - 1)


@given(key=st.tuples(WORD, WORD), counter=st.tuples(WORD, WORD, WORD, WORD))
def test_philox_equals_numpys(key: tuple[int, int], counter: tuple[int, int, int, int]) -> None:
    # NumPy counts up before it draws.
    carried = (sum(word << (64 * place) for place, word in enumerate(counter)) - 1) % 2**256
    start = [(carried >> (64 * place)) & (2**64 - 1) for place in range(4)]
    theirs = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(start, np.uint64)).random_raw(4)
    ours = philox(key, tuple(np.array([word], np.uint64) for word in counter))  # type: ignore[arg-type]
    assert [int(word[0]) for word in ours] == theirs.tolist()


def test_a_draw_does_not_depend_on_other_draws() -> None:
    counters = np.arange(1000, dtype=np.uint64)
    together = philox((5, 6), (counters, 0, 3, 0))[0]
    alone = [philox((5, 6), (counters[i : i + 1], 0, 3, 0))[0][0] for i in range(0, 1000, 97)]
    assert together[::97].tolist() == alone


def test_uniform_is_uniform_and_excludes_one() -> None:
    words = philox((1, 2), (np.arange(20_000, dtype=np.uint64), 0, 0, 0))[1]
    draws = uniform(words)
    assert draws.min() >= 0
    assert draws.max() < 1
    assert stats.kstest(draws, "uniform").pvalue > 0.001
    assert uniform(np.array([2**64 - 1], np.uint64))[0] < 1


@given(st.integers(1, 1000))
def test_below_stays_below(bound: int) -> None:
    words = np.array([0, 1, 2**63, 2**64 - 1], np.uint64)
    drawn = below(words, bound)
    assert drawn.min() == 0
    assert drawn.max() == bound - 1


def test_classes_and_seeds_have_streams_of_their_own() -> None:
    labels: list[object] = [0, 1, "0", "1", 0.0, True, False]
    assert len({class_key(7, label) for label in labels}) == len(labels)
    assert class_key(7, "a") != class_key(8, "a")
    assert class_key(-1, "a")[0] == 2**64 - 1


def test_draws_with_replacement_take_each_row_with_the_same_chance_whatever_the_ranges() -> None:
    key, numbers = class_key(3, "a"), np.arange(20_000)
    (whole, places), (ranges, within) = (with_replacement(key, numbers, rows) for rows in ([10], [3, 0, 5, 2]))
    assert not whole.any()
    assert (np.array([0, 3, 3, 8])[ranges] + within == places).all()
    assert stats.chisquare(np.bincount(places, minlength=10)).pvalue > 1e-3
    assert with_replacement(key, [7, 4], [10])[1].tolist() == places[[7, 4]].tolist()
