"""A network is in pre-trained/ whole or not at all, recorded, and checked the next time."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from zoo_server import FILES, NAME, archive, serving

from tod_ros.cli import command as cli
from tod_ros.errors import ZooError
from tod_ros.models.installation import get
from tod_ros.models.networks import is_network
from tod_ros.models.zoo_record import read_record

WHOLE = archive()
SHA256 = hashlib.sha256(WHOLE).hexdigest()


@pytest.fixture
def zoo():
    with serving(WHOLE) as server:
        yield server


@pytest.fixture
def pre_trained(tmp_path):
    return tmp_path / "pre-trained"


def visible(folder):
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def test_it_is_fetched_unpacked_and_recorded(zoo, pre_trained):
    installed = get(NAME, zoo.url, pre_trained)
    assert installed.fetched and installed.sha256 == SHA256
    for path, content in FILES.items():
        assert (pre_trained / NAME / path).read_bytes() == content
    assert visible(pre_trained) == [NAME, "zoo.json"]
    assert not list(pre_trained.glob(".*.part*")) + list(pre_trained.glob(".*.unpacking"))
    recorded = read_record(pre_trained)[NAME]
    assert recorded["sha256"] == SHA256 and recorded["url"] == zoo.url
    assert sorted(recorded["files"]) == sorted(FILES)


def test_what_is_there_is_not_fetched_again_but_checked(zoo, pre_trained):
    get(NAME, zoo.url, pre_trained)
    again = get(NAME, zoo.url, pre_trained)
    assert not again.fetched and again.sha256 == SHA256
    assert len(zoo.asked) == 1
    (pre_trained / NAME / "checkpoint/ckpt-0.index").write_bytes(b"other")
    with pytest.raises(ZooError, match=r"changed since it was downloaded: checkpoint/ckpt"):
        get(NAME, zoo.url, pre_trained)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive(name="other"), "not only the folder 'ssd_tiny'"),
        (archive({"readme": b"hello"}), "the archive holds no ssd_tiny/pipeline.config"),
        (WHOLE[:-2000], "the archive is cut off"),
    ],
)
def test_what_is_no_network_leaves_nothing(zoo, pre_trained, content, message):
    zoo.content = content
    with pytest.raises(ZooError) as caught:
        get(NAME, zoo.url, pre_trained)
    assert message in str(caught.value) and zoo.url in str(caught.value)
    assert os.listdir(pre_trained) == [f".{NAME}.lock"]


def test_another_sha256_than_asked_for_is_not_unpacked(zoo, pre_trained):
    with pytest.raises(ZooError, match=f"has sha256 {SHA256}, not {'0' * 64}; nothing was unpack"):
        get(NAME, zoo.url, pre_trained, sha256="0" * 64)
    assert visible(pre_trained) == []
    assert get(NAME, zoo.url, pre_trained, sha256=SHA256.upper()).fetched
    with pytest.raises(ZooError, match=f"was downloaded with sha256 {SHA256}, not"):
        get(NAME, zoo.url, pre_trained, sha256="0" * 64)


def test_another_file_than_last_time_is_not_unpacked_unless_trusted(zoo, pre_trained):
    get(NAME, zoo.url, pre_trained)
    (pre_trained / NAME).rename(pre_trained / "moved_away")
    zoo.content = archive({**FILES, "pipeline.config": b"changed"})
    with pytest.raises(ZooError, match=f"but had {SHA256} last time; nothing was unpacked"):
        get(NAME, zoo.url, pre_trained)
    trusted = hashlib.sha256(zoo.content).hexdigest()
    assert get(NAME, zoo.url, pre_trained, sha256=trusted).fetched


@pytest.mark.parametrize("sha256", ["", "12", "g" * 64])
def test_a_sha256_that_is_none_is_refused_before_anything(zoo, pre_trained, sha256):
    with pytest.raises(ZooError, match="must be 64 hexadecimal digits"):
        get(NAME, zoo.url, pre_trained, sha256=sha256)
    assert zoo.asked == []


def test_a_folder_that_is_no_network_is_named(zoo, pre_trained):
    (pre_trained / NAME).mkdir(parents=True)
    with pytest.raises(ZooError, match=r"is there, but holds no pipeline\.config"):
        get(NAME, zoo.url, pre_trained)


CHILD = "import sys; from tod_ros import cli; sys.exit(cli.main(sys.argv[1:]))"


@pytest.mark.parametrize("moment", ["download", "unpacking"])
def test_killed_at_any_time_nothing_is_under_the_name_and_the_next_call_ends_it(
    zoo, tmp_path, pre_trained, moment
):
    if moment == "download":
        zoo.claimed_length = len(WHOLE) + 10**9  # never complete: it waits, and asks again
        zoo.drop_after = [500_000] * 1000
    else:
        zoo.content = archive({**FILES, **{f"more/{n}": b"x" * 5000 for n in range(900)}})
    words = ["zoo", "get", NAME, "--from", zoo.url, "--workspace", str(tmp_path)]
    child = subprocess.Popen([sys.executable, "-c", CHILD, *words], stderr=subprocess.PIPE)
    wanted = {"download": f".{NAME}.tar.gz.part", "unpacking": f".{NAME}.unpacking/{NAME}"}[moment]
    deadline = time.monotonic() + 60
    while not (pre_trained / wanted).exists() and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert NAME not in os.listdir(pre_trained) or is_network(pre_trained / NAME)
    zoo.claimed_length, zoo.drop_after = None, []
    assert get(NAME, zoo.url, pre_trained).folder == pre_trained / NAME
    assert is_network(pre_trained / NAME)
    assert not list(pre_trained.glob(".*.unpacking")) + list(pre_trained.glob(".*.part*"))


def test_the_command_takes_a_file_and_answers_json(tmp_path, capsys):
    path = tmp_path / "somewhere.tar.gz"
    path.write_bytes(WHOLE)
    words = ["zoo", "get", NAME, "--from", str(path), "--workspace", str(tmp_path), "--json"]
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "folder": str(tmp_path / "pre-trained" / NAME),
        "sha256": SHA256,
    }
    assert captured.err == ""
    assert cli.main(["zoo", "list", "--workspace", str(tmp_path), "--json"]) == 0
    row = {r["name"]: r for r in json.loads(capsys.readouterr().out)}[NAME]
    assert row["installed"] == str(tmp_path / "pre-trained" / NAME)


def test_the_command_says_once_that_plain_http_vouches_for_nothing(zoo, tmp_path, capsys):
    words = ["zoo", "get", NAME, "--from", zoo.url, "--workspace", str(tmp_path)]
    assert cli.main(words) == 0
    assert capsys.readouterr().err.count("plain http") == 1
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == "" and "is already in" in captured.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["sdd_mobilenet_v2_320x320_coco17_tpu-8"],
            "did you mean 'ssd_mobilenet_v2_320x320",
        ),
        (["quite_unlike"], "no network 'quite_unlike' in the zoo: `tod zoo list` shows all"),
        (["../evil", "--from", "http://127.0.0.1:9/x"], "'../evil' is no name of a network"),
        (["x", "--from", "none.tar.gz"], "--from none.tar.gz: no such file"),
        (["x", "--from", "ftp://host/x"], "must be http, https, file or a path"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, words, message):
    assert cli.main(["zoo", "get", *words, "--workspace", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert message in err and len(err.splitlines()) == 1
