"""YAML of others costs what its bytes cost: no name stands for a value, and no value is odd."""

import pytest

from tod_ros.plain_yaml import MOST_DIGITS, load_plain_yaml


def test_what_is_plain_is_taken():
    text = "names: [one, 'two', yes, 0x10, ~]\npath: {deep: [1.5, 2020-02-29]}\n"
    value = load_plain_yaml(text)
    assert value["names"] == ["one", "two", True, 16, None]
    assert load_plain_yaml("") is None


def merging(levels: int) -> str:
    """Each level merges the one before thirty times: 30 ** levels values in the end."""
    lines = ["a0: &a0 {k: v}"]
    for level in range(1, levels + 1):
        names = ", ".join([f"*a{level - 1}"] * 30)
        lines.append(f"a{level}: &a{level}\n  <<: [{names}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (merging(12), "line 3: aliases"),
        ("a: {<<: {b: 1}, c: 2}", "line 1: merge keys"),
        ("- &a [1]\n- *a", "line 2: aliases"),
        ("&a [*a]", "line 1: aliases"),
        ("1" * (MOST_DIGITS + 1), "a number of 401 digits"),
        ("[" * 100_000, "nested too deeply"),
        ("2020-99-99", "month must be in"),
        ("!!python/object:os.system {}", "line 1: could not determine a constructor"),
        ("a: 1\nb: [", "line 2: "),
        ("? [a]\n: b", "line 1: found unhashable key"),
        ("a: \x00", "not to be read"),
        ("=", "line 1: could not determine a constructor"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text, said):
    with pytest.raises(ValueError, match=said):
        load_plain_yaml(text)
