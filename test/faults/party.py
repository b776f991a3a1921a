#!/usr/bin/env python3
"""party.py LOG [--once]: a controller for the fault campaign, written without the package.

It asks for a look, takes label after label, drives, says ready, and begins again. What it sees and
does goes to LOG, one line of JSON each. While it waits it asks again only if a parameter holds what
neither side writes, or is gone: somebody else did that, or the master was restarted. It has no
other patience: if the node forgets a request, the two wait for ever, and the campaign sees it.

`--once`: one request, given up after a few seconds; a second controller that somebody started.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import time
import xmlrpc.client
from typing import Dict
from xml.parsers.expat import ExpatError

FAULTS = (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError)
TAKE, READY, LABEL = "/takeImage", "/RobotReady", "/label"
RESULT, HANDOVER = "/inference/result", "/inference/handover"
POLL_S = 0.015
PATIENCE_ONCE_S = 4.0


class Again(Exception):
    """This request cannot come to its end."""


class Party:
    def __init__(self, log: str, is_once: bool):
        self._log = open(log, "ab", buffering=0)
        self._name = "/second" if is_once else "/party"
        self._until = time.monotonic() + PATIENCE_ONCE_S if is_once else float("inf")
        self._connect()

    def _connect(self) -> None:
        self._master = xmlrpc.client.ServerProxy(os.environ["ROS_MASTER_URI"])

    def note(self, event: str, **details: object) -> None:
        line = {"at": time.monotonic(), "who": self._name, "event": event, **details}
        self._log.write((json.dumps(line) + "\n").encode())

    def call(self, method: str, *arguments: object) -> list:
        while True:
            try:
                return getattr(self._master, method)(self._name, *arguments)
            except FAULTS:
                time.sleep(0.05)
                self._connect()

    def get(self, name: str) -> object:
        code, _, value = self.call("getParam", name)
        return value if code == 1 else None

    def put(self, name: str, value: object) -> None:
        self.call("setParam", name, value)

    def pause(self) -> None:
        if time.monotonic() > self._until:
            raise Again("out of patience")
        time.sleep(POLL_S)

    def request(self) -> None:
        self.note("ask")
        self.put(LABEL, -1)
        self.put(READY, -1)
        self.put(TAKE, True)
        self.note("asked")
        number = self._number()
        result = self._result(number)
        if result["status"] not in ("ok", "no_cubes"):
            self.note("failed", request=number, status=result["status"])
            time.sleep(0.05)
            return
        self.note("result", request=number, labels=result["labels"])
        taken = []
        while len(taken) < len(result["labels"]):
            taken.append(self._label(number, len(taken) + 1))
            time.sleep(random.choice([0.0, 0.0, 0.01, 0.05, 0.1]))
            self.put(READY, random.choice([True, True, 1]))
        self.note("done", request=number, labels=taken)

    def _number(self) -> int:
        """The number that the node gives to the request: it has seen it when takeImage is false."""
        while True:
            value = self.get(TAKE)
            if value is False:
                break
            if value is not True:
                raise Again(f"takeImage is {value!r}")
            self.pause()
        left = self.get(HANDOVER)
        if not isinstance(left, dict) or not isinstance(left.get("request"), int):
            raise Again(f"handover is {left!r}")
        return left["request"]

    def _result(self, number: int) -> dict:
        while True:
            result = self.get(RESULT)
            if result is not None and not _is_result(result):
                raise Again(f"result is {result!r}")
            if result is not None and result["request"] >= number:
                return result
            left = self._check(number, LABEL, READY, TAKE)
            if left.get("state") != "looking" and self.get(RESULT) is None:
                raise Again("the result is gone")
            self.pause()

    def _label(self, number: int, cube: int) -> int:
        while True:
            label = self.get(LABEL)
            # who reads the label first and then whose it is never takes one of another request
            left = self._check(number, TAKE, READY)
            if type(label) is int and label > 0:
                if left.get("cube") != cube:
                    raise Again(f"another controller is at it: not cube {cube} but {left}")
                self.note("label", request=number, label=label)
                self.put(LABEL, -1)
                return label
            if type(label) not in (int, float) or label != -1:
                raise Again(f"label is {label!r}")
            if left.get("state") == "over":
                raise Again("another controller has taken the labels")
            self.pause()

    def _check(self, number: int, *names: str) -> Dict[str, object]:
        """Raises where somebody else is at it; else where the request stands: ~handover."""
        left = self.get(HANDOVER)
        if not isinstance(left, dict) or left.get("request") != number:
            raise Again(f"handover is {left!r}, not of request {number}")
        for name in names:
            value = self.get(name)
            if type(value) not in (bool, int, float):
                raise Again(f"{name} is {value!r}")
        return left


def _is_result(value: object) -> bool:
    return isinstance(value, dict) and type(value.get("request")) is int


def main() -> None:
    is_once = "--once" in sys.argv
    party = Party(sys.argv[1], is_once)
    party.note("start")
    while True:
        try:
            party.request()
        except Again as reason:
            party.note("again", reason=str(reason))
            time.sleep(0.2)  # whoever else is at it comes to an end
        if is_once:
            return


if __name__ == "__main__":
    main()
