"""The coach over a whole project at once, for `tod doctor`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import List, Optional, Sequence

from tod_ros.annotate.coach import Advice, PictureFacts, advise
from tod_ros.annotate.looks import look_at
from tod_ros.annotate.proposals import Proposals, Propose, Source
from tod_ros.annotate.store import Picture, Store
from tod_ros.dataset.label_map import read_label_map
from tod_ros.dataset.project import Project
from tod_ros.dataset.samples import Sample
from tod_ros.errors import ImageError
from tod_ros.text import Progress, unheard

log = logging.getLogger("rosout." + __name__)


def examine(
    project: Project,
    propose: Optional[Propose] = None,
    progress: Progress = unheard,
) -> List[Advice]:
    """Read every picture and annotation (some 10 ms each) and say what the set lacks."""
    store = Store(project)
    ids = read_label_map(project.label_map_path).ids
    proposals = Proposals(Source("", propose) if propose else None, ids)
    facts = []
    for number, picture in enumerate(store.pictures.values(), start=1):
        facts.append(_fact(store, picture, proposals))
        progress(number, len(store.pictures))
    return advise(facts, list(ids))


def _fact(store: Store, picture: Picture, proposals: Proposals) -> PictureFacts:
    if picture.fault:
        return PictureFacts(picture.key, fault=picture.fault)
    saved = store.read(picture.key)
    try:
        look = look_at(picture.path)
        asks = proposals.source is not None and saved.annotation is not None
        found = proposals.look(picture) if asks else None
    except ImageError as error:
        return PictureFacts(picture.key, saved.annotation, fault=str(error))
    return PictureFacts(picture.key, saved.annotation, saved.fault, look, found)


MOST_LOOKED_AT = 60


def lacks(samples: Sequence[Sample], class_names: Sequence[str]) -> List[str]:
    """What the training pictures themselves lack, most important first."""
    facts = [
        PictureFacts(str(sample.picture), sample.annotation, look=look_at(Path(sample.picture)))
        for sample in samples[:MOST_LOOKED_AT]
    ]
    return [advice.text for advice in advise(facts, class_names) if advice.kind == "lack"]
