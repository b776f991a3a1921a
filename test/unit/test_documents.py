"""What the documents name is there: files, headings, make targets, commands, launch arguments."""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tod_ros.cli import command as cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# The course's own programs, and files that the tools of others write.
ELSEWHERE = {
    "exporter_main_v2.py",
    "generate_tfrecord_tt.py",
    "get_image_from_robot.py",
    "manipulate.py",
    "manipulation.py",
    "model_builder_tf2_test.py",
    "model_main_tf2.py",
    "navigate.py",
    "navigate_waypoints.py",
    "navigation.py",
    "nn.py",
    "ops.py",
    "plot_object_detection_saved_model.py",
    "setup.py",
    "xml_to_csv_tt.py",
}
SEEN = ("examples", "src", "test", "bench", "tools", "scripts", "launch")
BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.M | re.S)


@pytest.fixture(scope="module")
def parser():
    return cli.make_parser()


@pytest.fixture(scope="module")
def python_files():
    found = (path for folder in SEEN for path in (ROOT / folder).rglob("*.py"))
    return {f"/{path.relative_to(ROOT).as_posix()}" for path in found}


def broken_links(page, text):
    """Relative links that lead to no file, or to no heading of it."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", text)):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (heading and heading not in headings(path.read_text("utf-8"))):
            found.append(target)
    return found


def headings(text):
    """As GitHub names them: `## 2. Pictures, and more` is #2-pictures-and-more."""
    lines = re.findall(r"^#+ +(.+?) *$", BLOCK.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def missing_files(text, python_files):
    """Python files by any part of their path, and paths from the repository's root."""
    named = set(re.findall(r"(?<![\w./<-])\w[\w/]*\.py\b", text))
    named = {name for name in named if name.rpartition("/")[2] not in ELSEWHERE}
    found = {name for name in named if not any(p.endswith(f"/{name}") for p in python_files)}
    tops = "|".join((*SEEN, "config", "docs", "models", "msg", "requirements", "srv"))
    for path in re.findall(rf"`((?:{tops})/[\w./*-]+)`", text):
        if not list(ROOT.glob(path)):
            found.add(path)
    return sorted(found)


def unknown_targets(text):
    known = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = re.findall(r"(?:^|`)make ([a-z0-9-]+)", text, re.M)
    return sorted(set(named) - known)


def commands(text, program):
    """The lines of code blocks that run it, as words."""
    lines = "".join(BLOCK.findall(text)).splitlines()
    starts = (f"{program} ", f"$ {program} ")
    return [shlex.split(line, comments=True) for line in lines if line.startswith(starts)]


def refused_commands(text, parser):
    """Commands of code blocks that `tod` would refuse as they stand."""
    return [" ".join(words) for words in commands(text, "tod") if not takes(parser, words)]


def takes(parser, words):
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            parser.parse_args(words[words.index("tod") + 1 :])
        except SystemExit:
            return False
    return True


def unknown_options(text, parser):
    """Of commands in the middle of a sentence, where arguments may be left out."""
    found = []
    for code in re.findall(r"`tod ([^`]+)`", BLOCK.sub("", text)):
        here = parser
        for word in code.split():
            verbs = verbs_of(here)
            if verbs and word in verbs:
                here = verbs[word]
            elif word.startswith("-") and word not in here._option_string_actions:
                found.append(f"tod {code}")
            elif verbs and here is parser and not word.startswith("-") and word != "VERB":
                found.append(f"tod {code}")
                break
    return found


def verbs_of(parser):
    """The parsers below this one, by their names."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def unknown_launch_arguments(text):
    """roslaunch PACKAGE FILE NAME:=...: files and arguments that are not there."""
    found = []
    for words in commands(text, "roslaunch"):
        package, name, *given = words[words.index("roslaunch") + 1 :]
        folder = ROOT if package == "tod_ros" else ROOT / "test" / package
        path = folder / "launch" / name
        known = set()
        if path.is_file():
            root = ElementTree.parse(path).getroot()
            known = {argument.get("name") for argument in root.findall("arg")}
        if not path.is_file() or not {word.split(":=")[0] for word in given} <= known:
            found.append(" ".join(words))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page, parser, python_files):
    text = page.read_text("utf-8")
    assert broken_links(page, text) == []
    assert missing_files(text, python_files) == []
    assert unknown_targets(text) == []
    assert refused_commands(text, parser) == []
    assert unknown_options(text, parser) == []
    assert unknown_launch_arguments(text) == []


def test_the_commands_of_the_pages_are_seen():
    texts = [page.read_text("utf-8") for page in PAGES]
    assert sum(len(commands(text, "tod")) for text in texts) >= 20
    assert sum(len(commands(text, "roslaunch")) for text in texts) >= 5


def python_examples(text):
    """The programs of a page, each with what it prints by the block that follows it."""
    return re.findall(r"^```python\n(.*?)^```\n+```text\n(.*?)^```", text, re.M | re.S)


def test_the_examples_of_python_md_print_what_the_page_shows(tmp_path, monkeypatch):
    text = (ROOT / "docs" / "python.md").read_text("utf-8")
    examples = python_examples(text)
    assert len(examples) == text.count("```python") >= 3
    monkeypatch.chdir(tmp_path)
    for program, shown in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "docs/python.md", "exec"), {"__name__": "example"})
        assert printed.getvalue() == shown


def docstrings(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield ast.get_docstring(node) or ""


def test_the_modules_that_docstrings_name_are_there(python_files):
    modules = sorted((ROOT / "src").rglob("*.py"))
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules
        for text in docstrings(path)
        for name in missing_files(text, python_files)
    }
    assert modules
    assert missing == set()


class TestTheChecks:
    def test_an_example_belongs_to_the_output_that_follows_it(self):
        page = "```python\nprint(1)\n```\n\n```text\n1\n```\nand\n```python\nx = 2\n```\n"
        assert python_examples(page) == [("print(1)\n", "1\n")]

    @pytest.mark.parametrize(
        ("link", "is_broken"),
        [
            ("docs/tutorial.md", False),
            ("docs/tutorial.md#2-pictures", False),
            ("docs/tutorial.md#2-picture", True),
            ("docs/tutorials.md", True),
            ("#two-commands", False),
            ("#three-commands", True),
            ("https://example.org/none.md", False),
        ],
    )
    def test_a_link_needs_its_file_and_its_heading(self, link, is_broken):
        assert broken_links(ROOT / "README.md", f"see [here]({link})") == [link] * is_broken

    @pytest.mark.parametrize(
        ("text", "missing"),
        [
            ("`label_map.py` and scene/likeness.py", []),
            ("`nodes/startup.py` ─> starter.py", ["starter.py"]),
            ("`config/inference.yaml`, `test/unit/*.py`", []),
            ("`config/inferense.yaml`", ["config/inferense.yaml"]),
            ("`abels.py`", ["abels.py"]),
        ],
    )
    def test_a_file_is_known_by_the_end_of_its_path(self, text, missing, python_files):
        assert missing_files(text, python_files) == missing

    def test_a_target_is_one_of_the_makefile(self):
        assert unknown_targets("`make test`, which makes it\nmake demo\nmake tests\n") == ["tests"]

    @pytest.mark.parametrize(
        "line",
        ["tod evaluate cubes", "tod split cubes --tset 0.2", "$ tod splt cubes", "tod zoo fetch x"],
    )
    def test_a_command_that_would_be_refused_is_named(self, line, parser):
        block = f"```\n{line}   # why\ntod split cubes\n```\n"
        assert refused_commands(block, parser) == [line]

    @pytest.mark.parametrize(
        ("code", "is_known"),
        [
            ("tod zoo get NAME --sha256", True),
            ("tod zoo get --sha1", False),
            ("tod export PROJECT --from-saved-model DIR", True),
            ("tod export --from-saved", False),
            ("tod exprt PROJECT", False),
        ],
    )
    def test_a_command_in_a_sentence_needs_its_verb_and_options(self, code, is_known, parser):
        assert unknown_options(f"say `{code}` then", parser) == [code] * (not is_known)

    @pytest.mark.parametrize(
        ("line", "is_known"),
        [
            ("roslaunch tod_ros capture.launch project:=$HOME/cubes split:=test", True),
            ("roslaunch tod_ros capture.launch projet:=cubes", False),
            ("roslaunch tod_ros catch.launch", False),
            ("roslaunch tod_ros simulated_ergo_jr.launch fault:=off", True),
        ],
    )
    def test_a_launch_file_needs_its_arguments(self, line, is_known):
        assert unknown_launch_arguments(f"```\n{line}\n```\n") == [line] * (not is_known)
