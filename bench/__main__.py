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
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from bench import ros
from bench.measuring import CACHE, REPOSITORY
from bench.setting import Setting
from bench.table import Row, as_json, as_text

ROWS = (
    "start",
    "conversation",
    "runtimes",
    "clients",
    "convert",
    "scenes",
    "growth",
    "few_pictures",
)
DOCUMENT = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- the table: begin -->", "<!-- the table: end -->"


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = parse(argv)
    os.chdir(REPOSITORY)
    rows: List[Row] = []
    with ros.master() as master_pid:
        setting = Setting(args.model, master_pid, args.short, args.long, say)
        for name in args.rows or ROWS:
            say(f"measuring: {name}")
            rows += importlib.import_module(f"bench.rows.{name}").measure(setting)
    about = describe(args)
    print(f"{about['machine']}; {about['date']}; model {about['model']}\n\n{as_text(rows)}")
    write_json(CACHE / "table.json", about, rows)
    if args.write:
        write_document(DOCUMENT, about, rows)
    return 1 if any(row.is_met is False for row in rows) else 0


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(ROWS)}")
    parser.add_argument(
        "--model",
        type=Path,
        default=REPOSITORY / "models" / "cube_faces",
        help="the model folder (default: the shipped one)",
    )
    parser.add_argument("--long", action="store_true", help="also what takes half an hour")
    parser.add_argument("--short", action="store_true", help="only to see that it works")
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    args = parser.parse_args(argv)
    args.model = args.model.absolute()
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
    busy = os.getloadavg()[2]
    return {
        "machine": f"{os.cpu_count()} cores ({processor}), {memory_gb:.0f} GB,"
        f" Python {platform.python_version()}, load {busy:.1f} over the last 15 minutes",
        "date": datetime.date.today().isoformat(),
        "model": f"{args.model.name}, {told.get('network', 'unknown')},"
        f" {'x'.join(map(str, told.get('input_size_hw', [])[::-1]))}",
    }


def write_json(path: Path, about: Dict[str, Any], rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, "rows": as_json(rows)}, indent=2) + "\n")
    say(f"wrote {path}")


def write_document(document: Path, about: Dict[str, Any], rows: Sequence[Row]) -> None:
    """The table between its two marks, and the JSON beside it."""
    before, rest = document.read_text().split(BEGIN)
    _, after = rest.split(END)
    told = f"Measured on {about['date']}, {about['machine']}. Model: {about['model']}."
    document.write_text(f"{before}{BEGIN}\n{told}\n\n{as_text(rows)}\n{END}{after}")
    write_json(document.with_suffix(".json"), about, rows)


if __name__ == "__main__":
    sys.exit(main())
