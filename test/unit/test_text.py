"""A wrong name is answered with the nearest right one, or with all of them."""

import pytest

from tod_ros.text import did_you_mean, one_line, shown


@pytest.mark.parametrize(
    "name, known, answer",
    [
        ("min_scor", ["min_score", "model"], ", did you mean 'min_score'?"),
        ("zzz", ["two", "one"], " (known: one, two)"),
        (3, ["one"], " (known: one)"),
    ],
)
def test_did_you_mean(name, known, answer):
    assert did_you_mean(name, known) == answer


def test_what_others_say_of_a_file_is_put_on_one_printable_line():
    assert one_line("bad\n  number\x00\x1b[2J") == "bad number??[2J"
    assert one_line("a" * 999, most=30) == "a" * 30
    assert shown("a" * 999) == repr("a" * 60) + "..."
    assert shown("one\n") == "'one\\n'"
