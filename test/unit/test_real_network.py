"""What tools/real_network.py says where its package cannot be had."""

import stat

import pytest
import real_network


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """An npm that does what it is told, in place of the real one."""

    def install(script):
        program = tmp_path / "bin/npm"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return install


@pytest.mark.parametrize(
    "script, reason",
    [
        ("echo npm ERR! network is down >&2; exit 1", "cannot fetch .*network is down"),
        ("exit 0", "cannot fetch"),
        (f"echo other > {real_network.ARCHIVE}", "has sha256 .*, expected"),
    ],
)
def test_what_npm_cannot_give_is_said_with_the_reason(tmp_path, npm, script, reason):
    npm(script)
    with pytest.raises(real_network.NotAvailableError, match=reason):
        real_network.fetch_package(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_machine_without_npm_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(real_network.NotAvailableError, match="npm is not installed"):
        real_network.fetch_package(tmp_path / "cache")


def test_quantised_weights_are_spread_over_their_range(tmp_path):
    import io
    import json
    import tarfile

    quantised = {"dtype": "uint8", "scale": 0.5, "min": -1.0}
    manifest = [
        {"name": "a", "shape": [2], "dtype": "float32", "quantization": quantised},
        {"name": "b", "shape": [], "dtype": "int32"},
    ]
    held = {
        real_network.GRAPH: json.dumps({"weightsManifest": [{"weights": manifest}]}).encode(),
        real_network.WEIGHTS: bytes([0, 4]) + (7).to_bytes(4, "little"),
    }
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as package:
        for name, content in held.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            package.addfile(info, io.BytesIO(content))
    weights = real_network.read_weights(path)
    assert weights["a"].tolist() == [-1.0, 1.0] and weights["b"] == 7
