"""The network to start from, as a folder of its own, and its card: README.md, model.json."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import Any, Dict

from making import read_json

from tod_ros.export.model_folder_writer import write_card
from tod_ros.files import write_text

PARTS = ("checkpoint", "pipeline.config", "label_map.pbtxt")


def write_marks_card(model: Path, judged: Path, facts: Dict[str, Any]) -> Path:
    """A draft beside `model` that holds what training starts from; its path."""
    draft = model.with_name(f"{model.name}-finished")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for part in PARTS:
        source = model / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, draft / part)
    card = read_json(model / "model.json")
    figures = read_json(judged / "figures.json")
    figures["scenes_judged"] = figures.pop("scenes")
    report = (judged / "report.txt").read_text(encoding="utf-8").splitlines()[0]
    for name in ("files", "tflite"):
        card.pop(name, None)
    card["figures"] = {**figures, **facts}
    write_text(draft / "README.md", _readme(card, report))
    write_card(draft, card)
    return draft


def _how_it_was_made(figures: Dict[str, Any]) -> str:
    minutes = figures["minutes"]
    stages = ", ".join(f"{stage} {spent:g}" for stage, spent in minutes.items())
    last = f"; then in {figures['more_steps']} with all marks" if figures["more_steps"] else ""
    text = f"""`make marks` makes it again from seed {figures["seed"]}. It has the architecture of
    cube_faces and begins as that network, each new mark as the mean of its classes. It learnt from
    {figures["scenes"]} drawn scenes and {figures["mosaics"]} mosaics of windows cut out of such
    scenes, half and half in a batch, in {figures["steps"]} steps, with the Object Detection API's
    focal loss and, on each cube, a softmax over the marks: without it they are told apart too late;
    in {figures["empty_steps"]} more steps with, as a fifth of the pictures, those
    {figures["empty"]} of {figures["examined"]} scenes without a mark in which it saw one{last}.
    Minutes on the machine that made it, other work beside it: {stages};
    {sum(minutes.values()):.0f} in all."""
    return textwrap.fill(" ".join(text.split()), 100)


def _readme(card: Dict[str, Any], report: str) -> str:
    figures = card["figures"]
    (no_class,) = (one for one in figures["sets"] if one["name"] == "painted, no class")
    kept_back = figures.get("without")
    lacking = f"\nIt was never shown a {kept_back}: it is for measuring.\n" if kept_back else ""
    return f"""# marks: a network to start from, for your own classes

It knows what cubes look like, and {len(card["classes"])} kinds of marks on them.
`tod configure PROJECT --network marks`, then `tod train PROJECT`, teach it the classes of a project
from about 20 pictures; docs/tutorial.md shows the road. It is no detector by itself: it holds a
checkpoint, the pipeline.config it was trained with, and model.json, but no exported network.
{lacking}
Marks: {" ".join(card["classes"])}.
(An `invented` one is made of strokes at random.)

## How it was made

{_how_it_was_made(figures)}

## How good it is

On {figures["scenes_judged"]} fresh scenes of full difficulty, all marks mixed, at score 0.5:

    {report}

Scenes without a marked cube: a detection in {no_class["with_false"]} of {no_class["pictures"]}.
What counts is how well it learns:
`make bench BENCH=few_pictures ARGS=--long` measures that.

## Licence

BSD-3-Clause, as the rest of this repository.
"""
