"""What can go wrong, as a tree.

TodError                  a user can mend it: one line with the thing, the fault, the mend
  SettingError            a parameter that is unknown, of the wrong type or out of range
  ImageError              a picture that cannot be read or written
    BlindImageError       a picture that shows nothing: camera off, black, frozen
  CameraError             the robot gave no picture in time
    WrongTypeError        the camera's service or topic is of a type that holds no picture
  ConversationError       another node did not answer in time
  LabelMapError           a label map that is missing, broken or at odds with the model
  ModelError              a model folder that cannot be loaded or does not fit
  AnnotationError         an annotation that is broken or does not fit its picture
  SceneError              a scene that cannot be drawn as asked
  ProjectError            a project folder that is missing or not as expected
  ZooError                a pre-trained network that is unknown, or whose download failed
  PipelineError           a pipeline.config that is broken or does not fit the project
  TrainingError           a training, export or evaluation that cannot run or went wrong
  SeveralErrors           a batch that found several of the above

Beside its department an error has a condition, where a program may want to tell one from another:

  NotFound                it is not there:        LabelMapNotFound, ProjectNotFound, ModelNotFound,
                                                  NetworkNotFound
  NotWritable             it cannot be made, changed or removed: ProjectNotWritable,
                                                  ZooNotWritable, ImageNotWritable
  Broken                  it is there, and damaged: AnnotationBroken, ImageBroken, LabelMapBroken,
                                                  ModelBroken, ArchiveBroken
  Busy                    another program is at work on it: ProjectBusy
  RuntimeMissingError     a program or library is not installed

It is long because each condition is a class of its own.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, List

from tod_ros.text import harmless


class TodError(Exception):
    """Something a user can mend; its text is one line with the way out.

    What it repeats of files, servers and other nodes may hold anything: no control code of theirs
    reaches a terminal or a log, and no more than a screenful.
    """

    def __init__(self, text: object = "", *more: object):
        super().__init__(harmless(str(text)), *more)


class SettingError(TodError):
    def __init__(self, text: str, parameter: str = ""):
        self.parameter = parameter
        super().__init__(text)


class ImageError(TodError):
    pass


class BlindImageError(ImageError):
    pass


class CameraError(TodError):
    pass


class WrongTypeError(CameraError):
    pass


class ConversationError(TodError):
    pass


class LabelMapError(TodError):
    pass


class ModelError(TodError):
    pass


class AnnotationError(TodError):
    pass


class SceneError(TodError):
    pass


class ProjectError(TodError):
    pass


class ZooError(TodError):
    pass


class PipelineError(TodError):
    pass


class TrainingError(TodError):
    pass


class RuntimeMissingError(TodError):
    pass


class NotFound(TodError):
    pass


class NotWritable(TodError):
    pass


class Broken(TodError):
    pass


class Busy(TodError):
    pass


class LabelMapNotFound(LabelMapError, NotFound):
    pass


class ProjectNotFound(ProjectError, NotFound):
    pass


class ModelNotFound(ModelError, NotFound):
    pass


class NetworkNotFound(ZooError, NotFound):
    pass


class ProjectNotWritable(ProjectError, NotWritable):
    pass


class ZooNotWritable(ZooError, NotWritable):
    pass


class ImageNotWritable(ImageError, NotWritable):
    pass


class AnnotationBroken(AnnotationError, Broken):
    pass


class ImageBroken(ImageError, Broken):
    pass


class LabelMapBroken(LabelMapError, Broken):
    pass


class ModelBroken(ModelError, Broken):
    pass


class ArchiveBroken(ZooError, Broken):
    pass


class ProjectBusy(ProjectError, Busy):
    pass


MOST_OF_A_KIND = 20  # lines that say the same of other files or entries
MOST_KINDS = 8
MOST_LOOKED_AT = 10_000


class SeveralErrors(TodError):
    """Every fault a batch found, one line each; of many of one kind the first, and how many."""

    def __init__(self, errors: Iterable[TodError]):
        self.errors = tuple(errors)
        kept = Faults()
        for error in self.errors:
            kept.add(error)
        Exception.__init__(self, "\n".join(str(error) for error in kept.told()))


class Faults:
    """Collects the faults of a batch: the first of each kind, and of the others how many.

    A kind is what is left of a text without its names and numbers. A file from a stranger can hold
    millions of faults, and nobody reads more than the first.
    """

    def __init__(self) -> None:
        self._first: List[TodError] = []
        self._counts: Dict[str, int] = {}
        self._more = 0

    def __bool__(self) -> bool:
        return bool(self._first)

    @property
    def is_full(self) -> bool:
        """Whether so many were looked at that the others are only counted."""
        return self._more >= MOST_LOOKED_AT

    def count_one_more(self) -> None:
        self._more += 1

    def add(self, fault: TodError) -> None:
        if self.is_full:
            self._more += 1
            return
        kind = _kind_of(fault)
        count = self._counts.get(kind, 0)
        if count >= MOST_OF_A_KIND or (not count and len(self._counts) >= MOST_KINDS):
            self._more += 1
        else:
            self._counts[kind] = count + 1
            self._first.append(fault)

    def add_all(self, faults: Iterable[TodError]) -> None:
        for fault in faults:
            self.add(fault)

    def told(self) -> List[TodError]:
        """The faults to tell, and at the end how many more there are."""
        more = [TodError(f"and {self._more:,} more like these")] if self._more else []
        return [*self._first, *more]


def _kind_of(error: TodError) -> str:
    """What is said, without where and of what."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\([^)]*\)", "*", str(error)[:400])
    return re.sub(r"^[^:]*|\S*/\S*|[-\d.]+", "*", text)
