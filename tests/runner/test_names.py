"""Suggestions for mistyped names."""

from runner import names


def test_the_nearest_name_comes_first_whatever_its_case():
    assert names.nearest("Custmer_ID", ["amount", "customer_id", "customer_name"])[0] == "customer_id"


def test_the_name_that_holds_the_word_is_offered():
    assert names.nearest("seg", ["customer_segments", "amount"]) == ["customer_segments"]


def test_nothing_near_is_no_suggestion():
    assert names.did_you_mean("zzz", ["amount", "id"]) == ""


def test_suggestions_read_like_a_sentence():
    assert names.did_you_mean("colur", ["colour", "color"]) == "did you mean 'colour' or 'color'?"
