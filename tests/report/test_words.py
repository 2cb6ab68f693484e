import datetime as dt
import re

import pytest
from shopkeeper.report import messages
from shopkeeper.report.words import (
    LANGUAGES,
    Words,
    chance,
    change,
    count,
    day,
    money,
    month,
    people,
    percent,
    plain,
    price,
    read_catalogue,
    say,
    sentence_from,
    sentence_to,
    together,
)

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (money(9.5), "CN¥9.50", "¥9.50"),
        (price(1234.5), "CN¥1,234.50", "¥1,234.50"),
        (money(1234.5), "CN¥1,234", "¥1,234"),
        (money(123.4), "CN¥123", "¥123"),
        (money(1_458_000), "CN¥1.46M", "¥146万"),
        (money(19_021_738), "CN¥19M", "¥1902万"),
        (money(12_345), "CN¥12.3K", "¥1.23万"),
        (money(-3_456_789), "−CN¥3.46M", "−¥346万"),
        (money(234_567_890), "CN¥235M", "¥2.35亿"),
        (percent(0.456), "46%", "46%"),
        (percent(0.0456), "4.6%", "4.6%"),
        (percent(0.997), "99.7%", "99.7%"),
        (percent(0), "0%", "0%"),
        (percent(1), "100%", "100%"),
        (chance(0), "<1%", "<1%"),
        (chance(0.456), "46%", "46%"),
        (chance(0.999), ">99%", ">99%"),
        (chance(float("nan")), "–", "–"),
        (change(0.123), "+12%", "+12%"),
        (change(-0.056), "−5.6%", "−5.6%"),
        (change(-0.0002), "0.0%", "0.0%"),
        (money(-0.001), "CN¥0.00", "¥0.00"),
        (count(1_069_357), "1,069,357", "1,069,357"),
        (people(4), "<5", "<5"),
        (people(0), "0", "0"),
        (people(5), "5", "5"),
        (day(dt.date(2024, 6, 18)), "18 Jun 2024", "2024年6月18日"),
        (month(dt.date(2024, 6, 18)), "Jun 2024", "2024年6月"),
        (percent(float("nan")), "–", "–"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(value, english, chinese):
    assert (EN.value(value), ZH.value(value)) == (english, chinese)


@pytest.mark.parametrize(("name", "said"), [("抖音", "抖音应是带来最多的"), ("TikTok", "TikTok 应是带来最多的")])
def test_no_space_stands_between_two_chinese_characters(name, said):
    assert ZH.text(say("{name} 应是带来最多的", name=name)) == said
    assert EN.text(plain("一 二")) == "一 二"


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [(["a"], "a", "a"), (["a", "b"], "a and b", "a 和 b"), (["a", "b", "c"], "a, b and c", "a、b 和 c")],
)
def test_names_stand_in_a_row(names, english, chinese):
    row = together([plain(name) for name in names])
    assert (EN.text(row), ZH.text(row)) == (english, chinese)


def test_sentences_hold_sentences_and_brands_own_text():
    said = say("left out: {rule}", rule=say("bad debt written off"))
    assert EN.text(said) == "left out: bad debt written off"
    assert ZH.text(said) == "剔除：坏账核销"
    assert ZH.text(plain("{braces} <b>")) == "{braces} <b>"
    assert ZH.html(plain("<img src=x>")) == "&lt;img src=x&gt;"


def test_a_sentence_kept_in_a_file_says_the_same_later():
    said = say("{n} in {before}", n=people(7), before=say("the same 30 days last year, weekday for weekday"))
    assert ZH.text(sentence_from(sentence_to(said))) == ZH.text(said) == "去年同期（按星期对齐） 7"


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_the_catalogue_holds_every_sentence_and_no_other(language):
    known = {message.id: message.string for message in read_catalogue(language) if message.id}
    assert set(known) == set(messages.messages())
    assert [sentence for sentence, said in known.items() if not said] == []


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_a_translation_names_the_same_values(language):
    for message in read_catalogue(language):
        if message.id:
            assert set(re.findall(r"{(\w+)}", message.string)) == set(re.findall(r"{(\w+)}", message.id)), message.id


def test_english_sentences_hold_no_chinese():
    assert [sentence for sentence in messages.messages() if re.search(r"[\u4e00-\u9fff]", sentence)] == []


def test_sentences_are_found_where_they_are_said():
    assert messages.said('f(say("one {x}", x=say("two")))\nsay(name)\nother("three")') == ["one {x}", "two"]


def test_chinese_sentences_have_chinese_punctuation():
    told = [str(message.string) for message in read_catalogue("zh") if message.id]
    assert len(told) > 1_000
    assert [text for text in told if re.search("[\u4e00-\u9fff][,:;?!]|[,:;?!][\u4e00-\u9fff]", text)] == []
