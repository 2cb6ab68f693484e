"""Published, then held: what each brand's report would have published some days before the end of its data, measured on those days.

The gate sees data up to then only. Each horizon is measured from the day that leaves it just enough days after it.
"""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
from shopkeeper.brand import load_brand
from shopkeeper.customers import next_category, tags
from shopkeeper.customers.past import STEP, Past
from shopkeeper.customers.scoring import recency_alone, trust
from shopkeeper.ingest import read_manifest
from shopkeeper.shop import Shop

BRANDS = ("complete_journey", "online_retail", "aurora", "cdnow")
SEED = 1
HEAD = "| brand | published | within days | slope | observed / predicted, top tenth | Brier | of base | of recency | held |\n|---|---|---|---|---|---|---|---|---|\n"


def measured() -> str:
    """A row for each tag, and for each horizon of categories; brands that are not imported here are left out."""
    lines = []
    for brand in BRANDS:
        if read_manifest(load_brand(brand)):
            today = Past(Shop(brand))
            rows = [*_tags(today), *_categories(today)]
            lines += [f"| {brand} | {' | '.join(row)} |\n" for row in rows]
            print("".join(lines[-len(rows) :]))
    return HEAD + "".join(lines)


def _ago(today: Past, days: int) -> Past:
    return Past(today.shop.seen_on(today.shop.as_of - dt.timedelta(days=days)))


def _tags(today: Past) -> Iterator[list[str]]:
    for tag in tags.askable(today.shop):
        then = _ago(today, tag.days)
        published = tags.tag_customers(then, tag, SEED)
        if published.is_trusted:
            asked, did = tags._asked(today, tag, then.shop.as_of)
            lag = dt.timedelta(days=-(-tag.days // STEP) * STEP)
            later, did_later = tags._asked(then, tag, then.shop.as_of - lag)
            recency = recency_alone(later.days_since_last, did_later, asked.days_since_last)
            said = published.now.reindex(asked.index)
            yield _row(f"tag {tag.name}", tag.days, trust(said.to_numpy(), did, recency, float(did_later.mean())))


def _categories(today: Past) -> Iterator[list[str]]:
    for days in next_category.HORIZONS:
        then = _ago(today, days)
        found = next_category.next_category(then, SEED, (days,)).now
        if found.empty:
            continue
        later = Past(today.shop)
        later.__dict__["categories"] = then.categories  # those that were the commonest then
        did, recency = next_category.pairs_did(later, then.shop.as_of, days), _recency(then, days)
        said = found.set_index(["customer_id", "category"]).probability
        told = [
            trust(part.to_numpy(), did[part.index], recency[part.index].to_numpy(), float(did[part.index].mean()))
            for _, part in said.groupby("category")
        ]
        table = pd.DataFrame(told)
        held = sum(_holds(each) and each["brier"] < each["brier_recency"] for each in told)
        yield [f"{len(told)} categories, medians", str(days), *_figures(table.median()), f"{held} of {len(told)}"]


def _recency(then: Past, days: int) -> pd.Series:
    """The naive score of each pair: how long ago the category was bought, and nothing else."""
    calibrated = then.shop.as_of - dt.timedelta(days=max(28, days))
    later, asked = (next_category.pairs_known(then, day) for day in (calibrated, then.shop.as_of))
    did = next_category.pairs_did(then, calibrated, days)
    return pd.Series(next_category._recency(later, did, asked), asked.index)


def _holds(found: dict[str, float]) -> bool:
    """Slope 0.8 to 1.2, top tenth 0.8 to 1.25, Brier below the base rate's."""
    fine = 0.8 <= found["slope"] <= 1.2 and 0.8 <= found["top_ratio"] <= 1.25 and found["brier"] < found["brier_base"]
    return bool(fine)


def _row(what: str, days: int, found: dict[str, float]) -> list[str]:
    fine = _holds(found) and found["brier"] < found["brier_recency"]
    return [what, str(days), *_figures(found), "yes" if fine else "NO"]


def _figures(found: "dict[str, float] | pd.Series") -> list[str]:
    exact = [f"{found[name]:.2f}" for name in ("slope", "top_ratio")]
    return exact + [f"{found[name]:.4f}" for name in ("brier", "brier_base", "brier_recency")]
