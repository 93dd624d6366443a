import itertools
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.clinic.pseudonym_words import FIRST, SECOND
from imutrack.clinic.pseudonyms import check_number, is_valid, normalise, suggest
from imutrack.errors import SettingsError

ANY = st.tuples(st.sampled_from(FIRST), st.sampled_from(SECOND)).map(
    lambda words: f"{words[0]}-{words[1]}-{check_number(*words)}"
)


def one_slip(word):
    """Every text that one wrong, missing or added letter, or two swapped neighbours, makes of a word."""
    letters, cuts = string.ascii_lowercase, [(word[:i], word[i:]) for i in range(len(word) + 1)]
    wrong = {a + letter + b[1:] for a, b in cuts if b for letter in letters}
    missing = {a + b[1:] for a, b in cuts if b}
    added = {a + letter + b for a, b in cuts for letter in letters}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return (wrong | missing | added | swapped) - {word}


def distance(one, other):
    """Slips from one word to another (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(row[j - 1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def test_the_words_are_short_plain_and_no_two_are_alike():
    words = FIRST + SECOND
    assert len(set(words)) == len(words)
    assert all(word.isascii() and word.islower() and word.isalpha() and 4 <= len(word) <= 7 for word in words)
    assert len(FIRST) * len(SECOND) > 40_000


def test_no_slip_turns_a_word_into_another():
    words = set(FIRST + SECOND)
    for word in words:
        assert not one_slip(word) & words, word


@pytest.mark.parametrize("words", [FIRST, SECOND], ids=["first", "second"])
def test_two_words_that_look_alike_never_have_the_same_number(words):
    for one, other in itertools.combinations(words, 2):
        if abs(len(one) - len(other)) <= 2 and distance(one, other) <= 2:
            assert check_number(one, SECOND[0]) != check_number(other, SECOND[0])
            assert check_number(FIRST[0], one) != check_number(FIRST[0], other)


@given(ANY, st.data())
def test_one_wrong_letter_or_two_swapped_ones_are_caught(pseudonym, data):
    where = data.draw(st.integers(0, len(pseudonym) - 1))
    other = data.draw(st.integers(0, len(pseudonym) - 1))
    letters = list(pseudonym)
    if data.draw(st.booleans()):
        letters[where], letters[other] = letters[other], letters[where]
    else:
        letters[where] = data.draw(st.sampled_from(string.ascii_lowercase + string.digits))
    slipped = "".join(letters)
    assert is_valid(slipped) == (slipped == pseudonym)


@given(ANY, st.sampled_from(string.ascii_lowercase), st.integers(0, 6), st.integers(0, 6))
def test_the_number_alone_catches_a_wrong_letter_and_any_two_swapped_ones(pseudonym, letter, where, other):
    first, second, number = pseudonym.split("-")
    where, other = where % len(first), other % len(first)
    wrong = first[:where] + letter + first[where + 1 :]
    swapped = list(first)
    swapped[where], swapped[other] = swapped[other], swapped[where]
    for slip in (wrong, "".join(swapped)):
        assert (check_number(slip, second) == int(number)) == (slip == first)


def test_the_words_the_other_way_round_are_no_pseudonym():
    assert is_valid("otter-maple-47")
    assert not is_valid(f"maple-otter-{check_number('maple', 'otter')}")


@pytest.mark.parametrize("text", ["", "otter", "otter-maple", "otter-maple-4", "otter-maple-047", "otter-maple-47-1",
                                  "Jane Smith", "otter-maple-x7", "öttêr-maple-47", "--", "0"])  # fmt: skip
def test_what_is_no_pseudonym_is_not_valid(text):
    assert not is_valid(text)


@given(st.text())
def test_any_text_is_judged_without_an_error(text):
    assert is_valid(text) in (True, False)


@pytest.mark.parametrize(
    "typed", ["OTTER-MAPLE-47", " otter  maple 47", "Otter_maple_47", "otter–maple—47", "otter - maple - 47"]
)
def test_case_and_what_stands_between_do_not_matter(typed):
    assert normalise(typed) == "otter-maple-47"
    assert is_valid(typed)


def test_every_number_has_two_digits_and_they_are_spread():
    numbers = [check_number(first, second) for first in FIRST for second in SECOND]
    assert min(numbers) >= 10
    assert max(numbers) <= 99
    assert len(set(numbers)) == 89


def test_ten_thousand_are_issued_without_a_clash():
    taken, rng = set(), random.Random(20260225)  # noqa: S311 - repeatable
    for _ in range(10_000):
        pseudonym = suggest(taken, rng)
        assert pseudonym not in taken
        taken.add(pseudonym)
    assert all(map(is_valid, taken))


def test_patients_of_a_small_clinic_share_no_word():
    taken = set()
    for _ in range(100):
        taken.add(suggest(taken))
    words = [word for pseudonym in taken for word in pseudonym.split("-")[:2]]
    assert len(set(words)) == len(words)


def test_the_last_free_pseudonym_is_found_and_then_it_is_said_that_none_is_left():
    every = {f"{first}-{second}-{check_number(first, second)}" for first in FIRST for second in SECOND}
    assert suggest(every - {"otter-maple-47"}) == "otter-maple-47"
    with pytest.raises(SettingsError, match=f"all {len(every)} pseudonyms are taken"):
        suggest(every)
