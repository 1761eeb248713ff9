"""The sampling strategy, compared with imbalanced-learn, and the cases in which ours is stricter."""

from __future__ import annotations

import doctest
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imblearn.utils import check_sampling_strategy

from spark_smote import strategy
from spark_smote.errors import ClassError, ParameterError, StrategyError
from spark_smote.strategy import NAMES, Label, check, resolve, resolve_under

# imbalanced-learn accepts a ratio with floating labels only if these are whole numbers.
LABELS: st.SearchStrategy[list[Any]] = st.one_of(
    st.lists(st.integers(-5, 5), min_size=2, max_size=5, unique=True),
    st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=5, unique=True),
    st.lists(st.text("aAzé0 ", max_size=3), min_size=2, max_size=5, unique=True),
    st.just([True, False]),
)
# Small numbers, so that classes of equal size are common.
COUNTS = LABELS.flatmap(
    lambda labels: st.fixed_dictionaries({label: st.integers(1, 6) | st.integers(1, 999) for label in labels})
)
TWO = st.fixed_dictionaries({0: st.integers(1, 999), 1: st.integers(1, 999)})


def reference(wanted: Any, counts: Mapping[Any, int]) -> dict[Any, int]:
    """imbalanced-learn's answer for a target with these counts; classes without an answer get no rows."""
    y = np.repeat(np.array(list(counts)), list(counts.values()))
    found = check_sampling_strategy(wanted, y, "over-sampling")
    return {label: int(found.get(label, 0)) for label in sorted(counts)}


def agree(wanted: Any, counts: Mapping[Any, int], theirs: Any = None) -> None:
    """Check for the same answer in the same order, or an error from both."""
    try:
        expected = reference(wanted if theirs is None else theirs, counts)
    except ValueError:
        with pytest.raises((ParameterError, StrategyError)):
            resolve(wanted, counts)
    else:
        found = resolve(wanted, counts)
        assert list(found.items()) == list(expected.items())
        assert all(type(number) is int for number in found.values())


@given(COUNTS, st.sampled_from([*NAMES, "majority", "", "Auto", "not  majority"]))
@example({2: 5, 1: 5, 3: 2, 0: 2}, "minority")
@example({2: 5, 1: 5, 3: 2, 0: 2}, "not minority")
@example({"b": 5, "a": 5}, "minority")
def test_names(counts: dict[Label, int], name: str) -> None:
    agree(name, counts)


@given(COUNTS, st.floats(-0.5, 1.5) | st.sampled_from([0.0, 1.0, 1, 0, 2, 1e-300]))
def test_ratios(counts: dict[Label, int], ratio: float) -> None:
    agree(ratio, counts)


@given(TWO, st.integers(1, 100), st.sampled_from([float, np.float64, np.float32]))
@example({0: 100, 1: 7}, 29, float)  # 100 * 0.29 is 28.999999999999996
@example({0: 5, 1: 5}, 100, float)
def test_ratios_near_whole_numbers(counts: dict[Label, int], percent: int, kind: Any) -> None:
    agree(kind(percent / 100), counts)


@given(COUNTS, st.data())
def test_totals(counts: dict[Label, int], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from([*counts, 99, "unknown"]), unique=True))
    totals = {label: counts.get(label, 0) + data.draw(st.integers(-3, 2000)) for label in chosen}
    agree(totals, counts)
    agree(lambda given: totals if given == counts else {}, counts, theirs=lambda y: totals)


@given(COUNTS, st.integers(0, 50))
def test_a_callable_sees_the_counts_in_class_order(counts: dict[Label, int], extra: int) -> None:
    seen: list[Any] = []

    def grow(given: dict[Label, int]) -> dict[Label, int]:
        seen.extend(given.items())
        answer = {label: rows + extra for label, rows in given.items()}
        given.clear()
        return answer

    agree(grow, counts, theirs=lambda y: {label: n + extra for label, n in Counter(y.tolist()).items()})
    assert seen == sorted(counts.items())


@given(COUNTS, st.sampled_from(NAMES))
def test_order_of_counts_does_not_matter(counts: dict[Label, int], name: str) -> None:
    backwards = dict(reversed(counts.items()))
    assert list(resolve(name, counts).items()) == list(resolve(name, backwards).items())


@pytest.mark.parametrize("label", [1, 1.0, True, np.int8(1), np.int64(1), np.uint64(1), np.float32(1), np.bool_(True)])
@pytest.mark.parametrize("classes", [(0, 1), (0.0, 1.0), (False, True)])
@pytest.mark.parametrize("total", [30, np.int16(30), np.uint8(30)])
def test_equal_labels_of_other_types_are_found(label: Any, classes: tuple[Any, Any], total: Any) -> None:
    found = resolve({label: total}, dict(zip(classes, (100, 20), strict=True)))
    assert found == {classes[0]: 0, classes[1]: 10}
    assert [type(key) for key in found] == [type(key) for key in classes]
    assert type(found[classes[1]]) is int


def test_numpy_strings_are_found() -> None:
    assert resolve({np.str_("b"): 30}, {"a": 100, "b": 20}) == {"a": 0, "b": 10}
    assert resolve(np.str_("minority"), {"a": 100, "b": 20}) == {"a": 0, "b": 80}


@pytest.mark.parametrize("counts", [{0: 100, 1: 60}, {0: 100, 1: 50}, {0: 9, 1: 9}])
def test_a_ratio_that_is_reached_already_is_an_error_or_passed(counts: dict[Label, int]) -> None:
    with pytest.raises(StrategyError, match="ifBalanced='pass'"):
        resolve(0.5, counts)
    assert resolve(0.5, counts, "pass") == dict.fromkeys(counts, 0)
    assert resolve(0.5, {0: 100, 1: 20}, "pass") == {0: 0, 1: 30}


def test_a_ratio_that_would_take_more_rows_to_keep_is_an_error_or_passed() -> None:
    with pytest.raises(StrategyError, match="ifBalanced='pass'"):
        resolve_under(0.5, {0: 100, 1: 60})
    assert resolve_under(0.5, {0: 100, 1: 60}, "pass") == {0: 0, 1: 0}
    assert resolve_under(0.5, {0: 100, 1: 20}, "pass") == {0: 60, 1: 0}


def test_no_target_gives_no_rows() -> None:
    assert resolve({}, {0: 100, 1: 20}) == {0: 0, 1: 0}


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("majority", "'majority'"),
        ("foo", "'foo'"),
        (True, "True"),
        (np.bool_(True), "True"),
        (0, "0"),
        (1.5, "1.5"),
        (np.float64(-1), "-1.0"),
        (float("nan"), "nan"),
        (10**400, "1000"),
        (None, "None"),
        ([0, 1], "[0, 1]"),
        (np.array(0.5), "array(0.5)"),
        (0.5j, "0.5j"),
    ],
)
def test_wrong_forms_are_refused_whatever_the_data(wanted: Any, shown: str) -> None:
    for refuse in (lambda: check(wanted), lambda: resolve(wanted, {0: 100, 1: 20}), lambda: resolve(wanted, {})):
        with pytest.raises(ParameterError) as caught:
            refuse()
        message = str(caught.value)
        assert f"not {shown}" in message
        assert all(repr(name) in message for name in NAMES)
        assert all(form in message for form in ("ratio on (0, 1]", "mapping", "callable"))


@pytest.mark.parametrize(
    ("total", "shown"),
    [(30.0, "30.0"), (30.5, "30.5"), (np.float64(30), "30.0"), (True, "True"), (np.True_, "True"), ("30", "'30'")],
)
def test_totals_that_are_no_integers_are_refused_by_name(total: Any, shown: str) -> None:
    message = f"total for class 'b' must be an integer, not {re.escape(shown)} "
    with pytest.raises(ParameterError, match=message):
        check({"a": 100, np.str_("b"): total})
    with pytest.raises(ParameterError, match=message):
        resolve(lambda counts: {"b": total}, {"a": 100, "b": 20})


@pytest.mark.parametrize("good", [*NAMES, 1, 0.5, np.float32(0.5), {}, {1: 30, "x": -3}, dict, lambda counts: {}])
def test_right_forms_pass_before_the_data_are_known(good: Any) -> None:
    check(good)


@pytest.mark.parametrize("returned", ["auto", 0.5, None, [30]])
def test_a_callable_must_return_a_mapping(returned: Any) -> None:
    with pytest.raises(ParameterError, match="callable must return a mapping of totals"):
        resolve(lambda counts: returned, {0: 100, 1: 20})


@pytest.mark.parametrize(
    ("wanted", "counts", "words"),
    [
        ({"1": 30}, {0: 100, 1: 20}, ["unknown class '1' (str); the classes are 0, 1 (int)"]),
        ({np.int64(7): 30}, {"a": 100, "b": 20}, ["unknown class 7 (int); the classes are 'a', 'b' (str)"]),
        ({-1: 9}, {label: 5 for label in range(10_000)}, ["unknown class -1 (int)", "18, 19, ... (int)"]),
        ({1: 10}, {0: 100, 1: 20}, ["class 1 has 20 rows", "total of 10"]),
        ({np.int64(1): np.int64(-3)}, {0: 100, 1: 20}, ["class 1 has 20 rows", "total of -3"]),
        (0.5, {0: 100, 1: 20, 2: 30}, ["two classes, not 3", "mapping"]),
        (0.1, {"a": 20, "b": 100}, ["ratio 0.1", "'a' (20 rows)", "0.2 of", "'b' (100 rows)", "larger ratio", "{}"]),
        (0.205, {0: 100, 1: 20}, ["no new row"]),
    ],
)
def test_misfits_name_class_numbers_and_remedy(wanted: Any, counts: dict[Label, int], words: list[str]) -> None:
    with pytest.raises(StrategyError) as caught:
        resolve(wanted, counts)
    assert [word for word in words if word not in str(caught.value)] == []
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("wanted", ["auto", 0.5, {}, lambda counts: {}])
@pytest.mark.parametrize("counts", [{}, {7: 100}])
def test_fewer_than_two_classes(wanted: Any, counts: dict[Label, int]) -> None:
    with pytest.raises(ClassError, match="7" if counts else "none"):
        resolve(wanted, counts)


def test_examples() -> None:
    assert doctest.testmod(strategy).failed == 0
