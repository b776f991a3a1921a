"""What tools/real_network.py reads in its package."""

import real_network


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
