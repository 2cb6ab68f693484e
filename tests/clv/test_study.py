"""The study of a small shop with the real sampler: what stands in it, and what each part of the report reads from it."""

import dataclasses
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, orders_csv
from shopkeeper.clv import ahead, costs, evidence, explore, first_year, newcomers, remaining, summary
from shopkeeper.clv.models import histories, p_alive
from shopkeeper.clv.origins import CHOSEN, a_year_before, origin_days
from shopkeeper.clv.study import best_model, correlated, known_customers, mean_scores, study
from shopkeeper.clv.value import spread
from shopkeeper.customers.contact_lists import assumed
from shopkeeper.report.decided import decision_rows
from shopkeeper.report.words import Words
from shopkeeper.shop import Shop
from two_channels import shop_files

WORDS = Words("en", "CNY")


@pytest.fixture
def held(studied):
    return remaining.remaining(studied[1], 0.1, seed=1)


def test_the_sampler_is_sound_and_the_model_beats_the_rules(studied):
    _, study = studied
    assert study.posterior.is_sound, study.posterior.checks
    assert study.is_trusted
    assert list(study.factors) == ["channel", "first_bought", "seen"]
    assert mean_scores(study.compared)[study.model] == mean_scores(study.compared).max()


def test_a_model_that_no_rule_is_worse_than_is_not_trusted(studied):
    _, study = studied
    worse = study.compared.assign(log_score=study.compared.log_score.where(study.compared.method != "recency", 0.0))
    beaten = dataclasses.replace(study, compared=worse)
    assert not beaten.is_better
    assert WORDS.text(evidence.compared_title(beaten)).startswith("On 6 earlier days no model")
    assert costs.decisions(beaten, pd.DataFrame(), newcomers.worths(study, 0.1, 1)["channel"], 1) == []


def test_without_four_earlier_days_nothing_is_compared_and_the_likeliest_model_stands(studied):
    shop, study = studied
    none = study.compared.iloc[:0]
    assert best_model(none, known_customers(shop)) in {"bgnbd", "mbgnbd", "pareto_nbd"}
    short = dataclasses.replace(study, compared=none)
    assert not short.is_trusted
    assert "too short" in WORDS.text(evidence.compared_title(short))


def test_earlier_days_are_so_many_that_the_first_ones_weeks_are_over_by_the_latest(bench):
    """A year of data, of which 180 days would leave four earlier days: then more, with 90 days before them."""
    imported("shop", {"orders.csv": orders_csv((1, "a", "2024-01-01 10:00", 1), (2, "", "2024-12-30 23:59", 1))})
    days = origin_days(Shop("shop"), CHOSEN)
    assert days[0] == dt.date(2024, 9, 30)
    assert days[-1] + dt.timedelta(weeks=CHOSEN) <= days[0]
    assert a_year_before(Shop("shop"), days) == []


def test_values_of_customers_tenths_and_groups_add_up(held, studied):
    _, study = studied
    rows = remaining.tenth_rows(held, study)
    assert rows.customers.sum() == len(held.customers)
    assert rows.share.sum() == pytest.approx(1.0)
    assert rows.margin.is_monotonic_decreasing
    assert rows.margin.sum() == pytest.approx(held.customers.margin.sum(), rel=0.03)
    title = WORDS.text(remaining.tenths_title(rows, held))
    low, high = (float(each) / 100 for each in re.search(r"90%: (\d+)% to (\d+)%", title).groups())
    assert low - 0.01 <= rows.share[0] <= high + 0.01
    assert (held.customers.low <= held.customers.high).all()
    assert held.kind == "channel"
    assert held.sales.groups == ["live", "search"]


def test_how_many_are_customers_still_has_the_interval_of_drawing_each_of_them(studied):
    _, study = studied
    seen, draw = histories(study.customers), np.random.default_rng(1)
    thetas = [study.posterior.theta(number) for number in spread(study.posterior, 300)]
    counts = [(draw.random(len(study.customers)) < p_alive(study.model, theta, seen)).sum() for theta in thetas]
    told = re.search(r"([\d,]+) \(90%: ([\d,]+) to ([\d,]+)\) should be", WORDS.text(remaining.alive_told(study)))
    mean, low, high = (int(each.replace(",", "")) for each in told.groups())
    assert mean == pytest.approx(np.mean(counts), rel=0.02)
    assert [low, high] == pytest.approx(np.quantile(counts, [0.05, 0.95]), rel=0.02)
    assert high > low


def test_what_a_year_ago_came_of_the_forecast_moves_values_and_totals_alike(studied):
    """The same study, where a year ago half of what was told came."""
    _, study = studied
    year = dataclasses.replace(study.year, season=float(np.log(0.5)))
    halved, whole = (
        dataclasses.replace(study, levels=dict(study.levels) | {52: each})
        for each in (year, dataclasses.replace(year, season=0.0))
    )
    one, other = (remaining.remaining(each, 0.1, seed=1) for each in (halved, whole))
    assert one.customers.margin.sum() == pytest.approx(other.customers.margin.sum() / 2)
    assert one.customers.high.sum() == pytest.approx(other.customers.high.sum() / 2)
    assert remaining.tiles(one, halved)[0][1].value == pytest.approx(remaining.tiles(other, whole)[0][1].value / 2)
    assert "50 came" in WORDS.text(remaining.bank_told(one, halved, study.paid))
    assert "could not be tested" in WORDS.text(remaining.bank_told(other, whole, study.paid))


def test_new_customers_of_the_quicker_channel_are_worth_more_and_the_first_year_is_as_it_was(studied):
    shop, study = studied
    worth = newcomers.worths(study, 0.1, 1)["channel"]
    rows = newcomers.worth_rows(worth, study, "channel")
    assert rows.group.tolist() == ["search", "live"]
    assert rows.beats_next[0] > 0.9
    assert (rows.low < rows.year).all()
    assert (rows.year < rows.high).all()
    assert newcomers.better_rows(rows, worth).empty  # of two, the title has said it
    came = shop.load(first_year.repeat_days(shop)).set_index("customer_id").days
    ripe = study.customers[study.customers.is_new & (study.customers["T"] >= 365)].index
    assert study.first_year.n == len(ripe)
    assert study.first_year.came == pytest.approx(came.reindex(ripe).fillna(0.0).mean())
    assert study.first_year.told == pytest.approx(study.first_year.came, rel=0.2)


def test_what_a_customer_costs_stands_beside_what_one_is_worth(studied):
    shop, study = studied
    spent = costs.costs(shop.load(costs.spend_by_channel(shop)), study).set_index("channel")
    new = study.customers[study.customers.is_new].join(study.factors)
    media = shop.load(shop.media)
    late = media[media.period_start > pd.Timestamp(shop.as_of - dt.timedelta(days=364))]
    begins, ends = late.period_start.min(), late.period_start.max() + pd.Timedelta(days=28)
    within = new[(new.first_day >= begins) & (new.first_day < ends)]
    assert spent.customers.to_dict() == within.channel.value_counts().to_dict()
    assert spent.spend.to_dict() == late.groupby("channel").spend.sum().to_dict()
    worth = newcomers.worths(study, 0.1, 1)["channel"]
    rows = costs.cost_rows(spent.reset_index(), worth, 1)
    assert rows.channel.tolist() == ["live", "search"]  # at a third of the cost, less worth pays better
    assert rows.ratio[0] == pytest.approx(rows.worth[0] / rows.cost[0], rel=0.1)
    [decision] = costs.decisions(study, rows, worth, 1)
    assert decision.subject == "channel: live"
    assert decision.gain_low < decision.gain < decision.gain_high
    assert decision.amount == pytest.approx(0.1 * rows.spend[1])


def test_without_media_the_channel_worth_more_may_cost_more(studied):
    _, study = studied
    worth = newcomers.worths(study, 0.1, 1)["channel"]
    none = costs.cost_rows(costs.costs(pd.DataFrame(), study), worth, 1)
    assert none.empty
    assert costs.overall(costs.costs(pd.DataFrame(), study)) is None
    [decision] = costs.decisions(study, none, worth, 1)
    assert decision.subject == "channel: search"
    assert decision.amount == pytest.approx((worth.year.search - worth.year.live).mean())
    assert "Pay up to" in WORDS.text(summary.to_do([decision], assumed(0.05)))
    [row] = decision_rows([decision]).to_dict("records")
    assert row["low"] < row["gain"] < row["high"]
    assert decision_rows([]).empty


def test_what_groups_did_lately_is_counted_by_customer(studied, held):
    shop, study = studied
    lately = ahead.lately(shop, held.group)
    orders = shop.load(shop.orders.filter(shop.orders.customer_id.notnull()))
    late = orders[orders.ordered_at >= pd.Timestamp(shop.as_of) - pd.Timedelta(days=13 * 7 - 1)]
    assert lately.orders_13.sum() == len(late)
    assert lately.net_revenue_13.sum() == pytest.approx(late.net_revenue.sum())
    found = ahead.ahead(held.sales, study.levels, held.group, lately, ahead.per_day(study.customers))
    assert set(found.rows.group) == {"live", "search"}
    assert (found.rows.low <= found.rows.predicted).all()
    assert len(summary.sound(study, ahead.claims(found, held.kind, shop.as_of))) == len(found.rows)


def test_lifetimes_finds_the_same_maximum(studied):
    apart = evidence.lifetimes_apart(studied[1])
    assert apart is None or apart == pytest.approx(0.0, abs=1e-3)


def test_what_lifetimes_finds_is_judged_by_our_likelihood(studied, monkeypatch):
    """Where it stops short of the top, the difference is said as it is."""
    monkeypatch.setattr(evidence, "lifetimes_apart", lambda study: -0.02)
    assert "0.0200 lower than ours" in WORDS.text(evidence.sound_told(studied[1]))
    monkeypatch.setattr(evidence, "lifetimes_apart", lambda study: None)
    assert "no maximum" in WORDS.text(evidence.sound_told(studied[1]))


def test_a_sampler_that_is_not_sound_is_said_with_its_figures_and_nothing_is_claimed(studied):
    _, study = studied
    broken = dataclasses.replace(study.posterior, checks={"r_hat": 1.2, "ess": 40.0, "divergences": 3.0})
    assert "R-hat 1.200" in WORDS.text(evidence.not_sound(broken))
    assert summary.sound(dataclasses.replace(study, posterior=broken), ["a claim"]) == []


def test_values_under_other_assumptions(studied):
    """Ten a month: twelve months at half margin bring 60, less what discounting takes."""
    monthly = np.full(explore.MONTHS, 10.0)
    assert explore.worth(monthly, 12, 0.0, 0.5) == pytest.approx(60.0)
    assert explore.worth(monthly, 12, 0.1, 0.5) == pytest.approx(60.0 / 1.1**0.5, rel=1e-3)
    _, study = studied
    assert explore.monthly_sales(study)[:12].sum() == pytest.approx(
        remaining.tiles(remaining.remaining(study, 0.1, 1), study)[0][1].value, rel=0.05
    )


def test_the_chance_to_be_a_customer_still_falls_in_silence(studied):
    shop, study = studied
    often = study.customers.frequency.idxmax()
    path = explore.alive_path(shop, study, often)
    assert path.is_order.sum() == study.customers.frequency[often] + 1
    assert path.p_alive.between(0, 1).all()
    quiet = path[path.day > path.day[path.is_order].max()].p_alive
    assert quiet.is_monotonic_decreasing


def test_one_channel_equal_spend_and_margins_below_nothing_make_no_number_up(bench):
    """Every order is paid with 10 and costs 30 to buy, and all came by one channel."""
    imported("loss", shop_files(customers=400, channels=("live",), alike=10.0))
    shop = Shop("loss")
    study_ = study(shop, known_customers(shop), seed=1)
    assert "channel" not in study_.factors
    held_ = remaining.remaining(study_, 0.1, seed=1)
    assert held_.customers.notna().all(axis=None)
    assert (held_.customers.high <= 0).all()
    rows = remaining.tenth_rows(held_, study_)
    assert WORDS.text(remaining.tenths_title(rows, held_)).startswith(
        "Customers are not expected to bring any gross profit"
    )
    told = newcomers.worths(study_, 0.1, 1)
    assert told["channel"] is None
    assert newcomers.worth_rows(told["all"], study_, "all").year[0] < 0
    assert all(np.isfinite(value.value) for _, value, _ in remaining.tiles(held_, study_))
    assert costs.decisions(study_, pd.DataFrame(), None, 1) == []
    assert "not known here" in WORDS.text(costs.told(study_, [], None)) or not study_.is_trusted


def test_the_first_screen_has_four_tiles_and_the_quarter_only_where_there_is_room():
    year, profit, quarter, risk, cost = ([name, None, None] for name in ("year", "profit", "quarter", "risk", "cost"))
    held_ = [year, profit, quarter]
    assert summary.tiles(held_, [risk], [cost]) == [year, profit, risk, cost]
    assert summary.tiles(held_, [], [cost]) == [year, profit, cost, quarter]
    assert summary.tiles(held_, [], []) == [year, profit, quarter]


def test_too_few_customers_are_told_with_their_number():
    few = pd.DataFrame({"frequency": [0] * 300 + [1] * 20})
    is_enough, told = summary.enough(few)
    assert not is_enough
    assert "320 and 20" in WORDS.text(told)
    assert summary.enough(pd.DataFrame({"frequency": [1] * 200}))[0]


def test_what_is_all_alike_goes_with_nothing():
    alike = pd.DataFrame({"frequency": [1, 2, 3, 0], "margin": [5.0, 5.0, 5.0, np.nan]})
    assert correlated(alike) == 0.0
    assert correlated(alike.assign(margin=[1.0, 2.0, 3.0, np.nan])) == pytest.approx(1.0)


def test_first_purchases_need_lines_with_categories(bench):
    text = csv_text(["order_id", "customer_id", "ordered_at", "net_revenue"], ("1", "a", "2024-01-01 23:59", 5))
    imported("plain", {"orders.csv": text})
    assert known_customers(Shop("plain")).is_new.tolist() == [False]
