#!/usr/bin/env python3
"""Gives the readers file after file, each changed so that it reaches code not reached before.

    make fuzz                           ten minutes for each reader
    make fuzz ARGS="voc coco"           these only
    make fuzz ARGS="voc --seconds 60"

What breaks a reader is left in .cache/fuzz/<reader>/found-*; mend the reader, then move the file to
test/data/hostile/<reader>/, where a unit test reads it ever after.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List, Optional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "fuzz"
LIBRARIES = CACHE / "libraries"
WATCHED = ["tod_ros", "tarfile", "gzip", "defusedxml", "yaml", "PIL", "google.protobuf.text_format"]
MOST_BYTES = 20_000
MOST_MB = 3000  # of memory, with the libraries
SLOWEST_S = 60  # for one file, on a machine that does much else


def main() -> int:
    sys.path.insert(0, str(HERE))
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    parser.add_argument("readers", nargs="*")
    parser.add_argument("--seconds", type=int, default=600, help="for each reader")
    arguments = parser.parse_args()
    _install()
    status = 0
    for name in arguments.readers or _names():
        print(f"== {name}: {arguments.seconds} s", flush=True)
        command = [sys.executable, __file__, "--inside", name, str(arguments.seconds)]
        path = os.pathsep.join([str(LIBRARIES), os.environ.get("PYTHONPATH", "")])
        status |= subprocess.call(command, env={**os.environ, "PYTHONPATH": path})
    return 1 if status else 0


def _names() -> List[str]:
    from readers import READERS

    return list(READERS)


def _install() -> None:
    """Atheris, beside the package's own libraries: no other target needs it."""
    wanted = HERE / "requirements.txt"
    done = LIBRARIES / "installed.txt"
    if done.is_file() and done.read_text() == wanted.read_text():
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-deps", "--upgrade", "--target", str(LIBRARIES), "-r", str(wanted)]
    subprocess.run(pip, check=True)
    done.write_text(wanted.read_text())


def fuzz(name: str, seconds: int) -> None:
    """In a process of its own: libFuzzer ends it."""
    import atheris

    sys.path.insert(0, str(HERE))
    with atheris.instrument_imports(include=WATCHED, enable_loader_override=False):
        import readers

        with tempfile.TemporaryDirectory() as scratch:  # imports what the reader imports itself
            readers.try_out(name, readers.READERS[name].seeds()[0], Path(scratch))

    folder = CACHE / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(readers.READERS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = {
        "max_total_time": seconds,
        "max_len": MOST_BYTES,
        "len_control": 0,
        "timeout": SLOWEST_S,
        "rss_limit_mb": MOST_MB,
        "artifact_prefix": f"{folder}/found-",
        "print_final_stats": 1,
        "verbosity": 1,
    }
    argv = [sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(corpus)]
    with tempfile.TemporaryDirectory(dir=_quick_disk()) as scratch:

        def try_out(content: bytes) -> None:
            readers.try_out(name, content, Path(scratch))

        atheris.Setup(argv, try_out)
        atheris.Fuzz()


def _quick_disk() -> Optional[str]:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
    sys.exit(main())
