"""The server's background thread: it watches the folders, measures pictures and asks the coach."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any, Dict, List, Optional, Tuple

from tod_ros.annotate.catalogue import Catalogue
from tod_ros.annotate.coach import Advice, advise

SCAN_EVERY_S = 1.5
BREATH_S = 0.002  # between two pictures, so that the page's requests come first
NICENESS = 10
COACH_EVERY_S = 2.0
COACH_AT_MOST = 0.1  # of the time

log = logging.getLogger("rosout." + __name__)


class Background:
    """One thread that works through the album, from its start to stop()."""

    def __init__(self, album: Catalogue, accept_above: Optional[float] = None):
        self._album = album
        self._accept_above = accept_above
        self._end = threading.Event()
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
        source = self._album.proposals.source
        return {
            "model": source.name if source else "",
            "looked": self._album.count_looked_at(),
            "advice": self.advice_number,
        }

    def _work(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._end.is_set():
            try:
                self._round()
            except Exception:  # one bad file must not end the help for all the others
                log.exception("working in the background failed; trying again")
            self._end.wait(SCAN_EVERY_S / 2)

    def _round(self) -> None:
        self._album.scan()
        next_scan_s = time.monotonic() + SCAN_EVERY_S
        for step, keys in (
            (self._album.read, self._album.unread()),
            (self._look, self._album.unseen()),
        ):
            for key in keys:
                step(key)
                if self._end.wait(BREATH_S):
                    return
                if time.monotonic() > next_scan_s:
                    self._coach()
                    self._album.scan()
                    next_scan_s = time.monotonic() + SCAN_EVERY_S
        self._coach()

    def _look(self, key: str) -> None:
        self._album.look(key)
        source = self._album.proposals.source
        if self._accept_above is not None and source is not None:
            mark = f"{source.name}, accepted above {self._accept_above:g} by tod annotate"
            self._album.accept_sure(key, self._accept_above, mark)

    def _coach(self) -> None:
        known = (self._album.revision, self._album.count_looked_at())
        started_s = time.monotonic()
        if known == self._coached or started_s < self._next_coach_s:
            return
        self.advice = advise(self._album.facts(), list(self._album.label_map.ids))
        self._coached = known
        self.advice_number += 1
        now_s = time.monotonic()
        self._next_coach_s = now_s + max(COACH_EVERY_S, (now_s - started_s) / COACH_AT_MOST)
