"""Weights agree with imbalanced-learn and scikit-learn, given the same neighbours and support vectors."""

import numpy as np
import pytest
from imblearn.over_sampling import ADASYN, SVMSMOTE, BorderlineSMOTE
from sklearn.datasets import make_classification
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC

from spark_smote.kernels.weights import Accepted, SupportVectors, alike, danger, difficulty


def _data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    features, classes = make_classification(
        900, 5, n_informative=4, n_redundant=0, n_classes=3, n_clusters_per_class=1, weights=[0.7, 0.2], flip_y=0.1,
        class_sep=0.6, random_state=seed,
    )  # fmt: skip
    return features, classes


def _others(features: np.ndarray, classes: np.ndarray, own: np.ndarray, m: int) -> np.ndarray:
    found = NearestNeighbors(n_neighbors=m + 1).fit(features).kneighbors(features[own], return_distance=False)[:, 1:]
    return (classes[found] != classes[own][:, None]).sum(axis=1)


@pytest.mark.parametrize("m", [5, 6, 10])
def test_danger_and_noise_are_those_of_imbalanced_learn(m: int) -> None:
    features, classes = _data(0)
    theirs = BorderlineSMOTE(random_state=0, m_neighbors=m)
    theirs.fit_resample(features, classes)
    for number in (1, 2):
        own = np.flatnonzero(classes == number)
        others = _others(features, classes, own, m)
        weights = danger(features[own], others, m)
        assert own[weights == 1].tolist() == theirs.in_danger_indices[number].tolist()
        noise = theirs._in_danger_noise(theirs.nn_m_, features[own], number, classes, kind="noise")
        assert noise.any()
        # All other rows are safe.
        assert (weights[noise] == 0).all()
        assert (noise == (others == m)).all()
        assert set(weights[~noise & (2 * others < m)].tolist()) == {0}
        assert weights[~noise & (2 * others >= m)].all()


@pytest.mark.parametrize("m", [5, 9])
def test_difficulty_is_in_proportion_to_the_ratio_of_adasyn(m: int) -> None:
    features, classes = _data(1)
    own = np.flatnonzero(classes == 1)
    weights = difficulty(features[own], _others(features, classes, own, m), m)
    assert weights.dtype == np.int64
    # imbalanced-learn rounds the number of rows of each seed, so these numbers show its ratios.
    for wanted in (137, 300, 1001, 5000):
        size = {1: len(own) + wanted}
        made = ADASYN(sampling_strategy=size, n_neighbors=m, random_state=0).fit_resample(features, classes)[1]
        assert (made == 1).sum() - len(own) == np.rint(weights / weights.sum() * wanted).sum()


def _machine(features: np.ndarray, positive: np.ndarray, gamma: float, cost: float) -> SVC:
    return SVC(gamma=gamma, C=cost, tol=1e-6).fit(features, positive)


def _weights(machine: SVC, scale: np.ndarray | None = None) -> SupportVectors:
    return SupportVectors(
        machine.support_vectors_, machine.dual_coef_[0], float(machine.intercept_[0]), float(machine.gamma), scale
    )


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(("gamma", "cost"), [(0.2, 1.0), (2.0, 10.0)])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_support_vectors_are_those_of_scikit_learn(gamma: float, cost: float, scaled: bool, offset: float) -> None:
    features, classes = _data(2)
    features, positive = features + offset, classes == 1
    machine = _machine(features, positive, gamma, cost)
    scale = np.array([1e-3, 1.0, 7.0, 1e4, 0.1]) if scaled else None
    given = features if scale is None else features * scale
    ours = _weights(machine, scale)
    # Scaling there and back rounds.
    tolerance = 1e-9 if offset == 0 else 1e-6
    np.testing.assert_allclose(ours.decision(given), machine.decision_function(features), rtol=0, atol=tolerance)
    own = np.flatnonzero(positive)
    selected = own[ours(given[own], np.zeros(len(own), dtype=np.int64), 10) == 1]
    theirs = machine.support_[positive[machine.support_]]
    # The rule has a small tolerance beyond the margin.
    near = np.abs(machine.decision_function(features) - 1) < 2e-3
    assert set(theirs.tolist()) <= set(selected.tolist())
    assert set(selected[~near[selected]].tolist()) == set(theirs[~near[theirs]].tolist())
    assert 0 < len(selected) < len(own)


def test_seeds_are_the_support_vectors_that_imbalanced_learn_keeps() -> None:
    features, classes = _data(3)
    keep = classes < 2
    features, classes, m = features[keep], classes[keep], 8
    theirs = SVMSMOTE(random_state=0, m_neighbors=m, svm_estimator=SVC(tol=1e-6, gamma=0.3))
    theirs.fit_resample(features, classes)
    machine = theirs.svm_estimator_
    support = machine.support_[classes[machine.support_] == 1]
    noise = theirs._in_danger_noise(theirs.nn_m_, features[support], 1, classes, kind="noise")
    own = np.flatnonzero(classes == 1)
    machine.gamma = machine._gamma
    weights = _weights(machine)(features[own], _others(features, classes, own, m), m)
    assert noise.any()
    assert own[weights == 1].tolist() == support[~noise].tolist()


def test_decision_of_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    features, classes = _data(4)
    ours = _weights(_machine(features, classes == 2, 0.5, 1.0))
    whole = ours.decision(features)
    assert [ours.decision(row[None])[0] for row in features] == whole.tolist()
    assert ours.decision(features[333:700:7]).tolist() == whole[333:700:7].tolist()
    assert ours.decision(features[::-1]).tolist() == whole[::-1].tolist()


def test_rows_among_others_only_are_no_support_vectors() -> None:
    ours = SupportVectors(np.zeros((1, 2)), np.ones(1), -5.0, 1.0)
    assert ours(np.zeros((4, 2)), np.array([0, 2, 3, 4]), 4).tolist() == [1, 1, 1, 0]
    assert ours(np.empty((0, 2)), np.empty(0, dtype=np.int64), 4).tolist() == []


@pytest.mark.parametrize(("intercept", "weight"), [(0.0, 1), (5e-4, 1), (2e-3, 0), (-3.0, 1)])
def test_rows_on_the_margin_are_support_vectors(intercept: float, weight: int) -> None:
    ours = SupportVectors(np.zeros((1, 2)), np.ones(1), intercept, 1.0)
    assert ours(np.zeros((1, 2)), np.zeros(1, dtype=np.int64), 4).tolist() == [weight]


@pytest.mark.parametrize("most", [0, 2, 5])
def test_accepted_are_rows_with_few_neighbours_of_other_classes(most: int) -> None:
    others = np.array([0, 1, 2, 3, 5])
    assert Accepted(most)(np.zeros((5, 1)), others, 5).tolist() == [int(other <= most) for other in others]
    assert alike(np.zeros((5, 1)), others, 5).tolist() == [1] * 5
