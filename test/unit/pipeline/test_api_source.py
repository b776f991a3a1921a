"""A clone of tensorflow/models on PYTHONPATH is named, and never imported from."""

import os
import subprocess
import sys

import pytest
from projects import NETWORK, install, make_project

from tod_ros.pipeline.api_source import check_source, find_shadows, python_path_lines

PROTOS = """
raise SystemExit("the clone was imported")
"""


@pytest.fixture(params=[False, True], ids=["as cloned", "with protoc's files"])
def clone(request, tmp_path):
    """A clone of tensorflow/models as the course makes it: two folders for PYTHONPATH."""
    models = tmp_path / "tod_tf2" / "models"
    for package in ("official", "research/object_detection/protos"):
        (models / package).mkdir(parents=True)
        (models / package / "__init__.py").write_text(PROTOS)
    (models / "research/object_detection/__init__.py").write_text(PROTOS)
    protos = models / "research/object_detection/protos"
    (protos / "pipeline.proto").write_text('syntax = "proto2";')
    if request.param:
        (protos / "pipeline_pb2.py").write_text(PROTOS)
    return models


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".bashrc").write_text(
        f"export TOD_ROOT={tmp_path}/tod_tf2\n"
        "export PYTHONPATH=$TOD_ROOT/models:$TOD_ROOT/models/research\n"
    )
    return folder


def run_tod(words, clone, home):
    before = [entry for entry in sys.path if entry]
    path = [str(clone), str(clone / "research"), *before]
    program = "import sys; from tod_ros.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "HOME": str(home), "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_configure_names_the_folders_and_the_line_and_imports_nothing_of_them(
    clone, home, tmp_path
):
    pytest.importorskip("object_detection")
    project = make_project(tmp_path)
    install(project)
    done = run_tod(["configure", str(project.root), "--network", NETWORK], clone, home)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert f"{clone / 'research'}, on PYTHONPATH, has its own object_detection, which" in line
    assert f"{clone}, on PYTHONPATH, has its own official, which" in line
    assert f"take out line 2 of {home / '.bashrc'} (`export PYTHONPATH=" in line


def test_doctor_tells_the_same(clone, home):
    pytest.importorskip("object_detection")
    done = run_tod(["doctor", "--timeout", "0.2"], clone, home)
    assert done.returncode == 1
    (line,) = [one for one in done.stdout.splitlines() if "PYTHONPATH:" in one]
    assert line.startswith(f"wrong  PYTHONPATH: {clone / 'research'}, on PYTHONPATH")
    assert f"take out line 2 of {home / '.bashrc'}" in line


def test_what_the_set_up_installed_is_no_shadow():
    pytest.importorskip("object_detection")
    assert find_shadows() == []
    check_source()


def test_lines_of_every_startup_file_are_found_and_comments_are_not(tmp_path):
    (tmp_path / ".bashrc").write_text("# export PYTHONPATH=a\nA=1; PYTHONPATH=b:$PYTHONPATH\n")
    (tmp_path / ".profile").write_bytes(b"\xff\nexport PYTHONPATH=c\n")
    found = [(path.name, number, text) for path, number, text in python_path_lines(tmp_path)]
    assert found == [
        (".bashrc", 2, "A=1; PYTHONPATH=b:$PYTHONPATH"),
        (".profile", 2, "export PYTHONPATH=c"),
    ]
