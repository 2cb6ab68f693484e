"""Scoring: probabilities of what customers will do, calibrated on a later day than they were learnt, and tested on a later one still."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from shopkeeper.customers.cohorts import with_rate

Floats = npt.NDArray[np.float64]

FEWEST = 50  # customers who did it, and who did not, below which nothing is learnt
TOP_ERROR = 0.125  # of observed / predicted in the tenth most likely, by chance: with more, a fifth too many looks fine
MOST_ROWS = 40_000  # rows to learn from; more are drawn from
_BINS = 10
SLOPE, RATIO = (0.8, 1.2), (0.8, 1.25)  # what a trusted score's calibration slope and observed/predicted lie within


@dataclass(frozen=True)
class Score:
    """Two classifiers whose mean log odds are taken, and the line that calibrates them: slope × log odds + intercept.

    at_calibration: the probabilities of those on whom it was calibrated.
    """

    trees: HistGradientBoostingClassifier
    line: Pipeline
    slope: float
    intercept: float
    at_calibration: Floats


def learn(known: pd.DataFrame, did: pd.Series, later: pd.DataFrame, did_later: pd.Series, seed: int) -> Score | None:
    """Learn who does it, and calibrate that on customers as known on a later day; None where too few did or did not.

    known, later: one row per customer, the same features, missing ones NaN. did, did_later: True or False.
    Source: Platt (1999), Advances in Large Margin Classifiers, 61-74.
    """
    if too_few(did) or too_few(did_later):
        return None
    known, did = sampled(known, did, seed)
    trees = HistGradientBoostingClassifier(
        max_iter=40,
        learning_rate=0.16,
        max_leaf_nodes=12,
        min_samples_leaf=60,
        l2_regularization=5.0,
        random_state=seed,
    ).fit(known, did)
    line = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(C=0.1, solver="newton-cholesky"),
    ).fit(known, did)
    log_odds = _log_odds(trees, line, later)
    slope, intercept = calibration(log_odds, did_later)
    return Score(trees, line, slope, intercept, np.asarray(expit(slope * log_odds + intercept), np.float64))


def sampled(known: pd.DataFrame, did: pd.Series, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Features and outcomes of MOST_ROWS customers drawn at random, or of all, where they are no more."""
    if len(known) <= MOST_ROWS:
        return known, did
    rows = np.random.default_rng(seed).choice(len(known), MOST_ROWS, replace=False)
    return known.iloc[rows], did.iloc[rows]


def probabilities(score: Score, known: pd.DataFrame, shift: float | Floats = 0.0) -> Floats:
    """The probability of each customer; shift, in log odds, is what the season adds."""
    log_odds = _log_odds(score.trees, score.line, known)
    return np.asarray(expit(score.slope * log_odds + score.intercept + shift), np.float64)


def calibration(log_odds: Floats, did: pd.Series) -> tuple[float, float]:
    """Slope and intercept of the outcome on the log odds predicted: 1 and 0 where probabilities mean what they say."""
    fitted = LogisticRegression(C=1e6, solver="newton-cholesky").fit(log_odds[:, None], did)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def recency_alone(days: pd.Series, did: pd.Series, now: pd.Series) -> Floats:
    """The naive score: a logistic curve of the days since the last order and nothing else."""
    fitted = LogisticRegression(C=1e6, solver="newton-cholesky").fit(np.log1p(days.to_numpy(np.float64))[:, None], did)
    return np.asarray(fitted.predict_proba(np.log1p(now.to_numpy(np.float64))[:, None])[:, 1], np.float64)


def season(then: pd.Series, at_calibration: pd.Series) -> float:
    """What the time of year adds, in log odds: a year before the day asked for, against a year before calibration.

    Both are outcomes of customers active then. The difference is drawn to 0 by its own error.
    """
    if too_few(then) or too_few(at_calibration):
        return 0.0
    gap = logit(then.mean()) - logit(at_calibration.mean())
    error = sum(1 / (len(did) * did.mean() * (1 - did.mean())) for did in (then, at_calibration))
    return float(gap * gap**2 / (gap**2 + error)) if gap else 0.0


def trust(predicted: Floats, did: pd.Series, recency: Floats, base: float) -> dict[str, float]:
    """How well probabilities held on a day after all that they were learnt from.

    customers, did (how many), rate and predicted (means), slope, top_ratio (observed / predicted in the tenth most
    likely), top_error (its chance error), ece (mean gap over ten equal groups), brier, brier_base (of the base rate
    `base` alone), brier_recency. is_trusted: 1.0 where slope and top_ratio lie within SLOPE and RATIO, top_error is no
    more than TOP_ERROR, and brier is below both others.
    """
    outcome, bins = did.to_numpy(np.float64), _tenths(predicted, did)
    slope, top_ratio = slope_and_top(predicted, did)
    found = {
        "customers": len(outcome), "did": outcome.sum(), "rate": outcome.mean(), "predicted": predicted.mean(),
        "slope": slope, "top_error": _relative_error(predicted[_top(predicted)]), "top_ratio": top_ratio,
        "ece": float(np.average((bins.hits / bins.customers - bins.predicted).abs(), weights=bins.customers)),
        "brier": _brier(predicted, outcome), "brier_base": _brier(np.full(len(outcome), base), outcome),
        "brier_recency": _brier(recency, outcome),
    }  # fmt: skip
    return found | {"is_trusted": float(_is_trusted(found))}


def slope_and_top(predicted: Floats, did: pd.Series) -> tuple[float, float]:
    """The calibration slope, NaN where all or none did it, and observed / predicted in the tenth most likely."""
    outcome, top = did.to_numpy(np.float64), _top(predicted)
    slope, _ = calibration(_finite_logit(predicted), did) if 0 < outcome.mean() < 1 else (np.nan, np.nan)
    return slope, float(outcome[top].mean() / predicted[top].mean())


def is_right(slope: float, top_ratio: float) -> bool:
    """Whether slope and top_ratio of a test lie within SLOPE and RATIO."""
    return SLOPE[0] <= slope <= SLOPE[1] and RATIO[0] <= top_ratio <= RATIO[1]


def _top(predicted: Floats) -> npt.NDArray[np.intp]:
    """Where the tenth most likely stand."""
    return np.argsort(-predicted, kind="stable")[: max(1, len(predicted) // 10)]


def _is_trusted(found: dict[str, float]) -> bool:
    is_better = found["brier"] < min(found["brier_base"], found["brier_recency"])
    return is_right(found["slope"], found["top_ratio"]) and found["top_error"] <= TOP_ERROR and is_better


def _relative_error(probability: Floats) -> float:
    """The standard deviation of how many do it, over how many are expected to."""
    return float(np.sqrt((probability * (1 - probability)).sum()) / probability.sum())


def reliability(predicted: Floats, did: pd.Series) -> pd.DataFrame:
    """Ten groups of equal size from the least to the most likely: customers, predicted and observed rates, low and high.

    low and high: a 90% interval of the observed rate. Source: Jeffreys; Brown, Cai & DasGupta (2001).
    """
    table = with_rate(_tenths(predicted, did), "hits", "customers")
    return table.rename(columns={"rate": "observed", "rate_low": "low", "rate_high": "high"})


def _tenths(predicted: Floats, did: pd.Series) -> pd.DataFrame:
    """Ten groups of equal size from the least to the most likely: customers, predicted (mean), hits (how many did it)."""
    order = np.argsort(predicted, kind="stable")
    groups = np.array_split(order, min(_BINS, len(order)))
    rows = [(len(rows), predicted[rows].mean(), did.to_numpy()[rows].sum()) for rows in groups if len(rows)]
    return pd.DataFrame(rows, columns=["customers", "predicted", "hits"])


def _log_odds(trees: HistGradientBoostingClassifier, line: Pipeline, known: pd.DataFrame) -> Floats:
    both = [model.predict_proba(known)[:, 1] for model in (trees, line)]
    return np.asarray(np.mean([_finite_logit(each) for each in both], axis=0), np.float64)


def _finite_logit(probability: Floats) -> Floats:
    return np.asarray(logit(np.clip(probability, 1e-6, 1 - 1e-6)), np.float64)


def too_few(did: pd.Series) -> bool:
    """Whether too few did it, or did not, to learn or to calibrate anything."""
    return bool(min(did.sum(), (~did.astype(bool)).sum()) < FEWEST)


def _brier(predicted: Floats, outcome: Floats) -> float:
    return float(np.mean((predicted - outcome) ** 2))


def ranking(predicted: Floats, outcome: Floats) -> float:
    """AUC: of one customer who did it and one who did not, how often the right one is predicted higher."""
    return float(roc_auc_score(outcome, predicted)) if 0 < outcome.mean() < 1 else float("nan")
