"""Nothing is written outside the folder, whatever an archive says."""

import gzip
import io
import os
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_server import FILES, NAME, archive

from tod_ros.errors import TodError, ZooError
from tod_ros.models.unpacking import unpack


def member(name, kind=tarfile.REGTYPE, size=0, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return info


@pytest.fixture
def room(tmp_path):
    """Where to unpack, deep enough that ../ would land in tmp_path."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    return tmp_path / "a" / "b"


def outside(room):
    return [p for p in room.parent.parent.rglob("*") if p.is_file() and room not in p.parents]


def given_archive(tmp_path, content):
    path = tmp_path / "network.tar.gz"
    path.write_bytes(content)
    return path


def test_a_network_is_unpacked_whole(tmp_path, room):
    unpack(given_archive(tmp_path, archive()), room, folder=NAME)
    for path, content in FILES.items():
        assert (room / NAME / path).read_bytes() == content


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (member("/etc/evil"), "holds '/etc/evil', a path outside its folder"),
        (member(f"{NAME}/../../evil"), "a path outside its folder"),
        (member("../evil"), "a path outside its folder"),
        (member("evil"), "holds 'evil', not only the folder 'ssd_tiny'"),
        (member(f"{NAME}/l", tarfile.SYMTYPE, link="/etc/passwd"), "is a link, a device or the"),
        (member(f"{NAME}/l", tarfile.LNKTYPE, link="/etc/passwd"), "is a link, a device or the"),
        (member(f"{NAME}/d", tarfile.CHRTYPE), "is a link, a device or the like"),
        (member(f"{NAME}/p", tarfile.FIFOTYPE), "is a link, a device or the like"),
        (member(f"{NAME}/pipeline.config", size=1), "holds 'ssd_tiny/pipeline.config' twice"),
        (member(NAME, size=1), "holds 'ssd_tiny' twice"),
        (member(f"{NAME}/pipeline.config/x", size=1), "cannot be unpacked"),
        (member(f"{NAME}/" + "x" * 300, size=1), "cannot be unpacked"),
    ],
)
def test_what_no_network_holds_is_refused_by_name(tmp_path, room, more, message):
    path = given_archive(tmp_path, archive(more=[more]))
    with pytest.raises(ZooError) as caught:
        unpack(path, room, folder=NAME)
    assert message in str(caught.value)
    assert outside(room) == [path]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda b: b[: len(b) // 2], "the archive is cut off"),
        (lambda b: b[:-4], "the archive is cut off"),
        (lambda b: b[:500_000] + b"\0" + b[500_001:], "broken archive"),
        (lambda b: b"<html>", "broken archive"),
        (lambda b: b"", "broken archive"),
        (lambda b: gzip.compress(b"not a tar at all" * 100), "broken archive"),
    ],
)
def test_damage_is_noticed(tmp_path, room, damage, message):
    with pytest.raises(ZooError, match=message):
        unpack(given_archive(tmp_path, damage(archive())), room, folder=NAME)


def test_a_bomb_ends_before_the_disk_is_full(tmp_path, room):
    path = given_archive(tmp_path, gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(ZooError, match=r"unpacks to over 0\.0 GB|broken archive"):
        unpack(path, room, folder=NAME, max_bytes=1_000_000)
    content = archive({"zeros": b"\0" * 5_000_000})
    with pytest.raises(ZooError, match="unpacks to over"):
        unpack(given_archive(tmp_path, content), room, folder=NAME, max_bytes=1_000_000)


def test_far_more_than_its_own_size_is_a_bomb_whatever_the_limit(tmp_path, room):
    content = gzip.compress(gzip.decompress(archive({"zeros": bytes(70_000_000)})), 1)
    with pytest.raises(ZooError, match=r"unpacks to over 0\.1 GB"):
        unpack(given_archive(tmp_path, content), room, folder=NAME)


def test_no_mode_of_an_archive_is_taken_over(tmp_path, room):
    program = member(f"{NAME}/run", size=2)
    program.mode = 0o4777
    unpack(given_archive(tmp_path, archive(more=[program])), room, folder=NAME)
    assert (room / NAME / "run").stat().st_mode & 0o7111 == 0


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_a_header_that_claims_gigabytes_is_not_read(tmp_path, room, kind):
    header = member("x", kind, size=4 * 1024**3).tobuf(tarfile.GNU_FORMAT)
    path = given_archive(tmp_path, gzip.compress(header + b"\0" * 100_000))
    with pytest.raises(ZooError, match="a header larger than any honest one"):
        unpack(path, room, folder=NAME)


def test_many_tiny_files_are_bounded(tmp_path, room):
    content = archive(more=[member(f"{NAME}/{n}", tarfile.DIRTYPE) for n in range(1000)])
    with pytest.raises(ZooError, match="over 1000 files"):
        unpack(given_archive(tmp_path, content), room, folder=NAME)


PLAIN = gzip.decompress(archive({"pipeline.config": b"model {}", "b/c": b"1234"}))
PATHS = [NAME, f"{NAME}/a", "../x", "/x", "", ".", "a/../../x", f"{NAME}/a\0b", "..", "\udcff"]
NAMES = st.sampled_from(PATHS)
KINDS = st.sampled_from(
    [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, b"S", b"L", b"x", b"g", b"Z"]
)
MEMBERS = st.builds(member, NAMES, KINDS, st.integers(0, 4000), NAMES)


def built(members):
    held = io.BytesIO()
    for info in members:
        held.write(info.tobuf(tarfile.GNU_FORMAT, errors="surrogateescape"))
        held.write(b"1" * (-(-info.size // 512) * 512 if info.isreg() else 0))
    return held.getvalue() + b"\0" * 1024


@settings(max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=2000),
        st.lists(MEMBERS, max_size=4).map(built),
        st.tuples(st.integers(0, len(PLAIN)), st.binary(max_size=9)).map(
            lambda cut: PLAIN[: cut[0]] + cut[1] + PLAIN[cut[0] + len(cut[1]) :]
        ),
    ),
    st.booleans(),
)
def test_whatever_is_in_the_archive_there_is_no_traceback_and_nothing_outside(
    tmp_path, room, plain, compressed
):
    path = given_archive(tmp_path, gzip.compress(plain, 1) if compressed else plain)
    try:
        unpack(path, room, folder=NAME)
    except TodError as error:
        assert "\n" not in str(error)
    assert outside(room) == [path]
    assert all(p.name == NAME for p in room.iterdir())


def test_zeros_behind_an_archive_are_not_read_one_by_one_for_hours(tmp_path, room):
    path = given_archive(tmp_path, archive())
    os.truncate(path, 8 * 1024**3)
    with pytest.raises(ZooError, match="padded with zeros"):
        unpack(path, room, folder=NAME)
