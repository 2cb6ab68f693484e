"""What messages brought: counted by hand, found again where it was planted, and no surer than it is."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.customers import campaigns
from shopkeeper.customers.campaigns import campaign_counts, campaign_results, pooled_lift
from shopkeeper.report.words import Words
from shopkeeper.simulate import World, live

AS_OF = dt.date(2024, 2, 29)
TEN = "2024-02-01 10:00"
WORDS = Words("en", "CNY")


def make_contacts(*contacts):
    """A `contacts` table of (customer, campaign, sent_at, holdout)."""
    frame = pd.DataFrame(contacts, columns=["customer_id", "campaign", "sent_at", "holdout"])
    frame["sent_at"] = pd.to_datetime(frame.sent_at).astype("datetime64[us]")
    kinds = {"customer_id": "string", "campaign": "string", "sent_at": "timestamp(6)", "holdout": "boolean"}
    return ibis.memtable(frame.astype({"holdout": object}), schema=kinds)


def round_of(campaign, sent_at, held=20, written=20):
    """One campaign: customers h0, h1… held out, w0, w1… written to."""
    return [
        *((f"h{n}", campaign, sent_at, True) for n in range(held)),
        *((f"w{n}", campaign, sent_at, None) for n in range(written)),
    ]


def counts_of(**columns):
    """One campaign's counts; revenue is 10 an order."""
    row = {"campaign": "spring", "sent_on": pd.Timestamp("2024-02-01")} | columns
    for group in ("sent", "held"):
        row |= {f"{group}_revenue": 10.0 * row[f"{group}_orders"]}
        row |= {f"{group}_revenue_squares": 100.0 * row[f"{group}_orders_squares"]}
    return pd.DataFrame([row])


def test_orders_within_the_days_after_the_message_count_for_the_customers_group():
    orders = make_orders(
        ("w0", "2024-02-01 10:01", 30.0),
        ("w0", "2024-02-15 10:00", 10.0),  # to the second
        ("w1", "2024-02-01 10:00", 70.0),  # the moment it was sent: not after it
        ("w1", "2024-02-15 10:01", 70.0),
        ("h0", "2024-02-03 08:00", 20.0),
        ("stranger", "2024-02-03 08:00", 90.0),
        (None, "2024-02-03 08:00", 90.0),
    )
    [row] = rows(campaign_counts(make_contacts(*round_of("spring", TEN)), orders, AS_OF))
    assert row == {
        "campaign": "spring",
        "sent_on": dt.date(2024, 2, 1),
        "sent": 20,
        "held_out": 20,
        "sent_orders": 2,
        "sent_orders_squares": 4,
        "sent_revenue": 40.0,
        "sent_revenue_squares": 1600.0,
        "held_orders": 1,
        "held_orders_squares": 1,
        "held_revenue": 20.0,
        "held_revenue_squares": 400.0,
    }


@pytest.mark.parametrize(("sent_at", "is_over"), [("2024-02-15 23:59:59", True), ("2024-02-16 00:00", False)])
def test_a_campaign_is_read_when_its_days_are_over(sent_at, is_over):
    counted = rows(campaign_counts(make_contacts(*round_of("spring", sent_at)), make_orders(("w0", TEN, 1.0)), AS_OF))
    assert [row["campaign"] for row in counted] == ["spring"] * is_over


@pytest.mark.parametrize("sizes", [(19, 20), (20, 19), (0, 40)])
def test_a_campaign_without_twenty_in_each_group_is_not_compared(sizes):
    contacts = make_contacts(*round_of("spring", TEN, *sizes))
    assert rows(campaign_counts(contacts, make_orders(("w0", TEN, 1.0)), AS_OF)) == []


def test_a_second_message_of_a_campaign_counts_no_order_twice():
    twice = make_contacts(*round_of("spring", TEN), ("w0", "spring", "2024-02-02 10:00", None))
    [row] = rows(campaign_counts(twice, make_orders(("w0", "2024-02-03", 5.0)), AS_OF))
    assert (row["sent"], row["sent_orders"]) == (20, 1)


def test_orders_per_head_and_their_ratio():
    told = counts_of(
        sent=900, held_out=100, sent_orders=90, sent_orders_squares=90, held_orders=8, held_orders_squares=8
    )
    [row] = campaign_results(told).itertuples()
    assert (row.sent_per_head, row.held_per_head, row.lift) == pytest.approx((0.1, 0.08, 0.25))
    assert row.difference == pytest.approx(0.02)
    # Orders vary by 90/899 × 0.9: between customers written to, and as much, in proportion, between those held out.
    spread = 81 / 899
    assert row.sent_variance == pytest.approx(spread)
    for limit in (row.difference_low, row.difference_high):
        allowed = 1.645**2 * (spread / 900 + spread / 100 * (1 - limit / 0.1))
        assert (0.02 - limit) ** 2 == pytest.approx(allowed)
    for limit in (row.lift_low, row.lift_high):
        allowed = 1.645**2 * (spread / 900 + spread / 100 * (1 + limit))
        assert (0.1 - (1 + limit) * 0.08) ** 2 == pytest.approx(allowed)
    assert row.lift_low < 0 < 0.25 < row.lift_high


def test_a_holdout_without_an_order_leaves_the_ratio_open_and_the_difference_unsure():
    told = counts_of(sent=180, held_out=20, sent_orders=9, sent_orders_squares=9, held_orders=0, held_orders_squares=0)
    [row] = campaign_results(told).itertuples()
    assert np.isnan([row.lift, row.lift_low, row.lift_high]).all()
    assert row.difference_low < 0 < row.difference_high


def test_campaigns_are_pooled_by_their_sizes_and_extra_orders_are_counted_out():
    one = counts_of(
        sent=900, held_out=100, sent_orders=90, sent_orders_squares=90, held_orders=8, held_orders_squares=8
    )
    two = counts_of(sent=450, held_out=50, sent_orders=45, sent_orders_squares=45, held_orders=1, held_orders_squares=1)
    pooled = pooled_lift(campaign_results(pd.concat([one, two])))
    # Weights 90 and 45: (90 × 0.1 + 45 × 0.1) / (90 × 0.08 + 45 × 0.02) = 13.5 / 8.1.
    assert pooled.lift == pytest.approx(13.5 / 8.1 - 1)
    # 135 orders, where the holdouts' rates would have brought 900 × 0.08 + 450 × 0.02 = 81.
    assert (pooled.extra_orders, pooled.extra_revenue) == pytest.approx((54, 540))
    assert pooled.extra_orders_low < 54 < pooled.extra_orders_high
    assert pooled.lift_low < pooled.lift < pooled.lift_high


def simulated(seed, lift, held=80, campaigns_=20, rate=0.05):
    """Counts of campaigns to customers of gamma rates and lognormal baskets, nine written to for one held out."""
    draw = np.random.default_rng(seed)
    told = {"campaign": [f"c{n:02}" for n in range(campaigns_)], "sent_on": pd.Timestamp("2024-02-01")}
    for name, group, n, ratio in (("sent", "sent", 9 * held, 1 + lift), ("held_out", "held", held, 1.0)):
        orders = draw.poisson(ratio * draw.gamma(0.7, rate / 0.7, (campaigns_, n)))
        worth = orders * draw.lognormal(5, 0.6, orders.shape)
        told |= {name: n, f"{group}_orders": orders.sum(1), f"{group}_orders_squares": (orders**2).sum(1)}
        told |= {f"{group}_revenue": worth.sum(1), f"{group}_revenue_squares": (worth**2).sum(1)}
    return pd.DataFrame(told)


def worlds_of(seeds, lift):
    """The results of every world's campaigns, each read by itself."""
    return campaign_results(pd.concat([simulated(seed, lift).assign(world=seed) for seed in seeds]))


SEEDS = range(400)
A_BASKET = np.exp(5 + 0.6**2 / 2)


def covers(low, high, truth):
    """Shares of intervals that hold the truth."""
    return np.mean((np.asarray(low) <= truth) & (truth <= np.asarray(high)))


@pytest.mark.parametrize("lift", [0.0, 0.3])
def test_the_intervals_of_what_campaigns_brought_hold_nine_times_in_ten(lift):
    all_ = worlds_of(SEEDS, lift)
    pooled = pd.DataFrame([vars(pooled_lift(results)) for _, results in all_.groupby("world")])
    assert len(pooled) == len(SEEDS)
    extra = 20 * 720 * 0.05 * lift
    coverage = {
        "difference": covers(all_.difference_low, all_.difference_high, 0.05 * lift),
        "lift": covers(all_.lift_low.dropna(), all_.lift_high.dropna(), lift),
        "pooled": covers(pooled.lift_low, pooled.lift_high, lift),
        "orders": covers(pooled.extra_orders_low, pooled.extra_orders_high, extra),
        "revenue": covers(pooled.extra_revenue_low, pooled.extra_revenue_high, A_BASKET * extra),
    }
    # 400 intervals of 90% hold 86.1% to 93.9% in 99 of 100 such runs.
    assert {name: share for name, share in coverage.items() if not 0.861 <= share <= 0.939} == {}


def test_weights_from_each_campaigns_own_orders_would_be_far_too_low():
    """Why the pooled lift is not the mean of the lifts by their own errors."""
    naive, ours = [], []
    for _, results in worlds_of(range(100), 0.3).dropna(subset=["lift"]).groupby("world"):
        variance = (results.lift_high - results.lift_low) ** 2
        naive.append((results.lift / variance).sum() / (1 / variance).sum())
        ours.append(pooled_lift(results).lift)
    assert np.mean(naive) < 0.1
    assert np.mean(ours) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            (900, 135, 5),
            "Messages brought 200% more orders per head than the holdout (90%: +51% to +488%; campaigns: 1)",
        ),
        ((900, 45, 12), "Messages cost orders: 58% fewer per head than the holdout (90%: −76% to −32%; campaigns: 1)"),
        ((900, 45, 5), "What messages brought is within chance: 0.0% orders per head against the holdout"),
        ((900, 45, 0), "Too few of those held out ordered to say what messages bring"),
    ],
)
def test_the_finding_says_what_the_data_can_bear(told, words):
    sent, orders, held = told
    told = counts_of(
        sent=sent,
        held_out=100,
        sent_orders=orders,
        sent_orders_squares=orders,
        held_orders=held,
        held_orders_squares=held,
    )
    assert WORDS.text(campaigns.brought(pooled_lift(campaign_results(told)))).startswith(words)


def test_without_a_holdout_nothing_is_claimed():
    nobody = make_contacts(*round_of("spring", TEN, 0, 40))
    results = campaign_results(campaign_counts(nobody, make_orders(("w0", TEN, 1.0)), AS_OF).to_pandas())
    assert results.empty
    assert WORDS.text(campaigns.brought(pooled_lift(results))).startswith("No earlier campaign held out 20 customers")


def test_the_chart_shows_the_latest_campaigns_and_all_together():
    axes = campaigns.plot_campaigns(campaign_results(simulated(1, 0.3)), WORDS).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1 Feb 2024"] * 12 + ["all campaigns"]


def test_where_nobody_held_out_ordered_the_chart_is_empty_but_drawn():
    told = counts_of(sent=180, held_out=20, sent_orders=9, sent_orders_squares=9, held_orders=0, held_orders_squares=0)
    axes = campaigns.plot_campaigns(campaign_results(told), WORDS).axes[0]
    assert axes.get_xlim() == (-0.1, 0.1)


@pytest.fixture(scope="module")
def worlds():
    """Campaign results of small worlds, each beside the orders and the revenue that its messages truly brought."""
    quiet = {"customers": 4000, "skus": 16, "promotions": False, "stockouts": False, "refill": 0, "channel_sd": 0}
    return [told_and_true(live(World(seed=seed, message_lift=3, **quiet))) for seed in range(12)]


def told_and_true(history):
    sold = history.orders[history.orders.kind == "sale"]
    seen = sold[["customer", "at", "net_fen"]].astype({"customer": str}).assign(net_fen=sold.net_fen / 100)
    contacts = history.contacts[["customer", "campaign", "sent_at", "is_held"]].astype(
        {"customer": str, "campaign": str}
    )
    told = make_contacts(*contacts.itertuples(index=False, name=None))
    end = history.contacts.sent_at.max().date() + dt.timedelta(days=14)
    results = campaign_results(
        campaign_counts(told, make_orders(*seen.itertuples(index=False, name=None)), end).to_pandas()
    )
    extra = sold[sold.why == "message"]
    return pooled_lift(results), len(extra), extra.net_fen.sum() / 100


def test_what_auroras_messages_brought_is_found_again(worlds):
    orders = [pooled.extra_orders_low <= extra <= pooled.extra_orders_high for pooled, extra, _ in worlds]
    revenue = [pooled.extra_revenue_low <= extra <= pooled.extra_revenue_high for pooled, _, extra in worlds]
    assert min(sum(orders), sum(revenue)) >= 8  # of 12: fewer happen once in 200 runs
    found = sum(pooled.extra_orders for pooled, _, _ in worlds)
    assert found == pytest.approx(sum(extra for _, extra, _ in worlds), rel=0.1)
