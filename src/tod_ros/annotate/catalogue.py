"""All that is known of a project's pictures, and which rows are new to a page.

A row is what the strip shows of a picture:
    [key, state, boxes, proposals, stamp of the picture, stamp of the annotation]
with state todo, proposed, machine (accepted by the model alone), done or broken. A stamp changes
when its file changes. `boxes` is null until the annotation was read. Every change of a row gets the
next revision; a page asks for the rows that are newer than those it has.

It is long because one lock guards all of it.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any, Dict, List, Optional, Tuple

from tod_ros.annotate import wire
from tod_ros.annotate.coach import PictureFacts
from tod_ros.annotate.decisions import Decisions
from tod_ros.annotate.looks import Appearance, look_at
from tod_ros.annotate.proposals import Proposals, as_box, sure_of_all
from tod_ros.annotate.store import Conflict, Picture, Saved, Stamp, Store
from tod_ros.dataset.label_map import LabelMap
from tod_ros.errors import ImageError
from tod_ros.images.pillow_reader import picture_size

Row = List[Any]


class Catalogue:
    """One project's pictures with all that is known of them; safe for several threads."""

    def __init__(
        self,
        store: Store,
        label_map: LabelMap,
        proposals: Proposals,
        decisions: Decisions,
    ):
        self.store = store
        self.label_map = label_map
        self.proposals = proposals
        self._decisions = decisions
        self._lock = threading.RLock()
        self._saved: Dict[str, Tuple[Optional[Stamp], Saved]] = {}
        self._looks: Dict[str, Tuple[Stamp, Optional[Appearance], str]] = {}
        self._rows: Dict[str, Row] = {}
        self._revisions: Dict[str, int] = {}
        self._by_person: Dict[str, bool] = {}
        self.revision = 1
        # revisions of another run mean nothing here
        self.run = secrets.token_hex(8)
        for key in store.pictures:
            self._refresh(key)

    # what a page asks

    def rows_since(self, revision: int) -> Tuple[int, List[Row], List[str]]:
        """The revision now, the rows newer than `revision`, and the keys gone since."""
        with self._lock:
            newer = [key for key, changed in self._revisions.items() if changed > revision]
            rows = [self._rows[key] for key in newer if key in self._rows]
            return self.revision, rows, [key for key in newer if key not in self._rows]

    def open(self, key: str) -> Dict[str, Any]:
        """All a page needs to show one picture; the model looks at it now if it has not yet."""
        picture = self.store.find(key)
        self.look(key)
        (width, height), _ = picture_size(picture.path)
        saved = self._read(key)
        boxes = saved.annotation.boxes if saved.annotation else ()
        return {
            "key": key,
            "size": [width, height],
            "version": saved.version,
            "saved": saved.annotation is not None,
            "machine": saved.annotation.annotator if saved.annotation else "",
            "fault": saved.fault,
            "boxes": [wire.from_box(box) for box in boxes],
            "proposals": [wire.from_proposal(one) for one in self._undecided(key, saved)],
            "rejected": [
                {"name": refused[0], "xyxy": list(refused[1:])}
                for refused in self._decisions.rejected(key)
            ],
            "row": self._rows[key],
        }

    def save(self, key: str, save: wire.Save) -> Dict[str, Any]:
        """What a person decided on one picture, written at once."""
        self._by_person[key] = True
        saved = self.store.save(key, save.boxes, save.seen)
        self._decisions.set(key, save.rejected, save.is_open)
        self._remember(key, saved)
        return {"version": saved.version, "row": self._rows[key]}

    def class_names(self, key: str) -> List[str]:
        """What boxes may be called: the label map's names, and those the file has already."""
        annotation = self._read(key).annotation
        strangers = [box.name for box in annotation.boxes] if annotation else []
        return [*self.label_map.ids, *strangers]

    # what works in the background asks

    def scan(self) -> None:
        for key in self.store.scan():
            self._refresh(key)

    def unread(self) -> List[str]:
        """The pictures whose annotation has not been read as it is now."""
        return [
            key
            for key, picture in self.store.pictures.items()
            if picture.xml_stamp is not None and self._known_saved(picture) is None
        ]

    def read(self, key: str) -> None:
        if key in self.store.pictures and not self.store.pictures[key].fault:
            self._read(key)

    def unseen(self) -> List[str]:
        """The pictures that nobody and no model looked at yet."""
        return [
            key
            for key, picture in self.store.pictures.items()
            if not picture.fault
            and (self._known_look(picture) is None or self.proposals.known(picture) is None)
        ]

    def look(self, key: str) -> None:
        """Let the model and the coach see a picture; one that is broken is marked so."""
        picture = self.store.pictures.get(key)
        if picture is None or picture.fault:
            return
        known = self._known_look(picture)
        if known is not None and (known[2] or self.proposals.known(picture) is not None):
            return
        try:
            self._looks[key] = (picture.stamp, look_at(picture.path), "")
            self.proposals.look(picture)
        except ImageError as error:
            self._looks[key] = (picture.stamp, None, str(error))
        self._refresh(key)

    def accept_sure(self, key: str, score: float, annotator: str) -> bool:
        """Write the proposals of a picture nobody has touched, if the model is sure of all."""
        picture = self.store.pictures.get(key)
        if picture is None or picture.xml_stamp is not None or key in self._by_person:
            return False
        proposals = self.proposals.known(picture) or ()
        if not sure_of_all(proposals, score) or self._decisions.rejected(key):
            return False
        try:
            saved = self.store.save(key, map(as_box, proposals), seen="", annotator=annotator)
        except Conflict:  # somebody annotated it this very moment: theirs counts
            return False
        self._remember(key, saved)
        return True

    def facts(self) -> List[PictureFacts]:
        return [self._fact(picture) for picture in self.store.pictures.values()]

    def machine_made(self) -> List[str]:
        """The pictures whose boxes no person has confirmed."""
        return [row[0] for row in list(self._rows.values()) if row[1] == "machine"]

    def count_looked_at(self) -> int:
        return len(self._looks)

    def _fact(self, picture: Picture) -> PictureFacts:
        look = self._known_look(picture)
        saved = self._known_saved(picture)
        fault = picture.fault or (look[2] if look else "") or (saved.fault if saved else "")
        # while a person decides, the model's boxes are no objection to theirs
        is_decided = self.proposals.source and self._rows[picture.key][1] != "proposed"
        return PictureFacts(
            picture.key,
            saved.annotation if saved else None,
            fault,
            look[1] if look else None,
            self.proposals.known(picture) if is_decided else None,
        )

    def _known_look(self, picture: Picture) -> Optional[Tuple[Stamp, Optional[Appearance], str]]:
        known = self._looks.get(picture.key)
        return known if known is not None and known[0] == picture.stamp else None

    def _known_saved(self, picture: Picture) -> Optional[Saved]:
        if picture.xml_stamp is None:
            return Saved("")
        stamp, saved = self._saved.get(picture.key, (None, None))
        return saved if stamp == picture.xml_stamp else None

    def _read(self, key: str) -> Saved:
        saved = self.store.read(key)
        self._remember(key, saved)
        return saved

    def _remember(self, key: str, saved: Saved) -> None:
        picture = self.store.pictures[key]
        self._saved[key] = (picture.xml_stamp, saved)
        self._refresh(key)

    def _undecided(self, key: str, saved: Saved) -> List[Any]:
        proposals = self.proposals.known(self.store.pictures[key]) or ()
        boxes = saved.annotation.boxes if saved.annotation else ()
        return self._decisions.undecided(key, proposals, boxes, bool(saved.version))

    def _refresh(self, key: str) -> None:
        with self._lock:
            picture = self.store.pictures.get(key)
            row = self._row(picture) if picture else None
            if row == self._rows.get(key):
                return
            self.revision += 1
            self._revisions[key] = self.revision
            if row is None:
                del self._rows[key]
            else:
                self._rows[key] = row

    def _row(self, picture: Picture) -> Row:
        saved = self._known_saved(picture)
        look = self._known_look(picture)
        annotation = saved.annotation if saved else None
        proposals = len(self._undecided(picture.key, saved)) if saved else 0
        if picture.fault or (look and look[2]) or (saved and saved.fault):
            state = "broken"
        elif proposals:
            state = "proposed"
        elif picture.xml_stamp is None:
            state = "todo"
        else:
            state = "machine" if annotation and annotation.annotator else "done"
        boxes = len(annotation.boxes) if annotation else None
        return [
            picture.key,
            state,
            boxes,
            proposals,
            _text(picture.stamp),
            _text(picture.xml_stamp),
        ]


def _text(stamp: Optional[Stamp]) -> str:
    # as text: JavaScript has no whole numbers of this size
    return f"{stamp[0]}-{stamp[1]}" if stamp else ""
