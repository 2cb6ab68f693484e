"""The channels in words: no verdict that its chance does not carry, and titles that name the channel which is furthest off."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from shopkeeper.attribution.channels_report import (
    long_title,
    places_told,
    plot_long,
    plot_reported,
    plot_rules,
    rows_told,
    tiles,
    title,
)
from shopkeeper.attribution.mix_report import shares_title
from shopkeeper.attribution.walk import Walk
from shopkeeper.report.words import Words, plain

WORDS, NONE = Words("en", "USD"), np.nan


def table(*rows, captured=()):
    """Rows of channels.channel_rows: channel, reported, roas with low and high, month, year, chance."""
    names = ["channel", "attributed_roas", "roas", "low", "high", "month", "year", "chance"]
    made = pd.DataFrame(rows, columns=names).assign(spend=100.0, cpa=20.0, cpa_low=10.0, cpa_high=40.0)
    return rows_told(made.assign(year_low=made["year"] / 2, year_high=made["year"] * 2), None, captured)


FEED = ("feed", 1.0, 2.0, 1.5, 3.0, 0.4, 1.6, 0.95)
SEARCH = ("search", 6.0, 1.0, 0.5, 2.0, 0.9, 0.5, 0.04)
LIVE = ("live", 3.0, 2.5, 1.0, 4.0, 1.0, 1.2, 0.6)


@pytest.mark.parametrize(
    ("chance", "verdict"),
    [(0.9, "pays within the year"), (0.89, "cannot be told yet"), (0.09, "does not pay within the year"), (NONE, None)],
)
def test_a_verdict_takes_nine_in_ten(chance, verdict):
    told = table((*FEED[:-1], chance)).verdict[0]
    assert (told and WORDS.text(told)) == verdict


def test_where_checks_failed_nothing_is_sure():
    names = ["channel", "attributed_roas", "roas", "low", "high", "month", "year", "chance"]
    rows = pd.DataFrame([FEED, (*FEED[:-1], NONE)], columns=names)
    made = rows_told(rows.assign(spend=1.0), None, (), is_trusted=False)
    assert WORDS.text(made.verdict[0]) == "cannot be told yet"
    assert made.verdict[1] is None
    assert "nothing is sure" in WORDS.text(title(made, is_trusted=False))


def test_a_channel_that_collects_demand_is_no_verdict_of_its_own():
    assert WORDS.text(table(SEARCH, captured=("search",)).verdict[0]) == "collects demand made elsewhere"


def test_places_on_paths_are_explained_where_journeys_tell_them():
    alone = table(FEED)
    assert places_told(alone) is None
    assert WORDS.text(places_told(alone.assign(stage=[plain("acquire")]))).startswith(
        "Place on paths: where a channel stands"
    )
    assert places_told(alone[:0]) is None


def test_amounts_stand_with_their_intervals_and_are_left_empty_where_nothing_is_known():
    rows = table(FEED, ("<b>new</b>", NONE, NONE, NONE, NONE, NONE, NONE, NONE))
    assert WORDS.text(rows.roas_told[0]) == "$2.00 ($1.50 to $3.00)"
    assert rows.roas_told[1] is None
    assert WORDS.html(rows["what"][1]) == "&lt;b&gt;new&lt;/b&gt;"


def test_the_title_names_the_channel_that_is_overrated_most_in_proportion():
    said = WORDS.text(title(table(FEED, SEARCH, LIVE)))
    assert said == "search is credited with $6.00 per 1.00 spent, and brings $1.00 (90%: $0.50 to $2.00); surely overrated are 1 of 3 channels"  # fmt: skip


def test_a_report_within_the_interval_is_not_called_overrated():
    assert WORDS.text(title(table(FEED, LIVE))) == "No channel is credited with surely more than it brings"


def test_where_nothing_is_reported_the_title_says_what_is_shown():
    assert WORDS.text(title(table((*FEED[:1], NONE, *FEED[2:])))) == "What each channel brings per 1.00 spent"


def test_the_channel_that_rises_most_from_month_to_year_is_named():
    said = WORDS.text(long_title(table(FEED, SEARCH, LIVE)))
    assert said.startswith("By the best guess feed is number 3 of 3 by the profit of the first month ($0.40 per 1.00 spent), and number 1 by that of the first year ($1.60;")  # fmt: skip


def test_where_none_rises_none_is_named():
    same = table(LIVE, ("feed", 1.0, 2.0, 1.5, 3.0, 0.5, 1.1, 0.5))
    assert WORDS.text(long_title(same)) == "Within a month or within a year, channels stand in the same order of profit"
    assert long_title(table(FEED)) is None


@pytest.mark.parametrize("plot", [plot_reported, plot_long])
def test_charts_show_channels_that_are_known(plot):
    drawn = plot(table(FEED, SEARCH, ("new", *[NONE] * 7)), WORDS)
    drawn.canvas.draw()
    assert [each.get_text() for each in drawn.axes[0].get_yticklabels()] == ["feed", "search"]


def test_new_customers_are_no_money():
    """The axis of what rules of thumb credit counts people."""
    rows = pd.DataFrame({"what": [plain("feed"), plain("live")], "lost": [400.0, 900.0], "last_click": [900.0, 200.0]})
    drawn = plot_rules(rows.assign(low=rows.lost - 50, high=rows.lost + 50), WORDS)
    drawn.canvas.draw()
    ticks = [each.get_text() for each in drawn.axes[0].get_xticklabels()]
    assert ticks
    assert not any("$" in tick for tick in ticks)


def test_where_journeys_stand_alone_the_tiles_say_how_many_ads_brought():
    walked = cast(
        "Walk", SimpleNamespace(orders=200, credit=SimpleNamespace(base_orders=np.array([80.0, 100.0, 120.0])))
    )
    (_, number, _), (label, share, interval) = tiles(walked)
    assert (WORDS.value(number), WORDS.text(label), WORDS.value(share)) == (
        "200",
        "Share of them credited to ads",
        "50%",
    )
    assert WORDS.text(interval) == "90%: 41% to 59%"


@pytest.mark.parametrize(
    ("high", "said"), [(0.25, "feed brought most: 40% of all"), (0.4, "feed should have brought most, 40% of all")]
)
def test_a_channel_is_said_to_have_brought_most_where_no_other_may_have(high, said):
    rows = pd.DataFrame(
        {"what": [plain("live"), plain("feed")], "share": [0.2, 0.4], "low": [0.1, 0.3], "high": [high, 0.5]}
    )
    assert WORDS.text(shares_title(rows)).startswith(said)
