"""Pascal VOC XML: labelImg's own layout out, whatever is sound in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tod_ros.annotation import Annotation, Box
from tod_ros.dataset.formats.pascal_voc import read_voc, to_voc_text, write_voc
from tod_ros.errors import AnnotationError, TodError

TWO_CUBES = Annotation(
    "image001.png", (640, 480), (Box("two", 445, 132, 601, 277), Box("one", 31, 118, 180, 270))
)
LABELIMG = """<annotation>
	<folder>train</folder>
	<filename>image001.png</filename>
	<path>image001.png</path>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>640</width>
		<height>480</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>two</name>
		<pose>Unspecified</pose>
		<truncated>0</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>445</xmin>
			<ymin>132</ymin>
			<xmax>601</xmax>
			<ymax>277</ymax>
		</bndbox>
	</object>
	<object>
		<name>one</name>
		<pose>Unspecified</pose>
		<truncated>0</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>31</xmin>
			<ymin>118</ymin>
			<xmax>180</xmax>
			<ymax>270</ymax>
		</bndbox>
	</object>
</annotation>
"""
SOUND = (
    "<annotation><size><width>640</width><height>480</height></size><object><name>two</name>"
    "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
    "</annotation>"
)


def test_it_is_written_as_labelimg_writes_it(tmp_path):
    path = tmp_path / "train" / "image001.xml"
    path.parent.mkdir()
    write_voc(path, TWO_CUBES)
    assert path.read_text() == LABELIMG
    assert read_voc(path) == TWO_CUBES


def test_children_in_another_order_and_floats_read_the_same(tmp_path):
    path = tmp_path / "other.xml"
    path.write_text(
        "<?xml version='1.0'?><annotation verified='yes'><object><bndbox><ymax>277.0</ymax>"
        "<xmin> 445.5 </xmin><xmax>601</xmax><ymin>1.32e2</ymin></bndbox><difficult>1</difficult>"
        "<part><name>hand</name><bndbox><xmin>0</xmin></bndbox></part><name>\n two </name></object>"
        "<size><depth>3</depth><height>480.0</height><width>640</width></size>"
        "<filename>a.png</filename></annotation>"
    )
    box = Box("two", 445.5, 132, 601, 277, difficult=True)
    assert read_voc(path) == Annotation("a.png", (640, 480), (box,))


def test_no_objects_is_a_negative(tmp_path):
    path = tmp_path / "empty.xml"
    write_voc(path, Annotation("empty.png", (64, 48)))
    assert read_voc(path).boxes == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "broken XML"),
        ("no xml", "broken XML"),
        (SOUND[:100], "broken XML"),
        (SOUND + "<more/>", "broken XML"),
        ("<?xml version='1.0' encoding='klingon'?><annotation/>", "broken XML"),
        ("<html><body>hello</body></html>", "starts with <html>, not with <annotation>"),
        ("<annotation/>", "the picture has no <size>"),
        (SOUND.replace("<width>640</width>", ""), "size: <width> is '', not a number"),
        (SOUND.replace("640", "wide"), "size: <width> is 'wide', not a number"),
        (SOUND.replace("640", "640.5"), "size: <width> is 640.5, not a number of pixels"),
        (SOUND.replace("<name>two</name>", ""), "object 1 has no <name>"),
        (SOUND.replace("two", " "), "object 1 has no <name>"),
        (SOUND.replace("bndbox", "box"), "object 1 (two) has no <bndbox>"),
        (SOUND.replace("<xmax>30", "<xmax>"), "object 1: <xmax> is '', not a number"),
        (SOUND.replace(">30<", ">nan<"), "object 1: <xmax> is 'nan', not a number"),
        (SOUND.replace(">30<", ">1e999<"), "object 1: <xmax> is '1e999', not a number"),
        (
            SOUND.replace("<bndbox>", "<difficult>perhaps</difficult><bndbox>"),
            "<difficult> is 'perhaps', neither 0 nor 1",
        ),
        (
            '<!DOCTYPE a [<!ENTITY b "x">]>' + SOUND.replace("two", "&b;"),
            "declares entities, which no annotation needs",
        ),
        ("<annotation>" + "<a>" * 50 + "</a>" * 50 + "</annotation>", "nested over 20 deep"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file(tmp_path, text, message):
    path = tmp_path / "bad.xml"
    path.write_text(text)
    with pytest.raises(AnnotationError) as caught:
        read_voc(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", " ", "a\nb", " one", "\x00", "\ud800", "\uffff"])
def test_names_that_xml_cannot_hold_are_refused(name):
    with pytest.raises(AnnotationError):
        to_voc_text(Annotation("a.png", (64, 48), (Box(name, 1, 2, 3, 4),)))


NAMES = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=9).filter(
    lambda s: s == s.strip() and not set(s) & {"\ufffe", "\uffff"}
)
NUMBERS = st.one_of(st.integers(-9, 9999), st.floats(-1e6, 1e6))
BOXES = st.builds(Box, NAMES, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.booleans(), st.booleans())
ANNOTATIONS = st.builds(
    Annotation,
    NAMES,
    st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)),
    st.lists(BOXES, max_size=4).map(tuple),
)


@given(ANNOTATIONS)
def test_what_is_written_reads_the_same(tmp_path, annotation):
    path = tmp_path / "a.xml"
    write_voc(path, annotation)
    assert read_voc(path) == annotation


TAGS = ["annotation", "object", "size", "width", "name", "bndbox", "xmin", "&lt;", "&b;", "]]>"]
PIECES = st.sampled_from(
    [f"<{t}>" for t in TAGS] + [f"</{t}>" for t in TAGS] + ["1", "-2.5", "one"]
)


@given(
    st.one_of(
        st.binary(max_size=80),
        st.lists(PIECES, max_size=20).map(lambda p: "".join(p).encode()),
        st.tuples(st.integers(0, len(SOUND)), st.binary(max_size=6)).map(
            lambda cut: SOUND.encode()[: cut[0]] + cut[1] + SOUND.encode()[cut[0] + 3 :]
        ),
    )
)
def test_whatever_is_in_the_file_there_is_no_traceback(tmp_path, content):
    path = tmp_path / "fuzz.xml"
    path.write_bytes(content)
    try:
        assert isinstance(read_voc(path), Annotation)
    except TodError as error:
        assert "\n" not in str(error)
