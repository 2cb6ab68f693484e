"""Messages whose campaign is told in rows of its own."""

import datetime as dt

from by_hand import csv_text, facts, imported, orders_csv, outcomes, rows
from shopkeeper.shop import Shop

SOURCES = """
[[sources]]
mapping = "generic:orders"
files = "orders.csv"
[[sources]]
mapping = "complete_journey_campaigns"
files = "c*.csv"
"""
FILES = {
    "orders.csv": orders_csv((1, "ana", "2024-01-01", 10), (2, "ben", "2024-03-01", 10)),
    "campaigns.csv": csv_text(["campaign_id", "household_id"], (7, "ana"), (7, "ben"), (8, "ana")),
    "coupons.csv": csv_text(["campaign_id", "household_id", "redemption_date"], (7, "ben", "2024-02-20"), (7, "ben", "2024-02-11")),
}  # fmt: skip


def campaigns_told(*told):
    files = FILES | {"c_told.csv": csv_text(["campaign_id", "campaign_type", "start_date"], *told)}
    return imported("acme", files, SOURCES)


def test_a_message_has_the_day_and_kind_of_its_campaign_and_the_first_redemption(bench):
    campaigns_told((7, "Type A", "2024-02-10"), (8, "Type B", "2024-02-20"))
    shop = Shop("acme", "2024-03-01")
    told = [
        (row["campaign"], str(row["sent_at"].date()), row["offer"], row["redeemed_at"]) for row in rows(shop.contacts)
    ]
    assert sorted(told, key=str) == [
        ("7", "2024-02-10", "Type A", None),
        ("7", "2024-02-10", "Type A", dt.datetime(2024, 2, 11)),
        ("8", "2024-02-20", "Type B", None),
    ]


def test_messages_of_a_campaign_that_nothing_tells_of_are_rejected(bench):
    manifest = campaigns_told((7, "Type A", "2024-02-10"))
    assert [campaign for campaign, *_ in facts("acme", "contacts", "campaign")] == ["7", "7"]
    assert outcomes(manifest, "rejected") == {"contacts.sent_at: missing": 1}
    assert outcomes(manifest, "excluded") == {
        "the campaign itself: its day and kind stand with each of its messages": 1
    }
