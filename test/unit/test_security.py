"""What docs/security.md promises, as far as the sources can show it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Iterator, NamedTuple

import numpy as np
import pytest

from tod_ros.annotate.serving import ListenAddress
from tod_ros.dataset.capture_store import CaptureStore
from tod_ros.dataset.project import Project

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PROGRAMS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())

# Each starts one program that it names itself, with its arguments in a list.
STARTS_PROGRAMS = {
    "annotate/capture_button.py",
    "doctor/od_api.py",
    "training/forecast.py",
    "cli/verbs/tensorboard.py",
    "images/window.py",
}
LISTENS = {"annotate/serving.py"}  # ROS's own servers apart

FORBIDDEN_CALLS = {
    "eval": "runs text",
    "exec": "runs text",
    "compile": "runs text",
    "__import__": "imports what a text names",
    "os.system": "starts a shell",
    "os.popen": "starts a shell",
    "subprocess.getoutput": "starts a shell",
    "subprocess.getstatusoutput": "starts a shell",
    "yaml.load": "makes any object",
    "yaml.load_all": "makes any object",
    "yaml.safe_load": "takes aliases, see plain_yaml.py",
    "yaml.safe_load_all": "takes aliases, see plain_yaml.py",
    "yaml.full_load": "makes any object",
    "yaml.unsafe_load": "makes any object",
    "tempfile.mktemp": "somebody else can take the name",
    "np.load": "may unpickle",
    "numpy.load": "may unpickle",
    "ssl._create_unverified_context": "asks for no certificate",
    "rospy.Service.eval": "runs text",
}
FORBIDDEN_METHODS = {"extractall": "writes wherever an archive says"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "pty", "telnetlib"}
XML_ALLOWED = {"Element", "ParseError", "TreeBuilder"}  # the parser itself is defusedxml's


class Found(NamedTuple):
    file: str
    line: int
    what: str


def trees() -> Iterator[tuple]:
    for path in [*SOURCES, *PROGRAMS]:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def faults_of(tree: ast.AST) -> Iterator[tuple]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = name_of(node.func)
            if name in FORBIDDEN_CALLS:
                yield node.lineno, f"{name} {FORBIDDEN_CALLS[name]}"
            if isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_METHODS:
                yield node.lineno, f"{node.func.attr} {FORBIDDEN_METHODS[node.func.attr]}"
            if name == "Image.open" and "formats" not in {k.arg for k in node.keywords}:
                yield node.lineno, "Image.open takes any format, EPS among them"
            for keyword in node.keywords:
                is_on = not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
                if keyword.arg in ("shell", "allow_pickle") and is_on:
                    yield node.lineno, f"{keyword.arg}= is on"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in FORBIDDEN_MODULES or alias.name.startswith("xml."):
                    yield node.lineno, f"imports {alias.name}"
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in FORBIDDEN_MODULES:
                yield node.lineno, f"imports {node.module}"
            names = {alias.name for alias in node.names}
            if node.module.startswith(("xml.etree", "xml.dom", "xml.sax.")):
                known = XML_ALLOWED | {"escape"}
                yield from ((node.lineno, f"imports {name} of xml") for name in names - known)


def test_nothing_runs_text_starts_a_shell_or_unpickles():
    found = [
        Found(str(path.relative_to(ROOT)), line, what)
        for path, tree in trees()
        for line, what in faults_of(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import pickle",
        "from pickle import loads",
        "import yaml\nyaml.load('a', Loader=yaml.Loader)",
        "import yaml\nyaml.safe_load('a')",
        "archive.extractall()",
        "from PIL import Image\nImage.open('a.png')",
        "numpy.load('a', allow_pickle=True)",
        "from xml.etree.ElementTree import fromstring",
        "import xml.dom.minidom",
    ],
)
def test_the_check_sees_what_it_forbids(text):
    assert list(faults_of(ast.parse(text)))


def calls(*names):
    """The files under src/tod_ros with a call of one of these functions or methods."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func).split(".")[-1] in names:
                found.add(path.relative_to(ROOT / "src" / "tod_ros").as_posix())
    return found


def test_programs_are_started_in_few_places():
    starters = ("Popen", "check_call", "check_output", "execv", "execve", "execvp", "posix_spawn")
    started = calls(*starters)
    for path in SOURCES:
        if re.search(r"subprocess\.(run|call)\(", path.read_text(encoding="utf-8")):
            started.add(path.relative_to(ROOT / "src" / "tod_ros").as_posix())
    assert started == STARTS_PROGRAMS


def test_servers_listen_in_one_place_and_on_this_machine_unless_told_otherwise():
    servers = ("bind", "listen", "make_server", "HTTPServer", "ThreadingHTTPServer", "TCPServer")
    assert calls(*servers) == LISTENS
    assert ListenAddress().address == "127.0.0.1"
    tensorboard = (ROOT / "src/tod_ros/cli/verbs/tensorboard.py").read_text()
    assert '"--host", "localhost"' in tensorboard


def test_no_service_of_ours_takes_a_path():
    for name in ("Capture", "Detect"):
        asked = (ROOT / "srv" / f"{name}.srv").read_text().split("---")[0]
        fields = re.findall(r"(?m)^\s*([\w/\[\]]+)\s+\w+", re.sub(r"#.*", "", asked))
        assert set(fields) <= {"sensor_msgs/Image"}, name


def test_a_picture_follows_no_link_out_of_the_project(tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"precious")
    store = CaptureStore(Project(tmp_path / "cubes"))
    store.make_folders(0.0)
    for number in (1, 2):
        (tmp_path / "cubes" / "images" / "train" / f"image{number:03d}.png").symlink_to(outside)
    stored = store.store(np.full((12, 31, 3), 90, np.uint8))
    assert stored.path.resolve().parent == (tmp_path / "cubes" / "images" / "train").resolve()
    assert outside.read_bytes() == b"precious"
    assert stored.number == 3


# What opens, makes, replaces or removes files by itself, and why it may: all else goes through
# tod_ros.files, which opens plain files only, writes through no link and leaves nothing half done.
ROUND_FILES = {
    "files.py": "it is the one",
    "dataset/locks.py": "opens folders, to hold them",
    "cli/command.py": "opens /dev/null",
    "doctor/machine.py": "reads /proc and the system's own files",
    "training/memory.py": "reads /proc and the system's own files",
    "training/allocator.py": "reads /proc",
    "annotate/server.py": "reads the package's own page",
    "annotate/words.py": "reads the package's own page",
    "export/tflite.py": "writes into a draft of its own",
    "export/model_folder_writer.py": "sets the mode of a draft of its own",
    "models/unpacking.py": "makes new files in a folder of its own",
    "evaluation/report_page.py": "reads the package's own page",
    "training/transfer/background_drawing.py": "links a record to its neighbour",
    "training/forecast.py": "makes a folder for the trial, in the system's place for such",
    "training/forecast_trial.py": "writes into a folder of its own",
    "training/settling.py": "makes a folder of its own, in the system's place for such",
}
FILE_CALLS = (
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rmdir", "touch"),
    *("mkdir", "makedirs", "rmtree", "copyfile", "copy2", "copytree", "symlink_to", "mkdtemp"),
)
OWN_MODULES = {
    "os": {
        *("open", "rename", "renames", "replace", "link", "symlink", "chmod", "chown"),
        *("truncate", "utime", "mkfifo", "mknod", "removedirs", "remove", "unlink", "rmdir"),
    },
    "shutil": {"move", "copy", "copymode", "copystat", "copyfileobj", "make_archive", "chown"},
    "tempfile": {"NamedTemporaryFile", "TemporaryDirectory", "mkstemp", "TemporaryFile"},
}
PATH_METHODS = ("rename", "chmod", "link_to", "hardlink_to", "lchmod")


def calls_round_files(tree: ast.AST) -> Iterator[int]:
    """Lines with `open(...)`, with a method of a path that touches files, or with one of os's.

    What `replacing` yields is a new file of our own, and always called a draft.
    """
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "tod_ros.files"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in OWN_MODULES:
            taken = {alias.name for alias in node.names}
            if taken & {*OWN_MODULES[node.module], *FILE_CALLS}:
                yield node.lineno
        if not isinstance(node, ast.Call):
            continue
        module, _, function = name_of(node.func).rpartition(".")
        if function in OWN_MODULES.get(module, ()) or _moves_a_path(node):
            yield node.lineno
        elif isinstance(node.func, ast.Name):
            is_draft = bool(node.args) and name_of(node.args[0]) == "draft"
            if node.func.id in FILE_CALLS and node.func.id not in imported and not is_draft:
                yield node.lineno
        elif isinstance(node.func, ast.Attribute) and node.func.attr in FILE_CALLS:
            known = ("files", "webbrowser", "Image", "catalogue", "draft", "gzip", "tarfile")
            if name_of(node.func.value).split(".")[0] not in known:
                yield node.lineno


def _moves_a_path(node: ast.Call) -> bool:
    """`path.replace(other)` has one argument; that of a text has two, of a value keywords."""
    if not isinstance(node.func, ast.Attribute):
        return False
    is_replace = node.func.attr == "replace" and len(node.args) == 1 and not node.keywords
    return is_replace or node.func.attr in PATH_METHODS


def test_files_are_opened_and_removed_in_one_place():
    found = {}
    for path in SOURCES:
        lines = list(calls_round_files(ast.parse(path.read_text(encoding="utf-8"))))
        if lines:
            found[path.relative_to(ROOT / "src" / "tod_ros").as_posix()] = lines
    assert set(ROUND_FILES) - {"files.py"} <= set(found), "what goes round no more needs no excuse"
    assert set(found) - set(ROUND_FILES) == set()


@pytest.mark.parametrize(
    "text",
    [
        *("open('a')", "Path('a').unlink()", "shutil.rmtree('a')", "os.makedirs('a')"),
        *("os.open('a', 0)", "os.rename('a', 'b')", "os.replace('a', 'b')", "os.link('a', 'b')"),
        *("os.remove('a')", "os.truncate('a', 0)", "os.chmod('a', 0)", "shutil.move('a', 'b')"),
        *("shutil.copy('a', 'b')", "Path('a').rename('b')", "Path('a').replace('b')"),
        *("Path('a').chmod(0)", "Path('a').hardlink_to('b')", "tempfile.mkstemp()"),
        *("tempfile.NamedTemporaryFile()", "from os import rename", "from shutil import move"),
        *("from os import unlink as gone", "Path('a').open()", "Path('a').touch()"),
    ],
)
def test_what_goes_round_is_seen(text):
    assert list(calls_round_files(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        *("'a'.replace('b', 'c')", "dataclasses.replace(box, name='a')", "os.path.realpath('a')"),
        *("time.replace(tzinfo=None)", "files.open('a')", "os.listdir('a')", "shutil.which('a')"),
    ],
)
def test_what_does_not_is_left_alone(text):
    assert not list(calls_round_files(ast.parse(text)))
