"""A download goes on where it stopped, and is never taken for whole when it is not."""

import contextlib
import datetime
import errno
import http.server
import io
import ipaddress
import os
import ssl
import threading

import pytest
from zoo_server import archive, serving

from tod_ros.errors import ZooError
from tod_ros.models.download import MAX_BYTES, download

WHOLE = archive()


@pytest.fixture
def zoo():
    with serving(WHOLE) as server:
        yield server


@pytest.fixture
def part(tmp_path):
    return tmp_path / ".ssd_tiny.tar.gz.part"


@pytest.mark.parametrize("kind", ["fifo", "folder", "device", "gone"])
def test_a_file_address_is_one_of_a_plain_file(kind, part, tmp_path):
    path = {"device": "/dev/zero", "folder": tmp_path}.get(kind, tmp_path / "there.tar.gz")
    if kind == "fifo":
        os.mkfifo(path)
    with pytest.raises(ZooError, match="cannot be read|no such file"):
        download(f"file://{path}", part)
    assert not part.exists()


def test_it_is_fetched_whole_with_progress(zoo, part):
    steps = []
    download(zoo.url, part, on_bytes=lambda done, total: steps.append((done, total)))
    assert part.read_bytes() == WHOLE
    assert steps[0] == (0, len(WHOLE)) and steps[-1] == (len(WHOLE), len(WHOLE))
    assert steps == sorted(steps)


def test_a_connection_that_drops_is_taken_up_again(zoo, part):
    zoo.drop_after = [300_000, 300_000]
    download(zoo.url, part)
    assert part.read_bytes() == WHOLE
    assert zoo.asked == [None, "bytes=300000-", "bytes=600000-"]


def test_a_server_that_fails_for_a_moment_is_asked_again(zoo, part):
    zoo.statuses = [503, 500]
    download(zoo.url, part)
    assert part.read_bytes() == WHOLE


def test_when_it_stays_away_the_part_stays_and_the_next_call_goes_on(zoo, part):
    zoo.drop_after = [200_000, 0, 0, 0]
    with pytest.raises(ZooError, match=r"0\.2 MB are there; run the same command again to go on"):
        download(zoo.url, part, attempts=2)
    assert part.stat().st_size == 200_000
    zoo.drop_after, zoo.asked = [], []
    download(zoo.url, part)
    assert zoo.asked == ["bytes=200000-"]
    assert part.read_bytes() == WHOLE


def test_a_server_without_ranges_sends_it_all_again(zoo, part):
    zoo.ranges = False
    zoo.drop_after = [300_000]
    download(zoo.url, part)
    assert part.read_bytes() == WHOLE


def test_another_file_under_the_same_address_is_fetched_from_its_start(zoo, part):
    zoo.drop_after = [300_000, 0]
    with pytest.raises(ZooError):
        download(zoo.url, part, attempts=1)
    zoo.content, zoo.etag, zoo.drop_after = (
        archive({"pipeline.config": b"new" * 200_000}),
        '"2"',
        [],
    )
    download(zoo.url, part)
    assert part.read_bytes() == zoo.content


def test_a_part_of_another_address_is_not_gone_on_with(zoo, part):
    zoo.drop_after = [300_000, 0]
    with pytest.raises(ZooError):
        download(zoo.url, part, attempts=1)
    zoo.drop_after = []
    download(zoo.url + "?mirror", part)
    assert part.read_bytes() == WHOLE


def test_a_download_that_was_whole_already_is_not_repeated(zoo, part):
    download(zoo.url, part)
    download(zoo.url, part)
    assert part.read_bytes() == WHOLE


def test_a_file_shorter_than_the_server_said_is_not_whole(zoo, part):
    zoo.claimed_length = len(WHOLE) + 1000
    with pytest.raises(ZooError, match="run the same command again"):
        download(zoo.url, part, attempts=1)


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/gzip"])
def test_a_web_page_is_no_archive(zoo, part, content_type):
    zoo.content, zoo.content_type = b"<!doctype html><title>Log in</title>", content_type
    with pytest.raises(ZooError, match="answers with a web page, not with an archive"):
        download(zoo.url, part)
    assert not part.exists() or part.stat().st_size == 0


def test_what_is_not_there_is_not_asked_for_again(zoo, part):
    zoo.statuses = [404, 404]
    with pytest.raises(ZooError, match="the server answers 404 Not Found"):
        download(zoo.url, part)
    assert len(zoo.asked) == 1


def test_no_server_and_no_address_are_one_line(part):
    with pytest.raises(ZooError, match="cannot be reached"):
        download("http://127.0.0.1:9/x.tar.gz", part, attempts=1)
    with pytest.raises(ZooError, match="not an address"):
        download("no address", part)


class FullDisk(io.BytesIO):
    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_says_so(zoo, part, monkeypatch):
    monkeypatch.setattr("tod_ros.models.download.open_in_place", lambda path: FullDisk())
    with pytest.raises(ZooError, match="the disk is full; make room, then run the same command"):
        download(zoo.url, part)
    assert len(zoo.asked) == 1


def test_nothing_is_written_through_a_link(zoo, part, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.symlink_to(victim)
    with pytest.raises(ZooError, match=r"part: .*is a link"):
        download(zoo.url, part)
    assert victim.read_text() == "precious"


def test_more_than_any_network_is_refused_before_it_is_written(zoo, part):
    zoo.claimed_length = MAX_BYTES + 1
    with pytest.raises(ZooError, match="over 8 GB, this is no network of the zoo"):
        download(zoo.url, part)
    assert not part.exists()


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(tmp_path, part):
    with with_own_certificate(tmp_path) as url, pytest.raises(ZooError) as caught:
        download(url, part)
    assert "its certificate cannot be verified (self" in str(caught.value)
    assert not part.exists()


@contextlib.contextmanager
def with_own_certificate(folder):
    """The address of a server over https whose certificate it has made itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "127.0.0.1")])
    day, now = datetime.timedelta(days=1), datetime.datetime.utcnow()
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
    signed = made.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    content = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(content + signed.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/ssd_tiny.tar.gz"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
