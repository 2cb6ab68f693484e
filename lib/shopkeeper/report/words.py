"""Words: sentences written once in English, said in the reader's language with the reader's numbers.

A Sentence holds a template and values that know what they are (money, a share, people, a day); Words turns it
into text. Every template is the first argument of a call of `say`, and stands in locale/<language>/messages.po.
"""

import datetime as dt
import functools
import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from babel.dates import format_date, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

Kind = Literal["money", "price", "percent", "chance", "change", "count", "people", "number", "day", "month", "text"]
Language = Literal["en", "zh"]

LANGUAGES: dict[str, str] = {"en": "en", "zh": "zh_CN"}
SMALLEST_GROUP = 5
_BETWEEN = re.compile("(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")  # two Chinese characters, where no space belongs
_HARDLY = 0.01  # a chance below this, or as near to 1, is not told more exactly: draws are too few


@dataclass(frozen=True)
class Value:
    """A number or day that knows how it is read: a share 0–1 as percent, a chance never quite 0 or 1, a change with its sign, people never below 5."""

    value: float | dt.date | None
    kind: Kind


@dataclass(frozen=True)
class Sentence:
    """A template with {names}, and what stands for them: values, brands' own text, other sentences."""

    template: str
    values: Mapping[str, "Value | Sentence | str"]


def say(template: str, /, **values: "Value | Sentence | str") -> Sentence:
    """A sentence to be said in the reader's language."""
    return Sentence(template, values)


def sentence_to(sentence: Sentence) -> dict[str, Any]:
    """A sentence as plain values, to be kept in a file and said later in any language."""
    return {"template": sentence.template, "values": {name: _to(value) for name, value in sentence.values.items()}}


def sentence_from(kept: Mapping[str, Any]) -> Sentence:
    """The sentence that sentence_to kept."""
    return Sentence(kept["template"], {name: _from(value) for name, value in kept["values"].items()})


def _to(value: "Value | Sentence | str") -> Any:
    if isinstance(value, Sentence):
        return sentence_to(value)
    if isinstance(value, Value):
        kept = value.value
        return {"kind": value.kind, "value": kept.isoformat() if isinstance(kept, dt.date) else kept}
    return value


def _from(kept: Any) -> "Value | Sentence | str":
    if isinstance(kept, str):
        return kept
    if "template" in kept:
        return sentence_from(kept)
    value = kept["value"]
    return Value(dt.date.fromisoformat(value) if isinstance(value, str) else value, kept["kind"])


def plain(text: object) -> Sentence:
    """Text that is the same in every language: a brand's own words, a file's name."""
    return Sentence("{text}", {"text": str(text)})


def together(names: Sequence[Sentence]) -> Sentence:
    """Names in a row: one, one and other, one, other and last."""
    *others, last = names
    if not others:
        return last
    return say(
        "{one} and {other}",
        one=functools.reduce(lambda one, other: say("{one}, {other}", one=one, other=other), others),
        other=last,
    )


def money(value: float) -> Value:
    """An amount in the brand's currency."""
    return Value(float(value), "money")


def price(value: float) -> Value:
    """What one unit costs, to the cent."""
    return Value(float(value), "price")


def percent(share: float) -> Value:
    """A share, 0–1."""
    return Value(float(share), "percent")


def chance(share: float) -> Value:
    """A probability, 0–1; as draws tell it, it is never quite nothing nor sure."""
    return Value(float(share), "chance")


def change(share: float) -> Value:
    """A relative change with its sign, -1 to infinity."""
    return Value(float(share), "change")


def count(number: float) -> Value:
    """How many things."""
    return Value(float(number), "count")


def people(number: float) -> Value:
    """How many customers; one to four are not told apart."""
    return Value(float(number), "people")


def number(value: float) -> Value:
    """A number with one decimal."""
    return Value(float(value), "number")


def day(value: dt.date) -> Value:
    """A day."""
    return Value(value, "day")


def month(value: dt.date) -> Value:
    """A calendar month, by any day in it."""
    return Value(value, "month")


@dataclass(frozen=True)
class Words:
    """A language and a currency: turns sentences and values into text."""

    language: str
    currency: str

    @property
    def locale(self) -> str:
        """The locale whose numbers and dates the reader expects."""
        return LANGUAGES[self.language]

    def text(self, sentence: Sentence) -> str:
        """The sentence in the reader's language, as plain text. KeyError when a value is missing."""
        template = _catalogue(self.language).get(sentence.template, sentence.template)
        said = template.format(**{name: self._part(value) for name, value in sentence.values.items()})
        return _BETWEEN.sub("", said) if self.language == "zh" else said

    def html(self, sentence: Sentence) -> str:
        """The sentence as inert HTML text."""
        return html.escape(self.text(sentence))

    def _part(self, value: Value | Sentence | str) -> str:
        if isinstance(value, Sentence):
            return self.text(value)
        return value if isinstance(value, str) else self.value(value)

    def value(self, value: Value) -> str:
        """A value as the reader writes it; a dash when there is none."""
        if value.value is None or (isinstance(value.value, float) and math.isnan(value.value)):
            return "–"
        if isinstance(value.value, dt.date):
            return self._date(value.value, value.kind)
        told = self._number(value.value, value.kind).replace("-", "−")
        return told if re.search("[1-9]", told) else told.lstrip("+−")

    def _date(self, value: dt.date, kind: Kind) -> str:
        if kind == "month":
            return format_skeleton("yMMM", value, locale=self.locale)
        return format_date(value, "d MMM y" if self.language == "en" else "medium", locale=self.locale)

    def _number(self, value: float, kind: Kind) -> str:
        match kind:
            case "money":
                return self._money(value)
            case "price":
                return format_currency(value, self.currency, locale=self.locale)
            case "percent" | "chance" | "change":
                return self._share(value, kind)
            case "people" if 0 < value < SMALLEST_GROUP:
                return f"<{SMALLEST_GROUP}"
            case "number":
                return format_decimal(value, format="#,##0.0", locale=self.locale)
        if abs(value) >= 10_000_000:
            return format_compact_decimal(value, locale=self.locale, fraction_digits=1)
        return format_decimal(round(value), locale=self.locale)

    def _share(self, value: float, kind: Kind) -> str:
        """In percent, finer where it is small or nearly all; a chance is never told as none or sure, a change has its sign."""
        if kind == "chance" and value < _HARDLY:
            return "<1%"
        if kind == "chance" and value > 1 - _HARDLY:
            return ">99%"
        if kind == "change":
            pattern = "+0.0%;-0.0%" if abs(value) < 0.0995 else "+#,##0%;-#,##0%"
        else:
            fine = (0 < abs(value) < 0.0995 or 0.995 <= abs(value) < 1) and not (100 * value).is_integer()
            pattern = "0.0%" if fine else "#,##0%"
        return format_percent(value, format=pattern, locale=self.locale)

    def _money(self, value: float) -> str:
        """Three significant digits from 10,000 on, in the reader's own steps: K and M, or 万 and 亿."""
        if abs(value) >= 10_000:
            step = 10_000 if self.language == "zh" else 1_000
            leading = abs(value) / step ** int(math.log(abs(value), step) + 1e-12)
            digits = 2 - min(2, int(math.log10(leading)))
            return format_compact_currency(value, self.currency, locale=self.locale, fraction_digits=digits)
        pattern = "¤#,##0" if abs(value) >= 100 else "¤#,##0.00"
        return format_currency(value, self.currency, format=pattern, locale=self.locale, currency_digits=False)


@functools.cache
def _catalogue(language: str) -> dict[str, str]:
    return {
        str(message.id): str(message.string) for message in read_catalogue(language) if message.id and message.string
    }


def read_catalogue(language: str) -> Catalog:
    """The gettext catalogue of a language; English needs none."""
    path = resources.files("shopkeeper.report") / "locale" / language / "messages.po"
    if not path.is_file():
        return Catalog(locale=LANGUAGES[language])
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[language])


def translate(text: str, language: str) -> str:
    """A whole passage (a notebook's markdown cell) in the language; itself where it is not translated."""
    return _catalogue(language).get(text.strip(), text)
