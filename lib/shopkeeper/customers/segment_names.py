"""Segment names: what a shop would call each segment, and the offer that suits it, by written rules."""

from dataclasses import dataclass

import pandas as pd

from shopkeeper.customers.behaviour import ATTRIBUTE
from shopkeeper.report.words import Sentence, plain, say

_ENOUGH = 0.25  # standard deviations by which a segment stands out before it is named for it


@dataclass(frozen=True)
class Name:
    """key: what lists and claims call it; offer: what suits it."""

    key: str
    name: Sentence
    offer: Sentence


_REGULARS = Name("regulars", say("Quiet regulars"), say("a reminder when it runs out, without a discount"))
_CHARACTERS: dict[tuple[str, str], Name] = {
    ("reading", "yes"): Name("researchers", say("Ingredient researchers"), say("the story behind an ingredient, with proof")),
    ("new", "yes"): Name("explorers", say("New-product explorers"), say("first trial of what is new")),
    ("discount", "deep"): Name("discount", say("Discount hunters"), say("a coupon from a minimum order on")),
    ("event", "yes"): Name("festival", say("Festival shoppers"), say("early access to the next promotion")),
    ("basket", "large"): Name("stock_up", say("Full-basket shoppers"), say("a bundle, or free delivery for more in one order")),
    ("units", "large"): Name("bulk", say("Bulk buyers"), say("a price for larger quantities")),
    ("rhythm", "regular"): _REGULARS,
    ("event", "no"): _REGULARS,
    ("rhythm", "rare"): Name("occasional", say("Occasional buyers"), say("a reason to come back sooner: what goes with the last order")),
    ("spend", "high"): Name("large", say("Big spenders"), say("early access and personal service")),
    ("spend", "low"): Name("small", say("Small-order buyers"), say("free delivery from a minimum order on")),
}  # fmt: skip
_MANNERS: dict[tuple[str, str], Name] = {
    ("returned", "yes"): Name("returners", say("Frequent returners"), say("advice before the order, not a discount")),
    ("hour", "evening"): Name("evening", say("Late-evening shoppers"), say("a message after eight in the evening")),
    ("hour", "day"): Name("daytime", say("Daytime shoppers"), say("a message in the morning")),
    ("weekend", "yes"): Name("weekend", say("Weekend shoppers"), say("a message on Friday")),
    ("weekend", "no"): Name("weekday", say("Weekday shoppers"), say("a message on Monday")),
}


def name_segments(traits: pd.DataFrame) -> list[Name]:
    """A name for each segment (row), each used once: the character that stands out most, in standard deviations.

    Segments in which none stands out are named for a category or an attribute, else for when they buy.
    """
    names: dict[int, Name] = {}
    for rules in (_CHARACTERS, _tastes(traits), _MANNERS):
        _take(names, traits, rules)
    rest = [number for number in range(len(traits)) if number not in names]
    for place, number in enumerate(rest, start=1):
        key = "everyday" if place == 1 else f"everyday_{place}"
        label = say("Everyday buyers") if place == 1 else say("Everyday buyers, group {n}", n=str(place))
        names[number] = Name(key, label, say("what others bought with their last order"))
    return [names[number] for number in range(len(traits))]


def _take(names: dict[int, Name], traits: pd.DataFrame, rules: dict[tuple[str, str], Name]) -> None:
    """Give the rules' names out, the largest lift first; each segment and each name once."""
    known = [trait for trait in rules if trait in traits.columns]
    lifts = [(float(traits.loc[number, trait]), number, trait) for number in range(len(traits)) for trait in known]
    known_lifts = [each for each in lifts if each[0] == each[0]]  # null where all customers are alike
    for lift, number, trait in sorted(known_lifts, key=lambda each: (-each[0], each[1], each[2])):
        used = {name.key for name in names.values()}
        if lift >= _ENOUGH and number not in names and rules[trait].key not in used:
            names[number] = rules[trait]


def _tastes(traits: pd.DataFrame) -> dict[tuple[str, str], Name]:
    """A name for every category and attribute."""
    tastes = [trait for trait in traits.columns if trait[0] == "category" or trait[0].startswith(ATTRIBUTE)]
    return {
        (question, choice): Name(
            f"{question}: {choice}", say("Mostly {what}", what=choice), say("what is new in {what}", what=choice)
        )
        for question, choice in tastes
    }


def in_words(traits: pd.DataFrame, most: int = 3) -> list[Sentence]:
    """For each segment, the traits that set it apart most."""
    return [
        _joined([trait_words(*trait) for trait in row[row >= _ENOUGH].nlargest(most).index])
        for _, row in traits.iterrows()
    ]


def trait_words(question: str, choice: str) -> Sentence:
    """A trait in words."""
    return _TRAITS.get((question, choice)) or plain(choice)


def _joined(parts: list[Sentence]) -> Sentence:
    if not parts:
        return say("like most customers")
    whole = parts[0]
    for part in parts[1:]:
        whole = say("{first}, {more}", first=whole, more=part)
    return whole


_TRAITS: dict[tuple[str, str], Sentence] = {
    ("reading", "yes"): say("read product pages for long"),
    ("reading", "no"): say("glance at product pages"),
    ("new", "yes"): say("buy what is new"),
    ("new", "no"): say("buy what is proven"),
    ("discount", "deep"): say("buy deep below the usual price"),
    ("discount", "some"): say("buy a little below the usual price"),
    ("discount", "none"): say("pay the usual price"),
    ("event", "yes"): say("buy on promotion days"),
    ("event", "no"): say("buy outside promotions"),
    ("returned", "yes"): say("send goods back"),
    ("returned", "no"): say("keep what they buy"),
    ("basket", "large"): say("fill the basket"),
    ("basket", "small"): say("buy one or two things at a time"),
    ("units", "large"): say("buy many of one thing"),
    ("units", "small"): say("buy one or two of a thing"),
    ("rhythm", "regular"): say("come often and regularly"),
    ("rhythm", "rare"): say("let much time pass"),
    ("spend", "high"): say("spend much on an order"),
    ("spend", "low"): say("spend little on an order"),
    ("hour", "evening"): say("order late in the evening"),
    ("hour", "day"): say("order during the day"),
    ("hour", "else"): say("order early or around dinner"),
    ("weekend", "yes"): say("order at weekends"),
    ("weekend", "no"): say("order on weekdays"),
    ("category", "…"): say("buy in small categories"),
}
