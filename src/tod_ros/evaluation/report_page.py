"""An evaluation as one web page that needs nothing beside it: no network, no other file."""

from __future__ import annotations

import base64
from html import escape
from typing import List, Mapping, Optional, Sequence

import cv2
import numpy as np

from tod_ros.evaluation.judge import BACKGROUND, ClassFigures, Evaluation
from tod_ros.evaluation.verdict import Verdict
from tod_ros.images.image_file import encode

PAGE_WIDTH = 720  # pictures in the page are no wider; the PNG beside it has every pixel

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d5dbe3;
  --paper: #fff; --card: #f5f7fa; --good: #18794e; --bad: #c62a2f; --heat: 24, 121, 78;
  --heat-bad: 198, 42, 47; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #9aa6b5; --line: #353e4a;
  --paper: #14181e; --card: #1d232b; --good: #4cc38a; --bad: #ff8589; } }
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--paper); max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
p.facts, caption, .soft { color: var(--soft); }
.headline { font-size: 2.6rem; font-weight: 650; line-height: 1.2; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0; }
caption { text-align: left; padding-bottom: .3rem; white-space: nowrap; }
th, td { padding: .3rem .8rem; border: 1px solid var(--line); text-align: right; }
th:first-child { text-align: left; } thead th { background: var(--card); }
.scroll { overflow-x: auto; }
.worst { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  overflow: hidden; }
figure img { width: 100%; display: block; }
figcaption { padding: .6rem .8rem; overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
"""


def to_html(evaluation: Evaluation, facts: Mapping[str, str], cards: Sequence[str]) -> str:
    low, high = evaluation.exact_interval
    told = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in facts.items())
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation: {evaluation.exact} of {evaluation.pictures} sequences right</title>
<style>{_STYLE}</style></head><body>
<h1>How good is the detector?</h1>
<p class="facts">{told}</p>
<p><span class="headline">{percent(evaluation.exact_share)}</span><br>
{evaluation.exact} of {evaluation.pictures} pictures are read right from left to right, every
object and nothing more. With 95 % confidence the true share lies between {percent(low)} and
{percent(high)}: more test pictures make this narrower.</p>
<h2>Classes</h2>{_class_table(evaluation)}
<h2>What is taken for what</h2>{_confusion_table(evaluation)}
<h2>COCO's figures</h2>{_coco_table(evaluation)}
<h2>Worst pictures first</h2>
<p class="soft">In red: what is there but was missed or taken for something else. The pictures
in full size are in the folder <code>worst</code>.</p>
<div class="worst">{"".join(cards)}</div>
</body></html>
"""


def _class_table(evaluation: Evaluation) -> str:
    rows = [
        [
            one.name,
            str(one.annotated),
            str(one.found),
            str(one.right),
            share(one.precision),
            share(one.recall),
            share(one.average_precision),
        ]
        for one in shown_classes(evaluation)
    ]
    head = ["class", "annotated", "found", "right", "precision", "recall", "COCO mAP"]
    limits = evaluation.limits
    kept = f", the best {limits.max_objects} of a picture" if limits.max_objects else ""
    return _table(
        head,
        rows,
        f"Found: score at least {limits.min_score:g}{kept}. Right: the class agrees and the boxes"
        f" overlap by at least {limits.min_iou:g} (IoU).",
    )


def _confusion_table(evaluation: Evaluation) -> str:
    names = [one.name for one in evaluation.classes]
    shown = [names.index(one.name) for one in shown_classes(evaluation)] + [len(names)]
    cells = [[evaluation.confusion[row][column] for column in shown] for row in shown]
    titles = [(names + [BACKGROUND])[index] for index in shown]
    most = max((number for line in cells for number in line), default=0) or 1
    rows = []
    for title, (row, line) in zip(titles, enumerate(cells)):
        tinted = "".join(
            f'<td style="background: rgba(var(--heat{"" if row == column else "-bad"}),'
            f' {0.55 * number / most:.2f})">{number or ""}</td>'
            for column, number in enumerate(line)
        )
        rows.append(f"<tr><th>{escape(title)}</th>{tinted}</tr>")
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    return (
        '<div class="scroll"><table><caption>Rows: what is there. Columns: what was found.'
        f" {BACKGROUND}: nothing.</caption><thead><tr><th>there \\ found</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _coco_table(evaluation: Evaluation) -> str:
    rows = [[name, share(value)] for name, value in evaluation.coco.items()]
    return _table(
        ["figure", "value"], rows, "As the Object Detection API counts them (IoU .50:.95)."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    top = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = [
        f"<tr><th>{escape(row[0])}</th>" + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        for row in rows
    ]
    body = "</tr>".join([*lines, ""])
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def to_card(verdict: Verdict, drawn: np.ndarray) -> str:
    height, width = drawn.shape[:2]
    if width > PAGE_WIDTH:
        size = (PAGE_WIDTH, max(1, round(height * PAGE_WIDTH / width)))
        drawn = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    data = base64.b64encode(encode(drawn, "jpg")).decode()
    mark, word = ("good", "right") if verdict.is_exact else ("bad", "wrong")
    return (
        f'<figure><img alt="{escape(verdict.picture)}" src="data:image/jpeg;base64,{data}">'
        f"<figcaption>{escape(verdict.picture)}<br>there: {_sequence(verdict.truth_names)}<br>"
        f'found: {_sequence(verdict.found_names)} <span class="{mark}">{word}</span>'
        "</figcaption></figure>"
    )


def _sequence(names: Sequence[str]) -> str:
    return escape(" ".join(names)) or "<i>nothing</i>"


def shown_classes(evaluation: Evaluation) -> List[ClassFigures]:
    """Of many classes only those that occur: COCO's other 80 would bury them."""
    return [one for one in evaluation.classes if one.annotated or one.found] or list(
        evaluation.classes[:10]
    )


def percent(value: Optional[float]) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def share(value: Optional[float]) -> str:
    return "-" if value is None else f"{value:.3f}"
