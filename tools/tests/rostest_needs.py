#!/usr/bin/env python3
"""rostest_needs.py FILE.test [--result FILE.xml]: why this rostest cannot run here, or nothing.

Called by CMakeLists.txt, for `catkin_make run_tests` in a workspace where no network's runtime or
no Pillow is installed. With --result it writes a result of one test, skipped for this reason.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Callable, List, Optional, Set

RUNTIMES = ("ai_edge_litert", "tflite_runtime", "tensorflow")
READS_PICTURES = re.compile(r"\b(?:read_image|CompressedImage)\b|\bimages=")  # files, or JPEG
RUNS_NETWORK = re.compile(r"""["']inference["']|\binference\.launch|\bdemo\.launch""")


def main(argv: List[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args(argv)
    reason = what_lacks(arguments.file, is_installed)
    if reason and arguments.result:
        arguments.result.parent.mkdir(parents=True, exist_ok=True)
        arguments.result.write_text(skipped(arguments.file.stem, reason), encoding="utf-8")
    if reason:
        print(reason, end="")
    return 0


def what_lacks(file: Path, can_import: Callable[[str], bool]) -> Optional[str]:
    """The reason why the rostest `file` cannot run, or None."""
    texts = texts_of(file)
    if not any(map(can_import, RUNTIMES)) and any(map(RUNS_NETWORK.search, texts)):
        return f"none of {', '.join(RUNTIMES)} is installed for {sys.executable}"
    if not can_import("PIL") and any(map(READS_PICTURES.search, texts)):
        return f"Pillow (python3-pil) is not installed for {sys.executable}"
    return None


def texts_of(file: Path) -> List[str]:
    """The .test file, the Python files that it starts, and what those import of their folder."""
    text = file.read_text(encoding="utf-8")
    waiting = [file.with_name(name) for name in re.findall(r'type="([\w.]+\.py)"', text)]
    texts = [text]
    seen: Set[Path] = set()
    while waiting:
        source = waiting.pop()
        if source in seen or not source.is_file():
            continue
        seen.add(source)
        texts.append(source.read_text(encoding="utf-8"))
        modules = re.findall(r"(?m)^(?:from|import) (\w+)", texts[-1])
        waiting += [source.with_name(f"{module}.py") for module in modules]
    return texts


def skipped(name: str, reason: str) -> str:
    suite = ElementTree.Element(
        "testsuite", name=name, tests="1", failures="0", errors="0", skipped="1", time="0"
    )
    case = ElementTree.SubElement(suite, "testcase", classname="rostest", name=name, time="0")
    ElementTree.SubElement(case, "skipped", message=reason)
    return ElementTree.tostring(suite, encoding="unicode") + "\n"


def is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
