"""k-means SMOTE: clusters, their selection and their shares, computed with NumPy from the centres of the sampler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import log
from typing import Any

import numpy as np
import pytest
from frames import Matrix, columns, labels_of, multiset, numbered, spark_frame
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from scipy.spatial.distance import cdist, pdist
from test_family_oracles import EXACT, Ids, all_within, nearest_of_class, on_segments, used_evenly

from spark_smote import KMeansSMOTE
from spark_smote.core import clustered
from spark_smote.errors import NoSeedsError
from spark_smote.samplers import kmeans_smote

pytestmark = pytest.mark.classic("figures; test_common.py shows that each sampler runs on Connect")
CLUSTERS = 6
SHARES = {0: (0.9, 0.1, 0.0), 1: (0.2, 0.8, 0.0), 2: (0.3, 0.65, 0.05), 3: (0.1, 0.2, 0.7), 4: (1.0, 0.0, 0.0)}
"""Of classes 0, 1 and 2 in each blob."""
SIZES = (700, 90, 60, 120, 200)
SPREADS = (1.0, 0.5, 1.5, 1.0, 2.0)
Centres = list[NDArray[np.float64]]


@pytest.fixture(scope="module")
def data() -> tuple[Matrix, Ids]:
    rng = np.random.default_rng(53)
    middles = np.array([[0, 0, 0], [20, 0, 0], [0, 20, 0], [0, 0, 20], [20, 20, 20]])
    x = np.concatenate([m + s * rng.normal(size=(n, 3)) for m, s, n in zip(middles, SPREADS, SIZES, strict=True)])
    label = np.concatenate([rng.choice(3, n, p=SHARES[blob]) for blob, n in enumerate(SIZES)])
    return x, label


@pytest.fixture(scope="module")
def frame(spark: SparkSession, data: tuple[Matrix, Ids]) -> DataFrame:
    return spark_frame(spark, numbered(*data))


@pytest.fixture
def centres() -> Iterator[Centres]:
    """The centres that the sampler finds, call by call."""
    found: Centres = []
    find = clustered.k_means_centres

    def spy(*args: Any) -> NDArray[np.float64]:
        found.append(find(*args))
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustered, "k_means_centres", spy)
        yield found


def sampler(**params: Any) -> KMeansSMOTE:
    return KMeansSMOTE(inputCols=columns(3), **{**EXACT, "numClusters": CLUSTERS, "seed": 5, **params})


def expected_shares(x: Matrix, label: Ids, cluster: Ids, one: int, threshold: float, exponent: float | None) -> Matrix:
    """Share of the class's synthetic rows by cluster, as imbalanced-learn's ``_find_cluster_sparsity`` weighs it."""
    sparsity = np.zeros(cluster.max() + 1)
    for number in range(len(sparsity)):
        own = x[(cluster == number) & (label == one)]
        if len(own) > 2 and len(own) >= threshold * (cluster == number).sum():
            power = log(len(own), 1.6) ** 1.8 * 0.16 if exponent is None else exponent
            sparsity[number] = pdist(own).mean() ** power / len(own)
    return np.asarray(sparsity / sparsity.sum())


def largest_remainder(shares: Matrix, total: int) -> Ids:
    whole = np.floor(shares * total).astype(np.int64)
    for number in np.argsort(whole - shares * total)[: total - whole.sum()]:
        whole[number] += 1
    return whole


def check(
    data: tuple[Matrix, Ids], rows: list[Row], cluster: Ids, thresholds: dict[int, float], exponent: float | None = None
) -> dict[int, Ids]:
    """Check that all rows lie within clusters, each with its share; return the shares by class."""
    x, label = data
    seeds, neighbours, gaps = on_segments(x, rows)
    assert (cluster[seeds] == cluster[neighbours]).all()
    assert 0 <= gaps.min() <= gaps.max() < 1
    totals = {}
    for one, threshold in thresholds.items():
        mine = seeds[label[seeds] == one]
        shares = expected_shares(x, label, cluster, one, threshold, exponent)
        totals[one] = largest_remainder(shares, len(mine))
        assert np.bincount(cluster[mine], minlength=len(shares)).tolist() == totals[one].tolist()
        for number in np.flatnonzero(totals[one]):
            assert used_evenly(mine[cluster[mine] == number])
            ids = np.flatnonzero((cluster == number) & (label == one))
            local = nearest_of_class(x[ids], label[ids], 2)
            near = {int(ids[a]): {int(ids[b]) for b in some} for a, some in local.items()}
            inside = (label[seeds] == one) & (cluster[seeds] == number)
            assert all_within(seeds[inside], neighbours[inside], near)
    return totals


def test_quotas_of_clusters_follow_sparsity_and_totals_are_exact(
    data: tuple[Matrix, Ids], frame: DataFrame, centres: Centres
) -> None:
    """Two classes together: the threshold is half of a class's part of all synthetic rows."""
    x, label = data
    counts = Counter(label.tolist())
    wanted = {1: counts[1] + 601, 2: counts[2] + 303}
    one = sampler(samplingStrategy=wanted)
    plan = one.plan(frame)
    rows = one.resample(frame, plan).collect()
    assert labels_of(rows) == {0: counts[0], **wanted}
    assert len(centres) == 1
    cluster = cdist(x, centres[0]).argmin(axis=1)
    totals = check(data, rows, cluster, {1: 601 / 904 / 2, 2: 303 / 904 / 2})
    assert (totals[1] > 0).sum() >= 2
    for number in (1, 2):
        chosen = np.isin(cluster, np.flatnonzero(totals[number]))
        assert plan.classes[number].seeds == (chosen & (label == number)).sum() < counts[number]


def test_a_lower_threshold_lets_more_clusters_in_and_exponent_0_weighs_by_rows_alone(
    data: tuple[Matrix, Ids], frame: DataFrame, centres: Centres
) -> None:
    x, label = data
    counts = Counter(label.tolist())
    few, many = (
        sampler(samplingStrategy={1: counts[1] + 700}, clusterBalanceThreshold=threshold, densityExponent=0.0)
        for threshold in (0.7, 0.05)
    )
    rows = [few.resample(frame).collect(), many.resample(frame).collect()]
    cluster = cdist(x, centres[0]).argmin(axis=1)
    assert (centres[0] == centres[1]).all()
    totals = [check(data, r, cluster, {1: t}, 0.0)[1] for r, t in zip(rows, (0.7, 0.05), strict=True)]
    assert 0 < (totals[0] > 0).sum() < (totals[1] > 0).sum()
    own = np.bincount(cluster[label == 1], minlength=len(centres[0]))
    used = totals[1] > 0
    np.testing.assert_allclose(totals[1][used], 700 / own[used] / (1 / own[used]).sum(), atol=1)


def test_clusters_are_those_of_scaled_rows_with_standardization(
    data: tuple[Matrix, Ids], spark: SparkSession, centres: Centres
) -> None:
    x, label = data[0] * [1.0, 1e4, 1e-3], data[1]
    counts = Counter(label.tolist())
    one = sampler(standardization=True, samplingStrategy={1: counts[1] + 400}, densityExponent=3.0)
    rows = one.resample(spark_frame(spark, numbered(x, label))).collect()
    scaled = x / x.std(axis=0)
    cluster = cdist(scaled, centres[0]).argmin(axis=1)
    seeds, neighbours, _ = on_segments(x, rows)
    assert (cluster[seeds] == cluster[neighbours]).all()
    shares = expected_shares(scaled, label, cluster, 1, 0.5, 3.0)
    assert np.bincount(cluster[seeds], minlength=len(shares)).tolist() == largest_remainder(shares, 400).tolist()


def test_no_cluster_fits(data: tuple[Matrix, Ids], frame: DataFrame) -> None:
    with pytest.raises(NoSeedsError) as caught:
        sampler(clusterBalanceThreshold=1.0, samplingStrategy={2: 300}).plan(frame)
    for words in ("class 2: none of 6 clusters", "clusterBalanceThreshold=1 (", "kNeighbors=2", "numClusters"):
        assert words in str(caught.value)
    with pytest.warns(UserWarning, match="class 2: none of 6 clusters .* seeds instead"):
        rows = sampler(clusterBalanceThreshold=1.0, samplingStrategy={2: 300}, fallback="smote").resample(frame)
    seeds, _, _ = on_segments(data[0], rows.collect())
    used = np.bincount(seeds, minlength=len(data[1]))[data[1] == 2]
    assert used.sum() == 300 - len(used) and set(used) <= {used.min(), used.min() + 1}, "as often as one another"


def test_a_group_has_clusters_of_its_own_learnt_from_a_sample_of_its_rows(
    frame: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One group has twice the rows of the other, so the rates of their samples differ."""
    for bound, rows in (("SAMPLED_ROWS", 200), ("CLUSTER_ROWS", 1), ("PAIRED_ROWS", 20)):
        monkeypatch.setattr(kmeans_smote, bound, rows)
    sampled: Centres = []
    learn = clustered.k_means_centres
    monkeypatch.setattr(clustered, "k_means_centres", lambda *args: (sampled.append(args[0]), learn(*args))[1])
    grouped = frame.withColumn("half", F.expr("id % 3 DIV 2"))
    alone = sampler(clusterBalanceThreshold=0.05).resample(grouped.filter("half = 1"))
    both = sampler(clusterBalanceThreshold=0.05, groupCols=["half"]).resample(grouped).filter("half = 1")
    assert multiset(both.drop("half").collect()) == multiset(alone.drop("half").collect())
    assert len(sampled) == 3 and np.array_equal(sampled[0], sampled[2])
    assert all(150 < len(points) < 250 for points in sampled)
