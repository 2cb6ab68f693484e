"""Segments found in simulated worlds, beside those that were planted: ours, a Gaussian mixture's, and one's that knows the truth."""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from measure import BIN, workbench
from shopkeeper.brand import Brand, load_brand
from shopkeeper.customers.mixture import Evidence, as_asked, memberships
from shopkeeper.customers.past import Past
from shopkeeper.customers.segments import find_segments, known_customers
from shopkeeper.shop import Shop
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

_COVARIANCES = ("full", "tied", "diag", "spherical")
_FLOOR = 0.01  # added to variances: without it, a Gaussian mixture of shares falls for choices that few ever make
_SEED = 1


@dataclass(frozen=True)
class Known:
    """What is known of a world's customers with three order days or more, and the segment planted in each."""

    evidence: Evidence
    planted: pd.Series


@dataclass(frozen=True)
class Judged:
    """Adjusted Rand index, with what was planted, of each of the three; how many segments ours has, its smallest Jaccard."""

    ours: float
    gaussian: float
    informed: float
    size: int
    jaccard: float


def world(folder: Path, customers: int, segments: int, seed: int) -> Known:
    """Simulate and import aurora with so many segments, in a workbench of its own."""
    environment = workbench(["aurora"], folder)
    settings = ["-p", f"segments={segments}", "-p", "paired_promotions=false"]
    simulate = ["simulate", "aurora", "--customers", str(customers), "--seed", str(seed), *settings]
    for command in (simulate, ["import", "aurora"]):
        subprocess.run([str(BIN / "shopkeeper"), *command], env=environment, check=True, capture_output=True)
    shop = Shop(replace(load_brand("aurora"), folder=folder / "data" / "aurora"))
    evidence = known_customers(Past(shop), shop.as_of)
    return Known(evidence, _planted(shop.brand).loc[evidence.customers])


def _planted(brand: Brand) -> pd.Series:
    """Segment by customer_id. A nick that is masked in the export names nobody."""
    true = pd.read_parquet(brand.folder / "truth" / "customers.parquet")
    true = true[~true.is_masked & true.first_at.notna()]
    return pd.Series(true.segment.to_numpy(), index=[brand.pseudonym(nick) for nick in true.nick])


def judge(here: Known, other: Known) -> Judged:
    """All three on the customers of `here`; `other`, of the same settings, is what the informed learn from."""
    found = find_segments(here.evidence, _SEED)
    with threadpool_limits(1):  # more threads only wait for each other on tables so small
        rivals = gaussian(here), informed(here, other)
    if found is None:
        return Judged(0.0, *rivals, 1, np.nan)
    labels = memberships(found.mixture, here.evidence).argmax(axis=1)
    ours = adjusted_rand_score(here.planted, labels)
    return Judged(ours, *rivals, found.mixture.size, float(found.jaccard.min()))


def gaussian(here: Known) -> float:
    """scikit-learn's GaussianMixture, told how many segments there are; of its covariances the one that does best."""
    told, size = _shares(here.evidence), here.planted.nunique()
    models = [
        GaussianMixture(size, covariance_type=kind, n_init=3, reg_covar=_FLOOR, random_state=_SEED)
        for kind in _COVARIANCES
    ]
    return max(adjusted_rand_score(here.planted, model.fit_predict(told)) for model in models)


def informed(here: Known, other: Known) -> float:
    """A classifier that learns the planted segments of another world: the better of boosted trees and logistic regression."""
    there = as_asked(other.evidence, here.evidence)
    models = [
        HistGradientBoostingClassifier(max_iter=200, learning_rate=0.05, max_leaf_nodes=8, random_state=_SEED),
        make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2_000)),
    ]
    guesses = [model.fit(_all(there), other.planted).predict(_all(here.evidence)) for model in models]
    return max(adjusted_rand_score(here.planted, guess) for guess in guesses)


def _all(evidence: Evidence) -> np.ndarray:
    return np.hstack([evidence.counts, _shares(evidence)])


def _shares(evidence: Evidence) -> np.ndarray:
    """Each customer's shares of answers, those of all where it gave none; and rhythm, spread about as widely as a share."""
    counts = evidence.counts
    totals = counts.T.groupby(level=0).transform("sum").T
    shares = (counts / totals.where(totals > 0)).fillna(counts.sum() / totals.sum().clip(lower=1e-9))
    rhythm = (evidence.amounts - evidence.amounts.mean()) / evidence.amounts.std()
    return np.hstack([shares, 0.2 * rhythm.fillna(0.0)])
