"""python -m bench: every measurement in one table, which JSON goes with.

Ends with status 1 where a goal is missed. Each ratio compares two sides that were measured in this
run on this machine.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from bench import ros
from bench.measuring import CACHE, REPOSITORY
from bench.setting import Setting
from bench.table import Row, as_json, as_text

ROWS = (
    "start",
    "conversation",
    "runtimes",
    "clients",
    "many_pictures",
    "convert",
    "scenes",
    "place",
    "place_cubes",
    "looks",
    "unknown",
    "growth",
    "train_step",
    "few_pictures",
    "real",
)
DOCUMENT = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- the table: begin -->", "<!-- the table: end -->"


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = parse(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the programs it started end too
    os.chdir(REPOSITORY)
    about = describe(args)  # at first: the load is then that of others
    rows, failed = measure(args, about)
    print(f"{about['machine']}; {about['date']}; model {about['model']}\n\n{as_text(rows)}")
    if args.short:
        print("\nThe short form: it works, and the figures mean nothing.")
    if failed:
        print(f"\nfailed: {', '.join(failed)}; the reasons stand above")
    elif args.write:
        write_document(DOCUMENT, about, rows)
    return 1 if failed or any(row.is_met is False for row in rows) else 0


def measure(args: argparse.Namespace, about: Dict[str, Any]) -> Tuple[List[Row], List[str]]:
    """The rows, which are kept as they come, and the names of those that failed."""
    rows: List[Row] = []
    failed = []
    with ros.master() as master_pid:
        setting = Setting(args.model, master_pid, args.short, args.long, args.real_objects, say)
        for name in args.rows or ROWS:
            say(f"measuring: {name}")
            try:
                rows += importlib.import_module(f"bench.rows.{name}").measure(setting)
            except SystemExit as reason:  # what else was measured in an hour is worth having
                say(f"{name} failed: {reason}")
                failed.append(name)
            write_json(CACHE / "table.json", about, rows)
    say(f"wrote {CACHE / 'table.json'}")
    return rows, failed


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(ROWS)}")
    parser.add_argument(
        "--model",
        type=Path,
        default=REPOSITORY / "models" / "cube_faces",
        help="the model folder (default: the shipped one)",
    )
    parser.add_argument(
        "--real-objects",
        type=Path,
        default=os.environ.get("TOD_REAL_OBJECTS"),
        metavar="FOLDER",
        help="the real pictures of the row `real`, with data.yaml and YOLO boxes"
        " (default: $TOD_REAL_OBJECTS)",
    )
    parser.add_argument("--long", action="store_true", help="also what takes an hour more")
    parser.add_argument("--short", action="store_true", help="only to see that it works")
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    args = parser.parse_args(argv)
    args.model = args.model.absolute()
    args.real_objects = args.real_objects and Path(args.real_objects).absolute()
    for name in args.rows:
        if name not in ROWS:
            parser.error(f"no row {name!r}, there are {', '.join(ROWS)}")
    if not (args.model / "model.tflite").is_file():
        parser.error(f"{args.model}: has no model.tflite; give a folder that `tod export` wrote")
    if args.write and args.short:
        parser.error("--short gives no figures to write")
    return args


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def describe(args: argparse.Namespace) -> Dict[str, Any]:
    card = args.model / "model.json"
    told = json.loads(card.read_text()) if card.is_file() else {}
    processor = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[1]
    return {
        "machine": f"{os.cpu_count()} cores ({processor}), {memory_gb:.0f} GB,"
        f" Python {platform.python_version()}, load {busy:.1f} in the five minutes before",
        "date": datetime.date.today().isoformat(),
        "model": f"{args.model.name}, {told.get('network', 'unknown')},"
        f" {'x'.join(map(str, told.get('input_size_hw', [])[::-1]))}",
    }


def write_json(path: Path, about: Dict[str, Any], rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, "rows": as_json(rows)}, indent=2) + "\n")


def write_document(document: Path, about: Dict[str, Any], rows: Sequence[Row]) -> None:
    """The table between its two marks, and the JSON beside it."""
    before, rest = document.read_text().split(BEGIN)
    _, after = rest.split(END)
    told = f"Measured on {about['date']}, {about['machine']}. Model: {about['model']}."
    document.write_text(f"{before}{BEGIN}\n{told}\n\n{as_text(rows)}\n{END}{after}")
    write_json(document.with_suffix(".json"), about, rows)
    say(f"wrote {document}, {document.with_suffix('.json')}")


if __name__ == "__main__":
    sys.exit(main())
