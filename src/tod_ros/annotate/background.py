"""The server's background thread: it watches the folders, measures pictures and asks the coach."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.coach import Advice, advise
from tod_ros.annotate.store import Picture

SCAN_EVERY_S = 1.5
BREATH_S = 0.002  # between two pictures, so that the page's requests come first
NICENESS = 10
COACH_EVERY_S = 2.0
COACH_AT_MOST = 0.1  # of the time

log = logging.getLogger("rosout." + __name__)


class Background:
    """One thread that works through the catalogue, from its start to stop()."""

    def __init__(self, catalogue: Catalogue, accept_above: Optional[float] = None):
        self._catalogue = catalogue
        self._accept_above = accept_above
        self._end = threading.Event()
        self._given_up: Dict[str, Picture] = {}
        self._coached: Tuple[int, int] = (0, 0)
        self._next_coach_s = 0.0
        self.advice: List[Advice] = []
        self.advice_number = 0

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="background", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._end.set()

    def progress(self) -> Dict[str, Any]:
        source = self._catalogue.proposals.source
        return {
            "model": source.name if source else "",
            "looked": self._catalogue.count_looked_at(),
            "advice": self.advice_number,
        }

    def _work(self) -> None:
        _be_nice()
        while not self._end.is_set():
            try:
                self._round()
            except Exception:  # one bad file must not end the help for all the others
                log.exception("working in the background failed; trying again")
            self._end.wait(SCAN_EVERY_S / 2)

    def _round(self) -> None:
        self._catalogue.scan()
        next_scan_s = time.monotonic() + SCAN_EVERY_S
        for step, keys in (
            (self._catalogue.read, self._catalogue.unread()),
            (self._look, self._catalogue.unseen()),
        ):
            for key in keys:
                self._try(step, key)
                if self._end.wait(BREATH_S):
                    return
                if time.monotonic() > next_scan_s:
                    self._coach()
                    self._catalogue.scan()
                    next_scan_s = time.monotonic() + SCAN_EVERY_S
        self._coach()

    def _try(self, step: Callable[[str], None], key: str) -> None:
        """One file that cannot be worked on must not end the help for all the others."""
        picture = self._catalogue.store.pictures.get(key)
        if picture is None or self._given_up.get(key) == picture:
            return
        try:
            step(key)
        except Exception:
            log.exception("%s: cannot be looked at; it is left out until it changes", key)
            self._given_up[key] = picture

    def _look(self, key: str) -> None:
        self._catalogue.look(key)
        source = self._catalogue.proposals.source
        if self._accept_above is not None and source is not None:
            mark = f"{source.name}, accepted above {self._accept_above:g} by tod annotate"
            self._catalogue.accept_sure(key, self._accept_above, mark)

    def _coach(self) -> None:
        known = (self._catalogue.revision, self._catalogue.count_looked_at())
        started_s = time.monotonic()
        if known == self._coached or started_s < self._next_coach_s:
            return
        self.advice = advise(self._catalogue.facts(), list(self._catalogue.label_map.ids))
        self._coached = known
        self.advice_number += 1
        now_s = time.monotonic()
        self._next_coach_s = now_s + max(COACH_EVERY_S, (now_s - started_s) / COACH_AT_MOST)


def _be_nice() -> None:
    """After all else on the machine; a process that is nicer already stays so."""
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, max(now, NICENESS))
