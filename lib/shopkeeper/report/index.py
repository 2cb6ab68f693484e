"""The index: every brand's latest reports, what to do this week, what failed, and how earlier claims turned out."""

import datetime as dt
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from shopkeeper.brand import Brand, brand_names, load_brand
from shopkeeper.decisions import action_of, open_decisions, shrunken_gain, track_record
from shopkeeper.ingest import read_manifest
from shopkeeper.places import place
from shopkeeper.report.markup import TEMPLATES, css, index_name, tile_html
from shopkeeper.report.words import LANGUAGES, Sentence, Value, Words, count, day, money, percent, plain, say
from shopkeeper.tables import DataError

Card = dict[str, Any]
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


def write_index() -> None:
    """Write reports/index.html and every brand's own, in each language, from what stands beside the reports."""
    brands = [brand for name in brand_names() if (brand := _readable(name))]
    for language in LANGUAGES:
        _write_all(brands, language)
        for brand in brands:
            if (place("reports") / brand.name).exists():
                _write_one(brand, language)


def _readable(name: str) -> Brand | None:
    try:
        return load_brand(name)
    except DataError:
        return None


def _write_all(brands: list[Brand], language: str) -> None:
    words = Words(language, "USD")
    sections = [
        _to_do(brands, language),
        *[_brand_section(brand, language, prefix=f"{brand.name}/") for brand in brands],
    ]
    path = place("reports") / index_name(language)
    _render(
        path,
        language,
        words.text(say("All reports")),
        _other_languages(language),
        [part for part in sections if part["cards"]],
    )


def _write_one(brand: Brand, language: str) -> None:
    words = Words(language, brand.currency)
    sections = [_brand_section(brand, language, prefix=""), _earlier(brand, language), _record(brand, language)]
    path = place("reports") / brand.name / index_name(language)
    links = [(words.text(say("All brands")), f"../{index_name(language)}"), *_other_languages(language)]
    _render(path, language, brand.title, links, [part for part in sections if part["cards"]])


def _other_languages(language: str) -> list[tuple[str, str]]:
    return [(LANGUAGE_NAMES[other], index_name(other)) for other in LANGUAGES if other != language]


def _to_do(brands: list[Brand], language: str) -> Card:
    """One list across brands and analyses: currency by currency, since gains in two cannot be compared, the largest first."""
    words = Words(language, "USD")
    found = [(brand, row) for brand in brands for row in open_decisions(brand)[:10]]
    ranked = sorted(found, key=lambda pair: (pair[0].currency, -shrunken_gain(pair[1])))
    cards = [_decision_card(brand, row, language) for brand, row in ranked]
    return {"title": words.text(say("What to do this week")), "cards": cards}


def _decision_card(brand: Brand, row: dict[str, Any], language: str) -> Card:
    words = Words(language, brand.currency)
    gain = say(
        "{gain} expected, 90%: {low} to {high}",
        gain=money(row["gain"]),
        low=money(row["gain_low"]),
        high=money(row["gain_high"]),
    )
    return {
        "title": brand.title,
        "text": words.text(action_of(row)),
        "quiet": f"{words.text(gain)} · {row['analysis']} · {row['id']}",
    }


def _brand_section(brand: Brand, language: str, prefix: str) -> Card:
    words = Words(language, brand.currency)
    states = _states(brand)
    latest = _latest(brand, states)
    stems = sorted({state["stem"] for state in states if state["as_of"] == latest})
    cards = [
        _report_card([s for s in states if s["as_of"] == latest and s["stem"] == stem], words, prefix) for stem in stems
    ]
    if (broken := place("reports") / brand.name / "import.failed.json").exists():
        cards.insert(0, _import_card(json.loads(broken.read_text(encoding="utf-8")), words))
    title = brand.title if prefix else words.text(say("Latest reports"))
    links = [(words.text(say("Earlier reports, and how earlier claims turned out")), prefix + index_name(language))]
    return {"title": title, "about": brand.about, "cards": cards, "links": links if prefix and states else []}


def _import_card(note: dict[str, str], words: Words) -> Card:
    warning = say("The last import failed, on {at}. The reports below are of the data before it.", at=note["at"])
    return {"title": words.text(say("Import")), "warning": words.text(warning), "quiet": note["error"]}


def _report_card(states: list[dict[str, Any]], words: Words, prefix: str) -> Card:
    """One report in the languages that it was made in; the reader's own speaks for it."""
    made = [state for state in states if not state["failed"]]
    spoken = sorted(made, key=lambda state: state["language"] != words.language)
    card: Card = {
        "title": states[0]["stem"],
        "links": [(LANGUAGE_NAMES[s["language"]], prefix + s["href"]) for s in made],
    }
    if failed := [state for state in states if state["failed"]]:
        warning = say("The last run failed, on {at}: {error}", at=failed[0]["at"], error=failed[0]["error"])
        card["warning"] = words.text(warning)
    if spoken:
        first = spoken[0]
        card.setdefault("warning", " ".join(first["warnings"] if first["headline"] else []))
        card |= {"title": first["title"], "href": prefix + first["href"], "text": first["headline"] or first["why"]}
        card["tiles"] = [tile_html(tile) for tile in first["tiles"]]
        card["quiet"] = words.text(say("data to {day}", day=day(dt.date.fromisoformat(first["as_of"]))))
        if first["language"] != words.language:
            card["quiet"] += " · " + words.text(
                say("only in {language} so far", language=LANGUAGE_NAMES[first["language"]])
            )
    return card


def _states(brand: Brand) -> list[dict[str, Any]]:
    """What stands beside each of the brand's reports, and each failure."""
    states = []
    for path in sorted((place("reports") / brand.name).glob("*/*.json")):
        stem, language = path.name.split(".")[:2]
        facts = {
            "as_of": path.parent.name,
            "stem": stem,
            "language": language,
            "failed": path.name.endswith(".failed.json"),
        }
        states.append(
            json.loads(path.read_text(encoding="utf-8"))
            | facts
            | {"href": f"{path.parent.name}/{stem}.{language}.html"}
        )
    return states


def _latest(brand: Brand, states: list[dict[str, Any]]) -> str:
    """The day of the newest reports that the data of today bear out."""
    last = read_manifest(brand).get("last_day") or "9999"
    return max((state["as_of"] for state in states if state["as_of"] <= last), default="")


def _earlier(brand: Brand, language: str) -> Card:
    words = Words(language, brand.currency)
    states = [state for state in _states(brand) if not state["failed"]]
    latest = _latest(brand, states)
    cards = [
        {
            "title": words.text(plain(f"{state['as_of']} · {state['title']} · {LANGUAGE_NAMES[state['language']]}")),
            "href": state["href"],
        }
        for state in reversed(states)
        if state["as_of"] != latest
    ]
    return {"title": words.text(say("Earlier reports")), "cards": cards}


def _record(brand: Brand, language: str) -> Card:
    words = Words(language, brand.currency)
    cards = [{"title": row["analysis"], "text": words.text(_record_sentence(row))} for row in track_record(brand)]
    return {"title": words.text(say("How earlier claims turned out")), "cards": cards}


def _record_sentence(row: dict[str, Any]) -> Sentence:
    kind = say("made at the time") if row["live"] else say("replayed on old data")
    facts: dict[str, Value | Sentence] = {
        "kind": kind,
        "scored": count(row["scored"]),
        "inside": count(row["inside"]),
        "share": percent(row["inside"] / row["scored"]),
    }
    if row["skill"] is None:
        return say("Claims {kind}: {scored} scored, {inside} of them ({share}) inside their 90% interval.", **facts)
    skill = percent(row["skill"])
    return say(
        "Claims {kind}: {scored} scored, {inside} of them ({share}) inside their 90% interval; {skill} closer than the naive forecast.",
        **facts,
        skill=skill,
    )


def _render(path: Path, language: str, title: str, links: list[tuple[str, str]], sections: list[Card]) -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    lang = "zh-CN" if language == "zh" else language
    text = environment.get_template("list.html.j2").render(
        lang=lang, title=title, css=css(), links=links, sections=sections
    )
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".index-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
