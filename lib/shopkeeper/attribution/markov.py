"""Markov chains of journeys: each channel is credited with the orders that a chain without it would lose.

Whoever would come to a removed channel is lost, as if nobody found another way. Removal effects are rolled up over all
journeys at once: each channel's credit is its share of the sum of removal effects, of all orders together. That describes
paths; it is no measure of what a channel causes.
Source: Anderl, Becker, von Wangenheim & Schumann (2016), Int. J. Research in Marketing 33(3), 457-474.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu
from sklearn.metrics import roc_auc_score

from shopkeeper.attribution.paths import JOURNEY, check_enough
from shopkeeper.customers.activity import Z90

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

HIGHEST = 3  # order of a chain
BACKING = 1.0  # journeys that what is known of shorter contexts counts for
_NO_WORSE = 0.001  # of log loss, which a longer memory has to save to be worth having
_MOST_CONTEXTS = 2_500
_BACK = [f"back_{k}" for k in range(HIGHEST, 0, -1)]


def transitions(steps: ir.Table) -> ir.Table:
    """One row per step and the three before it: back_3, back_2, back_1, channel, journeys, ended, conversions.

    steps: of paths.steps. back_1 is the channel of the step before, null where there was none. journeys: how many times it
    was taken; ended: after which the journey ended, with an order (conversions) or without.
    """
    along = {"group_by": JOURNEY, "order_by": "place"}
    told = steps.mutate(**{name: steps.channel.lag(HIGHEST - k).over(**along) for k, name in enumerate(_BACK)})
    is_end = told.place == 0
    return told.group_by(*_BACK, "channel").agg(
        journeys=told.count(),
        ended=is_end.sum(),
        conversions=(is_end & told.order_id.notnull()).sum(),
    )


@dataclass(frozen=True)
class Chain:
    """What follows on each context, the last `order` steps of a journey.

    counts: (contexts, channels + 2), how often each channel followed, the end without an order, and an order. A context
    is numbered by its steps as digits, the latest last; the digit len(channels) stands before the first step.
    """

    channels: tuple[str, ...]
    order: int
    counts: Floats

    @property
    def orders(self) -> float:
        """How many journeys led to an order."""
        return float(self.counts[:, -1].sum())


def chain(seen: pd.DataFrame, order: int = 1) -> Chain:
    """The chain of this order, 0 to 3, from the loaded transitions. DataError when they cannot tell channels apart."""
    channels = sorted(seen.channel.unique())
    check_enough(channels, seen.ended.sum(), seen.conversions.sum())
    return _chain(seen, order, tuple(channels))


def _chain(seen: pd.DataFrame, order: int, channels: tuple[str, ...]) -> Chain:
    n = len(channels)
    codes = [pd.Categorical(seen[name], channels).codes for name in (*_BACK, "channel")]
    digits = np.array([np.where(code < 0, n, code) for code in codes], np.int64)
    before, after = (_number(digits[HIGHEST + shift - order : HIGHEST + shift], n) for shift in (0, 1))
    cells = np.concatenate(
        [part * (n + 2) + column for part, column in ((before, digits[-1]), (after, n), (after, n + 1))]
    )
    times = np.concatenate([seen.journeys, seen.ended - seen.conversions, seen.conversions])
    counts = np.bincount(cells, times, (n + 1) ** order * (n + 2)).reshape(-1, n + 2)
    return Chain(channels, order, counts.astype(float))


def _number(digits: Ints, n: int) -> Ints:
    """The context of these steps, one row per step, the latest last."""
    return np.asarray((n + 1) ** np.arange(len(digits))[::-1] @ digits, np.int64)


def posterior(of: Chain, backing: float = BACKING) -> Floats:
    """Parameters of a Dirichlet posterior of what follows on each context, shaped as the counts.

    Its prior: as what follows on the context without its earliest step, which counts for `backing` journeys; so a context
    that was seldom seen is taken to behave as its later steps do. With backing 0, the counts alone.
    """
    if not backing:
        return of.counts
    n = len(of.channels)
    if of.order == 0:
        return of.counts + backing / (n + 2)
    shorter = Chain(of.channels, of.order - 1, of.counts.reshape(n + 1, -1, n + 2).sum(axis=0))
    prior = np.tile(posterior(shorter, backing), (n + 1, 1))
    if of.order == 1:  # no step repeats the one before, and no journey ends before it began
        prior[np.diag_indices(n)] = prior[n, n:] = 0.0
    return of.counts + backing * _shares(prior)


def _shares(counts: Floats) -> Floats:
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, 1.0))


def markov(of: Chain, backing: float = BACKING) -> pd.DataFrame:
    """Credit by channel: channel, removal_effect, share, share_low, share_high, orders, orders_low, orders_high.

    removal_effect: share of orders that the chain loses without the channel, 0–1. share: of all credit; orders: share of
    all orders. The 90% intervals are sampling uncertainty of credit, not of the effect: the delta method over the
    Dirichlet posterior, for the derivative of what is reached by what follows is visits times what is reached from there.
    """
    believed = posterior(of, backing)
    follows, n = _shares(believed), len(of.channels)
    whole, slope = _reached(of, follows, np.ones(n, bool))
    without = [_reached(of, follows, np.arange(n) != removed) for removed in range(n)]
    lost = np.array([whole - reached for reached, _ in without])
    share = lost / lost.sum()
    slopes = np.array([slope - other for _, other in without])
    slopes = (slopes - share[:, None, None] * slopes.sum(axis=0)) / lost.sum()
    reach = Z90 * _deviation(follows, slopes, believed.sum(axis=1))
    table = pd.DataFrame({"channel": of.channels, "removal_effect": lost / whole, "share": share})
    table = table.assign(share_low=np.maximum(share - reach, 0.0), share_high=np.minimum(share + reach, 1.0))
    return table.assign(**{name.replace("share", "orders"): of.orders * table[name] for name in table.columns[2:]})


def _deviation(follows: Floats, slopes: Floats, weight: Floats) -> Floats:
    """Standard deviation of what has these slopes in the rows, where rows are Dirichlet of this mean and total weight."""
    spread = (follows * slopes**2).sum(axis=2) - (follows * slopes).sum(axis=2) ** 2
    return np.asarray(np.sqrt((spread.clip(0.0) / (weight + 1)).sum(axis=1)))


def _reached(of: Chain, follows: Floats, kept: Flags) -> tuple[float, Floats]:
    """Probability of an order where whoever comes to a channel that is not kept is lost, and its slope in `follows`."""
    n, contexts = len(of.channels), len(follows)
    entered = _entered(n, contexts)
    moves = (follows[:, :n] * kept).ravel(), (np.repeat(np.arange(contexts), n), entered.ravel())
    solved = splu(csc_array(eye_array(contexts) - csc_array(moves, shape=(contexts, contexts))))
    start = np.eye(1, contexts, contexts - 1)[0]
    visits, reached = solved.solve(start, "T"), solved.solve(follows[:, n + 1])
    then = np.column_stack([reached[entered] * kept, np.zeros(contexts), np.ones(contexts)])
    return float(reached[-1]), visits[:, None] * then


def _entered(n: int, contexts: int) -> Ints:
    """(contexts, n): the context in which each context leaves a journey that comes to each channel."""
    return (np.arange(contexts)[:, None] * (n + 1) + np.arange(n)) % contexts


def orders_of(of: Chain, backing: float = BACKING) -> Callable[[Flags], Floats]:
    """A value function for `shapley`: orders that the chain keeps with each set of channels, (sets, channels) of flags."""
    follows, n = _shares(posterior(of, backing)), len(of.channels)
    contexts = np.arange(len(follows))
    moves = np.zeros((n, len(follows), len(follows)))
    moves[np.arange(n), contexts[:, None], _entered(n, len(follows))] = follows[:, :n]

    def reached(each: Flags) -> float:
        left = np.eye(len(follows)) - np.tensordot(each, moves, 1)
        return float(np.linalg.solve(left, follows[:, n + 1])[-1])

    whole = reached(np.ones(n, bool))
    return lambda kept: of.orders / whole * np.array([reached(each) for each in kept])


def order_scores(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """How well chains of order 0 to 3, learnt from earlier journeys, foretell later ones: order, log_loss, auc.

    before, after: loaded transitions of journeys that began before and after a day. log_loss: mean of a step or end, in
    nats. auc: of the ends, whether an order follows; null where all or none do. Order 0 knows nothing of the journey: the
    baseline of the others. Orders of more than 2,500 contexts are left out.
    """
    channels = tuple(sorted({*before.channel, *after.channel}))
    scores = []
    for order in [k for k in range(HIGHEST + 1) if (len(channels) + 1) ** k <= _MOST_CONTEXTS]:
        learnt, seen = _chain(before, order, channels), _chain(after, order, channels).counts
        follows, n = _shares(posterior(learnt)), len(channels)
        log_loss = -(seen[seen > 0] * np.log(follows[seen > 0])).sum() / seen.sum()
        auc = _auc(_shares(follows[:, n:])[:, 1], seen[:, n:])
        scores.append({"order": order, "log_loss": log_loss, "auc": auc})
    return pd.DataFrame(scores)


def _auc(chance: Floats, ends: Floats) -> float:
    """Of an end with an order and one without: how likely the one's context has the higher chance of an order."""
    if not ends.sum(axis=0).all():
        return np.nan
    return float(roc_auc_score(np.repeat([0, 1], len(ends)), np.tile(chance, 2), sample_weight=ends.T.ravel()))


def best_order(scores: pd.DataFrame) -> int:
    """The lowest order from 1 on that foretells within a thousandth as well as the best, by log_loss of order_scores."""
    loss = scores[scores.order > 0].set_index("order").log_loss
    return int(loss.index[loss <= (1 + _NO_WORSE) * loss.min()].min())
