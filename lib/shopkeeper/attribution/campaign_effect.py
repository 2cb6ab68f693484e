"""The effect of campaigns on spend where nobody was held out: those sent against customers who had lived as they had.

Customers are matched on what they did until four weeks before the campaign, and what then sets them apart is measured against
those four weeks. To match on the last weeks as well seems safer and is not: who is sent a campaign is known to the sender as a
good customer, peers who were good in those weeks only by luck fall back after it, and every campaign would seem to work.
Source: Chabé-Ferret (2015), J. Econometrics 185(1), 110-123; Daw & Hatfield (2018), Health Serv. Res. 53(6), 4138-4156.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.attribution.campaign_panel import AFTER, BEFORE, DAYS, Panel
from shopkeeper.attribution.matching import Difference, Flags, Floats, Match, difference, match

WORST = 0.1  # standard deviations by which a trait of those sent and of their peers may differ
FEWEST_PEERS = 30
_RECENT, _NEAR = BEFORE[:4], BEFORE[4:]  # the last weeks of a history, and those that the effect is measured against
_AWAY = 90  # days since the last order beyond which it does not matter how many


@dataclass(frozen=True)
class Effects:
    """rows: one for each campaign and day; see campaign_effects. influence: customers × the rows that are measured.

    path: one row for each week: week (-8 to -1 before, 1 to 4 after), difference of spend per customer between all who were sent a
    campaign and their peers, low and high.
    """

    rows: pd.DataFrame
    influence: Floats
    path: pd.DataFrame


@dataclass(frozen=True)
class Compared:
    """Customers of one day who are compared. rows: of the panel's histories."""

    rows: pd.DataFrame
    matched: Match

    @property
    def is_alike(self) -> bool:
        """Whether the peers are enough, and like enough."""
        return self.matched.worst <= WORST and self.matched.peers >= FEWEST_PEERS

    def spread(self, influence: Floats, n: int) -> Floats:
        """What each row adds to an error, among all n customers of the panel."""
        over = np.zeros(n)
        over[self.rows.customer.to_numpy()] = influence
        return over


def compare(panel: Panel, day: int, is_sent: Flags, own: str = "") -> Compared:
    """Match those sent (of the customers of panel.histories[day]) with others: on how much, how often and how lately they had bought
    until four weeks before the day, and on each other campaign that they got from four weeks before the day to four weeks after.

    own: the campaign that they were sent. Others who in those weeks got a campaign that none of those sent got, or who got the same
    on another day, are no peers. How many campaigns they had got earlier is left out: matched on as well, it changed
    no placebo on real data, and where one list gets all campaigns it leaves no peers.
    """
    rows = panel.histories[day]
    received = panel.received[rows.customer.to_numpy()]
    is_own = np.array([name == own for name in panel.names], bool)
    is_near = (received >= day - DAYS) & (received < day + DAYS) & ~is_own
    is_alone = (is_near & ~is_near[is_sent].any(axis=0)).any(axis=1)
    is_again = ~is_sent & ~np.isnan(received[:, is_own]).all(axis=1)
    kept = ~is_alone & ~is_again
    near = is_near[:, is_near[is_sent].any(axis=0)]
    traits = np.column_stack([lived(rows, day), near])
    return Compared(rows[kept], match(traits[kept], is_sent[kept]))


def lived(rows: pd.DataFrame, day: int) -> Floats:
    """Traits of each row from its history: spend a week and its root, order days a week, spend lately, days since the last order."""
    weeks = min(day - DAYS, 364) / 7
    level, away = rows.spent / weeks, np.log1p((rows["last"] - DAYS).clip(upper=_AWAY))
    lately = rows[list(_RECENT)].to_numpy().sum(axis=1)
    return np.column_stack([level, np.sqrt(level), rows.order_days / weeks, lately, away])


def risen(rows: pd.DataFrame) -> Floats:
    """By how much each customer spent more in the four weeks after the day than in the four before."""
    after, before = (rows[list(weeks)].to_numpy().sum(axis=1) for weeks in (AFTER, _NEAR))
    return np.asarray(after - before, np.float64)


def campaign_effects(panel: Panel) -> Effects:
    """What each campaign did to spend in the four weeks after it, net_revenue before returns, with 90% intervals.

    Returns the panel's campaigns with: compared, peers (Kish's number of them), spend per customer sent; effect per customer, _low,
    _high, sd, df; lift, the effect over what they would have spent, _low, _high; total over all who were sent it, _low, _high; and
    earlier, the same customers measured as if it had been sent four weeks before, _low, _high. Nulls where it cannot be
    measured; why says so, "unlike" where too few others are like those sent.
    """
    rows, influence, paths, weights = [], [], [], []
    for told in panel.campaigns.itertuples():
        measured = _measure(panel, str(told.campaign), int(told.day)) if told.why == "" else None
        if measured is None:
            rows.append({"why": told.why or "unlike"})
            continue
        row, by_customer, by_week = measured
        rows.append({"why": ""} | row)
        influence.append(by_customer)
        paths.append(by_week)
        weights.append(row["compared"])
    found = panel.campaigns.drop(columns="why").join(
        pd.DataFrame(rows, panel.campaigns.index).reindex(columns=_COLUMNS)
    )
    found = found.assign(**{f"total{end}": found[f"effect{end}"] * found.sent for end in ("", "_low", "_high")})
    return Effects(found, np.array(influence).T, _path(paths, np.array(weights, float)))


_COLUMNS = ["why", "compared", "peers", "spend", "effect", "effect_low", "effect_high", "sd", "df", "lift", "lift_low", "lift_high",
            "earlier", "earlier_low", "earlier_high"]  # fmt: skip
_Path = list[tuple[float, Floats]]


def _measure(panel: Panel, campaign: str, day: int) -> tuple[dict[str, float], Floats, _Path] | None:
    """The row of a campaign, its influence by customer, and each week's difference with its own; None without peers."""
    found = _compared(panel, campaign, day, day)
    if found is None:
        return None
    n, is_sent = len(panel.received), found.matched.is_sent
    effect = difference(found.matched, risen(found.rows))
    spend = float(found.rows.loc[is_sent, list(AFTER)].sum(axis=1).mean())
    row = {
        "compared": float(is_sent.sum()),
        "peers": found.matched.peers,
        "spend": spend,
        "sd": effect.sd,
        "df": effect.df,
    }
    row |= _ends("effect", effect)
    row |= {name.replace("effect", "lift"): row[name] / (spend - row[name]) for name in _ends("effect", effect)}
    before = _compared(panel, campaign, day, day - DAYS) if day - DAYS in panel.histories else None
    if before is not None:
        row |= _ends("earlier", difference(before.matched, risen(before.rows)))
    weeks = [difference(found.matched, found.rows[week].to_numpy()) for week in (*BEFORE, *AFTER)]
    return row, found.spread(effect.influence, n), [(each.effect, found.spread(each.influence, n)) for each in weeks]


def _compared(panel: Panel, campaign: str, sent: int, day: int) -> Compared | None:
    """Those who were sent the campaign on the day `sent`, compared on another day; None where too few are like them."""
    is_sent = sent_on(panel, campaign, sent, day)
    if not can_differ(is_sent):
        return None
    found = compare(panel, day, is_sent, campaign)
    return found if found.is_alike else None


def sent_on(panel: Panel, campaign: str, sent: int, day: int) -> Flags:
    """Of the customers of panel.histories[day], who were sent the campaign on the day `sent`."""
    customers = panel.histories[day].customer.to_numpy()
    return np.asarray(panel.received[customers, panel.names.index(campaign)] == sent)


def can_differ(is_sent: Flags) -> bool:
    """Whether some were sent a campaign, and enough were not."""
    return bool(is_sent.sum() >= 2 and (~is_sent).sum() >= FEWEST_PEERS)


def _ends(name: str, found: Difference) -> dict[str, float]:
    low, high = found.interval()
    return {name: found.effect, f"{name}_low": low, f"{name}_high": high}


def _path(paths: list[_Path], weights: Floats) -> pd.DataFrame:
    """The mean over campaigns, weighted by customers; one customer's weeks in several campaigns are one customer's."""
    weeks = [*range(-8, 0), *range(1, 5)]
    if not paths:
        return pd.DataFrame({name: [] for name in ("week", "difference", "low", "high")})
    share = weights / weights.sum()
    mean = [share @ [path[k][0] for path in paths] for k in range(len(weeks))]
    sums = [share @ np.array([path[k][1] for path in paths]) for k in range(len(weeks))]
    reach = 1.645 * np.sqrt([float(each @ each) for each in sums])
    return pd.DataFrame({"week": weeks, "difference": mean, "low": mean - reach, "high": mean + reach})
