"""Marketing with a column per channel becomes a row per channel and period."""

import pyarrow.parquet as pq
import pytest
from by_hand import SHARED, csv_text, facts, imported, outcomes
from shopkeeper.brand import load_brand
from shopkeeper.ingest import read_manifest
from shopkeeper.ingest import reasons as r


@pytest.mark.skipif(not SHARED.exists(), reason="the shared Robyn file is not beside this checkout")
def test_a_column_per_channel_becomes_a_row_per_channel(bench):
    imported("robyn", {"robyn_weekly.csv": (SHARED / "robyn_weekly.csv").read_bytes()})
    first = facts("robyn", "media", "period_start", "channel", "period_days", "spend", "impressions", "clicks")[:5]
    assert [(channel, days, round(spend, 2)) for _, channel, days, spend, _, _ in first] == [
        ("facebook", 7, 7607.13), ("ooh", 7, 0.0), ("print", 7, 12728.49), ("search", 7, 0.0), ("tv", 7, 22358.35),
    ]  # fmt: skip
    assert len(facts("robyn", "media", "channel")) == 208 * 5
    assert len(facts("robyn", "totals", "net_revenue")) == 208


def test_a_wide_file_names_its_channels_in_chinese_too(bench):
    wide = csv_text(["日期", "销售额", "抖音 花费", "抖音曝光量", "小红书花费"], ("2024-06-01", 900, 50, 1000, 20), ("2024-06-02", 800, 40, 900, ""))  # fmt: skip
    imported("acme", {"投放.csv": wide})
    media = facts("acme", "media", "channel", "period_start", "period_days", "spend")
    assert [(channel, days, spend) for channel, _, days, spend in media] == [
        ("小红书", 1, 20.0),
        ("抖音", 1, 50.0),
        ("抖音", 1, 40.0),
    ]


def media(*lines: tuple, headers: tuple[str, ...] = ("date", "tv_S")) -> list[tuple]:
    imported("acme", {"media.csv": csv_text(list(headers), *lines)})
    return [(str(start)[:10], channel, days, spend) for start, channel, days, spend in (
        tuple(row.values()) for row in pq.read_table(load_brand("acme").tables / "media", columns=["period_start", "channel", "period_days", "spend"]).to_pylist()
    )]  # fmt: skip


def test_months_have_the_calendars_lengths(bench):
    assert [days for _, _, days, _ in media(("2024-01-01", 1), ("2024-02-01", 1), ("2024-03-01", 1), ("2024-04-01", 1))] == [31, 29, 31, 30]  # fmt: skip


def test_an_empty_week_leaves_the_others_a_week_long(bench):
    told = media(("2024-06-03", 1), ("2024-06-10", ""), ("2024-06-17", 1))
    assert [days for _, _, days, _ in told] == [7, 7]
    assert outcomes(read_manifest(load_brand("acme")), "rejected") == {r.NO_TABLE: 1}


def test_a_total_over_the_channels_is_no_channel(bench):
    told = media(("2024-06-03", 1, 2, 3), ("2024-06-10", 1, 2, 3), headers=("date", "tv_S", "ooh_S", "total spend"))
    assert {channel for _, channel, _, _ in told} == {"tv", "ooh"}


def test_a_file_whose_totals_another_replaces_still_counts_where_its_channels_stand(bench):
    imported("acme", {
        "a.csv": csv_text(["date", "revenue", "tv_S"], ("2024-06-03", 9, 1), ("2024-06-10", 9, 1)),
        "b.csv": csv_text(["date", "revenue", "ooh_S"], ("2024-06-03", 9, 2), ("2024-06-10", 9, 2)),
    })  # fmt: skip
    manifest = read_manifest(load_brand("acme"))
    assert manifest["tables"]["media"]["rows"] == 4
    assert outcomes(manifest, "kept") == {"": 4}
