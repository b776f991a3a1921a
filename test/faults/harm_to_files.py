"""Harm to what lies on the disk: the pictures that capture stores there, and the model folder."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from typing import Any

from calling import CallFailed, call
from harm import FAIR_S, Scene
from std_srvs.srv import Trigger


def disk_full(scene: Scene) -> float:
    filler = scene.world.disk / "filler"
    with filler.open("wb") as opened, contextlib.suppress(OSError):
        while True:
            opened.write(bytes(1 << 20))
            opened.flush()
    _capture_is_refused(scene, "No space left")
    filler.unlink()
    gone = time.monotonic()
    _capture_works(scene)
    return gone


def disk_read_only(scene: Scene) -> float:
    remount = ["mount", "-o", "remount,{}", str(scene.world.disk)]
    subprocess.run([word.format("ro") for word in remount], check=True)
    _capture_is_refused(scene, "Read-only")
    subprocess.run([word.format("rw") for word in remount], check=True)
    gone = time.monotonic()
    _capture_works(scene)
    return gone


def _capture_is_refused(scene: Scene, words: str) -> None:
    answer = scene.capture()
    if answer.success or words not in answer.message:
        scene.problems.append(f"capture on such a disk answers {answer.success} {answer.message!r}")
    if "\n" in answer.message:
        scene.problems.append(f"more than one line: {answer.message!r}")


def _capture_works(scene: Scene) -> None:
    def is_stored() -> bool:
        with contextlib.suppress(CallFailed):
            return bool(scene.capture().success)
        return False

    scene.world.wait(is_stored, "a picture is stored", FAIR_S)


def kill_capture(scene: Scene) -> float:
    """In the middle of a call, sometimes while it writes."""
    words = ["rosservice", "call", "/capture/capture", "{}"]
    caller = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    scene.rest(1.5)
    scene.world.kill("capture")
    gone = time.monotonic()
    caller.kill()
    caller.wait()
    scene.world.wait(lambda: scene.world.is_served("/capture/capture"), "capture", FAIR_S)
    _capture_works(scene)
    return gone


def model_replaced(scene: Scene) -> float:
    """First by nonsense, which a reload must refuse, then by a sound one, which it must take."""
    model = scene.world.model
    kept, sound = model.with_name("kept"), model.with_name("sound")
    shutil.copytree(model, sound)
    model.rename(kept)
    model.mkdir()
    for file in kept.iterdir():
        if file.is_file():
            (model / file.name).write_bytes(b"nonsense")
    if _reload().success:
        scene.problems.append("a reload took a model folder of nonsense")
    shutil.rmtree(model)
    sound.rename(model)
    answer = _reload()
    if not answer.success:
        scene.problems.append(f"a reload refused a sound model: {answer.message}")
    shutil.rmtree(kept)
    return time.monotonic()


def model_gone(scene: Scene) -> float:
    """Killed while the folder is away: it cannot start, until the folder is back."""
    model = scene.world.model
    away = model.with_name("away")
    model.rename(away)
    scene.world.kill("inference")
    time.sleep(scene.random.uniform(0.5, 4.0))
    away.rename(model)
    return time.monotonic()


def _reload() -> Any:
    return call("/inference/reload", Trigger, FAIR_S)
