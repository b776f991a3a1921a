"""The networks to start from."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from tod_ros.cli.arguments import add_json_argument, add_quiet_argument
from tod_ros.cli.progress import bar
from tod_ros.dataset.project import pre_trained_dir
from tod_ros.errors import ZooError
from tod_ros.models.families import stages, stages_of_folder
from tod_ros.models.installation import get
from tod_ros.models.networks import input_hw_of, is_network, shipped_networks
from tod_ros.models.zoo import ZooNetwork, catalogue, find

SUMMARY = "List the TF2 Detection Model Zoo, or get one of its networks."
EXAMPLE = "tod zoo get ssd_mobilenet_v2_fpnlite_320x320_coco17_tpu-8"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One statement for each option makes it long."""
    actions = parser.add_subparsers(dest="action", metavar="list|get", required=True)
    lister = actions.add_parser(
        "list",
        help="every network: speed, mAP, input size, one-stage or two-stage, installed or not",
        description="Every network: speed in ms and COCO mAP by the zoo's page, size of its input,"
        " one-stage or two-stage (docs/networks.md says what that means), installed or not.",
        epilog="example:\n  tod zoo list",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_json_argument(lister, "the list")
    getter = actions.add_parser(
        "get",
        help="download a network into pre-trained/; goes on where it stopped",
        description="Download a network into pre-trained/; goes on where it stopped.",
        epilog=f"example:\n  {EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    getter.add_argument("name", metavar="NAME", help="the network, as `tod zoo list` shows it")
    getter.add_argument(
        "--from", dest="source", metavar="FILE_OR_URL", help="take the archive from here instead"
    )
    getter.add_argument("--sha256", metavar="H", help="what the archive's sha256 must be")
    add_json_argument(getter, "where it is")
    add_quiet_argument(getter)
    for action in (lister, getter):
        action.add_argument(
            "--workspace",
            type=Path,
            metavar="FOLDER",
            help="folder that holds pre-trained/ (here; from inside a project, the one above)",
        )


def run(args: argparse.Namespace) -> int:
    pre_trained = pre_trained_dir(args.workspace or _workspace_here())
    return _list(args, pre_trained) if args.action == "list" else _get(args, pre_trained)


def _workspace_here() -> Path:
    return Path("..") if Path("images/train").is_dir() else Path(".")


def _list(args: argparse.Namespace, pre_trained: Path) -> int:
    rows = [_row(network, pre_trained / network.name) for network in catalogue()]
    rows += _other_rows(pre_trained, {row["name"] for row in rows})
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    width = max(len(row["name"]) for row in rows)
    print(f"{'name':{width}}  {'ms':>4}  {'mAP':>4}  {'input':>9}  {'stages':9}  installed")
    for row in rows:
        size = "x".join(map(str, row["input_hw"])) if row["input_hw"] else "-"
        print(
            f"{row['name']:{width}}  {_number(row['speed_ms'], 0):>4}  {_number(row['map'], 1):>4}"
            f"  {size:>9}  {row['stages'] or '-':9}  {row['installed'] or '-'}"
        )
    return 0


def _row(network: ZooNetwork, folder: Path) -> Dict[str, Any]:
    return {
        "name": network.name,
        "speed_ms": network.speed_ms,
        "map": network.coco_map,
        "input_hw": network.input_hw,
        "stages": stages(network.name) or stages_of_folder(folder),
        "installed": str(folder) if is_network(folder) else None,
        "url": network.url,
    }


def _other_rows(pre_trained: Path, known: Any) -> List[Dict[str, Any]]:
    """Networks that are here but not of the zoo: the package's own, and those of --from."""
    here = sorted(pre_trained.iterdir()) if pre_trained.is_dir() else []
    folders = [f for f in here if is_network(f) and not f.name.startswith(".")]
    return [
        _row(ZooNetwork(folder.name, None, None, input_hw_of(folder), ""), folder)
        for folder in (*shipped_networks(), *folders)
        if folder.name not in known
    ]


def _number(value: Optional[float], digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _get(args: argparse.Namespace, pre_trained: Path) -> int:
    url = _address(args.source) if args.source else find(args.name).url
    with bar(None, args.name, unit="B", quiet=args.quiet) as shown:

        def on_bytes(done: int, total: Optional[int]) -> None:
            shown.total = total
            shown.update(done - shown.n)

        installed = get(args.name, url, pre_trained, sha256=args.sha256, on_bytes=on_bytes)
    if installed.fetched and url.startswith("http:") and not args.sha256:
        print(
            f"tod zoo: {url.split('/')[2]} is plain http, nobody vouches for what came; its sha256"
            " is recorded, and checked the next time",
            file=sys.stderr,
        )
    if args.json:
        print(json.dumps({"folder": str(installed.folder), "sha256": installed.sha256}, indent=2))
    else:
        state = "is in" if installed.fetched else "is already in"
        print(f"{args.name} {state} {installed.folder}, sha256 {installed.sha256 or 'unknown'}")
    return 0


def _address(source: str) -> str:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", source)
    if scheme:
        if scheme.group(1).lower() not in ("http", "https", "file"):
            raise ZooError(f"--from {source}: must be http, https, file or a path")
        return source
    path = Path(source)
    if not path.is_file():
        raise ZooError(f"--from {source}: no such file")
    return path.resolve().as_uri()
