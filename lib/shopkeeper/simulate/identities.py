"""Made-up numbers and names: of orders, buyers, parcels. Phones begin with 120, which no Chinese mobile does."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Draws
from shopkeeper.simulate.names import GIVEN, NICKS, PLACES, STREETS, SURNAMES

_PRIME, _STEP, _VISITOR_STEP = (
    999_999_937,
    618_033_988,
    414_213_562,
)  # numbering steps through a prime field: every customer its own number
# What an order's draws hang on beside its occasion: whether it is the sale or a copy of it.
_KIND_CODES = pd.Series({"sale": 0, "unpaid": 1, "fake": 2, "gift": 3})


def buyer_nicks(draws: Draws, people: pd.DataFrame) -> list[str]:
    """A nick for each customer, unlike any other; where masked, its first character and two stars, which many share."""
    number = people.key.to_numpy()
    serial = (number * _STEP + 1) % _PRIME
    word = draws.integer("nick", 2 * len(NICKS), number)
    whole = [f"{NICKS[w]}{s}" if w < len(NICKS) else f"tb{s:09d}" for w, s in zip(word, serial, strict=True)]
    return [nick[0] + "**" if masked else nick for nick, masked in zip(whole, people.is_masked, strict=True)]


def visitors(people: pd.DataFrame) -> list[str]:
    """What the shop's pages, and those who sell ads, call each one's browser, unlike any other."""
    return [f"v{serial:09d}" for serial in (people.key.to_numpy() * _VISITOR_STEP + 2) % _PRIME]


def order_key(orders: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """What an order's own draws hang on: its occasion, and whether it is the sale or a copy of it."""
    return orders.key, orders.number, orders.kind.map(_KIND_CODES)


def order_numbers(draws: Draws, orders: pd.DataFrame) -> list[str]:
    """19 digits: 2, the day, 14 that belong to the order alone."""
    tail = draws.integer("order number", 10**14, *order_key(orders))
    day = (orders["at"].to_numpy().astype("datetime64[D]") - np.datetime64("2015-01-01")).astype(np.int64)
    return [f"2{d:04d}{t:014d}" for d, t in zip(day, tail, strict=True)]


def fake_nicks(draws: Draws, orders: pd.DataFrame) -> list[str]:
    """Nicks of brushing accounts: few, and unlike any customer's."""
    return [f"shuashua{n:03d}" for n in draws.integer("brusher", 60, orders.key, orders.number)]


def receivers(draws: Draws, people: pd.DataFrame) -> pd.DataFrame:
    """Name, address and phone of each customer."""
    number = people.key.to_numpy()
    surname = draws.integer("surname", len(SURNAMES), number)
    given = draws.integer("given", len(GIVEN), number)
    street = draws.integer("street", len(STREETS), number)
    house = 1 + draws.integer("house", 300, number)
    tail = draws.integer("phone", 10**8, number)
    towns = [" ".join(place[1:4]) for place in PLACES]
    return pd.DataFrame({
        "name": [SURNAMES[s] + GIVEN[g] for s, g in zip(surname, given, strict=True)],
        "address": [f"{towns[p]} {STREETS[s]} {h} 号" for p, s, h in zip(people.place, street, house, strict=True)],
        "phone": [f"120{t:08d}" for t in tail],
    })  # fmt: skip
