"""Segments are named by what stands out most, each name once, in words a shop uses."""

import pandas as pd
import pytest
from shopkeeper.customers.segment_names import in_words, name_segments, trait_words
from shopkeeper.report.words import Words

EN, ZH = Words("en", "CNY"), Words("zh", "CNY")


def traits(**columns):
    """Segments × traits, of question__choice=[lift of each segment]."""
    table = pd.DataFrame(columns)
    table.columns = pd.MultiIndex.from_tuples([tuple(name.split("__")) for name in table.columns])
    return table


def keys(table):
    return [name.key for name in name_segments(table)]


def test_the_largest_lift_takes_the_name_and_the_next_segment_takes_its_own_second():
    both_new = traits(new__yes=[0.9, 1.2], discount__deep=[0.8, 0.3])
    assert keys(both_new) == ["discount", "explorers"]
    assert [ZH.text(name.name) for name in name_segments(both_new)] == ["折扣敏感者", "新品探索家"]


def test_a_segment_in_which_nothing_stands_out_is_everyday_and_no_name_is_given_twice():
    flat = traits(new__yes=[0.9, 0.1, 0.2], discount__deep=[0.0, 0.2, 0.1])
    assert keys(flat) == ["explorers", "everyday", "everyday_2"]


def test_character_comes_before_taste_and_taste_before_the_hour():
    table = traits(reading__yes=[0.3, 0.0, 0.0], category__tea=[2.0, 0.4, 0.0], hour__evening=[3.0, 3.0, 0.5])
    assert keys(table) == ["researchers", "category: tea", "evening"]
    assert EN.text(name_segments(table)[1].name) == "Mostly tea"


def test_what_sets_a_segment_apart_is_told_in_words_the_strongest_first():
    told = in_words(traits(new__yes=[0.9, 0.0], basket__large=[1.1, 0.1]))
    assert [EN.text(each) for each in told] == ["fill the basket, buy what is new", "like most customers"]


@pytest.mark.parametrize(("lift", "key"), [(0.25, "explorers"), (0.249, "everyday"), (-3.0, "everyday")])
def test_a_segment_is_named_for_what_stands_out_by_a_quarter_of_a_standard_deviation(lift, key):
    table = traits(new__yes=[lift], new__no=[-lift])
    assert keys(table) == [key]
    assert (EN.text(in_words(table)[0]) == "buy what is new") == (key == "explorers")


def test_two_traits_of_one_name_are_given_to_one_segment():
    assert keys(traits(rhythm__regular=[1.0, 0.0], event__no=[0.0, 0.9])) == ["regulars", "everyday"]


def test_of_segments_that_stand_out_alike_the_first_takes_the_name():
    assert keys(traits(new__yes=[0.5, 0.5], discount__deep=[0.4, 0.4])) == ["explorers", "discount"]


def test_an_attributes_value_is_a_taste_in_the_shops_own_words_and_no_other_question_is():
    table = pd.DataFrame([[0.9, 2.0], [0.0, 2.0]])
    table.columns = pd.MultiIndex.from_tuples([("attribute: skin", "dry"), ("mood", "good")])
    first, second = name_segments(table)
    assert (first.key, EN.text(first.name), EN.text(first.offer)) == (
        "attribute: skin: dry",
        "Mostly dry",
        "what is new in dry",
    )
    assert (second.key, EN.text(second.name)) == ("everyday", "Everyday buyers")


def test_three_traits_are_told_at_most_and_small_categories_have_words_of_their_own():
    told = in_words(traits(new__yes=[0.3], discount__deep=[0.4], event__yes=[0.5], category__tea=[0.6]))
    assert EN.text(told[0]) == "tea, buy on promotion days, buy deep below the usual price"
    assert EN.text(trait_words("category", "…")) == "buy in small categories"
