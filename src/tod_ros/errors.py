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
  RuntimeMissingError     a program or library this needs is not installed
  SeveralErrors           a batch that found several of the above
"""

from __future__ import annotations

from typing import Sequence


class TodError(Exception):
    """Something a user can mend; its text is one line with the way out."""


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


class SeveralErrors(TodError):
    """Every fault a batch found, one line each."""

    def __init__(self, errors: Sequence[TodError]):
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))
