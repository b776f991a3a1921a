"""A label map is read as the Object Detection API reads it, and stricter where that is careless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tod_ros.dataset.label_map import LabelMap, from_text, read_label_map, to_text, write_label_map
from tod_ros.errors import LabelMapError, TodError

ITEM = "item {{\n  id: {}\n  name: '{}'\n}}\n"
NAMES = st.text(min_size=1, max_size=12).filter(lambda s: s.isprintable() and s == s.strip())


@pytest.mark.parametrize(
    "text",
    [
        "item {\n  id: 1\n  name: 'one'\n}\nitem {\n  id: 2\n  name: 'two'\n}\n",
        "item{id:1 name:'one'}item{name:\"two\",id:2;}",
        "# digits\nitem: { name: 'one' id: 1 } # first\nitem < id: 2 name: 't' 'wo' >",
        "item { id: 2 name: 'two' } item { id: 1 name: '\\157ne' }",
        "\ufeffitem { id: 1 name: '/m/1' display_name: 'one' } item { id: 2 name: 'two'"
        " keypoints { id: 1 label: 'corner' } ancestor_ids: [3, 4] frequency: RARE }",
    ],
)
def test_every_way_to_write_it_reads_the_same(tmp_path, text):
    path = tmp_path / "label_map.pbtxt"
    path.write_text(text, encoding="utf-8")
    label_map = read_label_map(path)
    assert dict(label_map.names) == {1: "one", 2: "two"}
    assert dict(label_map.ids) == {"one": 1, "two": 2}
    assert len(label_map) == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "no classes"),
        ("itme { id: 1 name: 'one' }", 1, "did you mean 'item'"),
        ("item {\n  id: 1\n  nmae: 'one'\n}", 3, "unknown field 'nmae', did you mean 'name'?"),
        (ITEM.format(1, "one") + ITEM.format(1, "two"), 5, "id 1 is taken by 'one' already"),
        (ITEM.format(1, "one") + ITEM.format(2, "one"), 5, "class 'one' is on line 1 already"),
        (ITEM.format(0, "one"), 1, "ids start at 1 (0 is the background)"),
        (ITEM.format(-3, "one"), 1, "ids start at 1"),
        (ITEM.format("1.5", "one"), 2, "'1.5' where a whole number should be"),
        (ITEM.format(99999999999, "one"), 1, "over 2147483647"),
        (ITEM.format(1, ""), 1, "empty name"),
        (ITEM.format(1, " one"), 1, "spaces around it"),
        ("item {\n id: 1\n id: 2\n name: 'a' }", 3, "a second id in one item"),
        ("item {\n id: 1\n}", 1, "this item has no name"),
        ("item {\n name: 'one'\n}", 1, "this item has no id"),
        ("item {\n id: 1\n name: one\n}", 3, "'one' where a name in quotes should be"),
        ("item {\n id: 1\n name: 'one\n}", 3, "unexpected character"),
        ("item {\n id: 1\n name: 'one'\n", 4, "the end of the file where a field or '}'"),
        ("item { id: 1 name: '\\377' }", 1, "this name is not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, message):
    with pytest.raises(LabelMapError) as caught:
        from_text(text, source="map.pbtxt")
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"map.pbtxt, line {line}:" if line else "map.pbtxt:")


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(LabelMapError, match=r"none\.pbtxt: no such label map"):
        read_label_map(tmp_path / "none.pbtxt")
    (tmp_path / "binary.pbtxt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabelMapError, match="not a text file"):
        read_label_map(tmp_path / "binary.pbtxt")
    (tmp_path / "huge.pbtxt").write_bytes(b"#" * 1_000_001)
    with pytest.raises(LabelMapError, match="over 1 MB"):
        read_label_map(tmp_path / "huge.pbtxt")


def test_names_given_must_differ():
    with pytest.raises(LabelMapError, match="class 'one' is there twice"):
        LabelMap.from_names(["one", "two", "one"])


def test_it_cannot_be_changed():
    with pytest.raises(TypeError):
        LabelMap.from_names(["one"]).names[2] = "two"


@given(st.dictionaries(st.integers(1, 2**31 - 1), NAMES, min_size=1, max_size=6))
def test_what_is_written_reads_the_same(names):
    unique = {number: name for name, number in {n: i for i, n in names.items()}.items()}
    label_map = LabelMap(unique)
    assert from_text(to_text(label_map)) == label_map


def test_a_file_round_trip_makes_its_folder(tmp_path):
    label_map = LabelMap.from_names(["it's", 'a "quote"', "back\\slash", "é"])
    write_label_map(tmp_path / "training" / "label_map.pbtxt", label_map)
    assert read_label_map(tmp_path / "training" / "label_map.pbtxt") == label_map


PIECES = st.sampled_from(
    ["item", "{", "}", "id", ":", "1", "name", "'a'", "<", "[", "\\", "#", "\n"]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map(" ".join)))
def test_whatever_is_in_the_file_there_is_no_traceback(text):
    try:
        assert len(from_text(text)) >= 1
    except TodError as error:
        assert "\n" not in str(error)


@pytest.fixture
def both(tmp_path):
    """Write both files, and answer the path of label_map.pbtxt."""

    def write(pbtxt, txt):
        (tmp_path / "label_map.txt").write_text(txt)
        path = tmp_path / "label_map.pbtxt"
        path.write_text(pbtxt)
        return path

    return write


def test_the_lessons_label_map_beside_ours_must_say_the_same(both):
    path = both(ITEM.format(1, "one") + ITEM.format(2, "two"), "item{id:1 name:'one'}")
    with pytest.raises(LabelMapError) as caught:
        read_label_map(path)
    assert str(caught.value).startswith(
        f"{path}: has 1 one, 2 two, but {path.with_name('label_map.txt')} has 1 one; keep the one"
    )


@pytest.mark.parametrize(
    "txt", ["item { name: 'one' id: 1 }", "one\ntwo\n"], ids=["the same", "no label map at all"]
)
def test_one_that_says_the_same_or_is_none_does_no_harm(both, txt):
    assert dict(read_label_map(both(ITEM.format(1, "one"), txt)).names) == {1: "one"}
