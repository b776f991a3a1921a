"""`tod doctor` as it is called: what is missing is a finding, never the end of it."""

import json
import sys

import pytest
from projects import NETWORK, install, make_project

from tod_ros.cli.command import main


@pytest.fixture
def configured(tmp_path):
    project = make_project(tmp_path)
    install(project)
    assert main(["configure", str(project.root), "--network", NETWORK]) == 0
    return project


def test_without_the_object_detection_api_every_other_finding_is_there(
    configured, monkeypatch, capsys
):
    for name in [name for name in sys.modules if name.startswith("object_detection.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "object_detection", None)
    capsys.readouterr()
    assert main(["doctor", str(configured.root), "--timeout", "0.2", "--json"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    findings = {finding["about"]: finding for finding in json.loads(out)}
    config = findings[f"{NETWORK}/pipeline.config"]
    assert config["status"] == "wrong"
    assert "the Object Detection API's protobufs cannot be imported" in config["text"]
    assert {"Python", "label map", "data", "model", "OD API"} <= set(findings)
