"""The camera as a topic: sensor_msgs/Image or sensor_msgs/CompressedImage."""

from __future__ import annotations

import struct
import threading
import time
from dataclasses import dataclass
from typing import Any, Optional

import genpy
import rospy
from sensor_msgs.msg import CompressedImage, Image

from tod_ros.errors import CameraError, WrongTypeError

TYPES = {kind._type: kind for kind in (Image, CompressedImage)}
BUFFER_BYTES = 1 << 24  # less than a picture, and rospy would let old ones queue up


@dataclass(frozen=True)
class _Arrival:
    """A picture as it came, not decoded, and when it was taken (if it does not say: arrived)."""

    content: bytes
    kind: str
    taken_ns: int


class ImageTopic:
    """Called, it answers the first picture taken after the call, within `timeout_s`.

    "After" goes by the picture's stamp. With `accept_latest` the newest picture that has come is
    enough. Nothing is decoded that nobody asked for: each picture is kept as bytes until the next.
    """

    def __init__(self, topic: str, timeout_s: float, accept_latest: bool = False):
        self.name = rospy.resolve_name(topic)
        self._timeout_s, self._accept_latest = timeout_s, accept_latest
        self._arrived = threading.Condition()
        self._last: Optional[_Arrival] = None
        self._subscriber = rospy.Subscriber(
            self.name, rospy.AnyMsg, self._receive, queue_size=1, buff_size=BUFFER_BYTES
        )

    def __call__(self) -> Any:
        asked_ns = rospy.Time.now().to_nsec()
        until = time.monotonic() + self._timeout_s
        with self._arrived:
            before = self._last
            while not self._is_after(asked_ns):
                left_s = until - time.monotonic()
                if left_s <= 0 or rospy.core.is_shutdown_requested():
                    raise CameraError(self._silence(before, asked_ns))
                self._arrived.wait(min(left_s, 0.1))
            arrival = self._last
        assert arrival is not None
        return self._decoded(arrival)

    def missing(self) -> str:
        """What is wrong with the topic, "" where somebody publishes pictures on it."""
        with self._arrived:
            last = self._last
        if last is not None and last.kind not in TYPES:
            return self._wrong_type(last.kind)
        if not self._subscriber.get_num_connections():
            return f"nobody publishes on topic {self.name}"
        return ""

    def _receive(self, message: Any) -> None:
        kind = message._connection_header.get("type", "")
        taken_ns = _stamp_ns(message._buff) if kind in TYPES else 0
        arrival = _Arrival(message._buff, kind, taken_ns or rospy.Time.now().to_nsec())
        with self._arrived:
            self._last = arrival
            self._arrived.notify_all()

    def _is_after(self, asked_ns: int) -> bool:
        last = self._last
        if last is None:
            return False
        return self._accept_latest or last.kind not in TYPES or last.taken_ns >= asked_ns

    def _decoded(self, arrival: _Arrival) -> Any:
        if arrival.kind not in TYPES:
            raise WrongTypeError(self._wrong_type(arrival.kind))
        try:
            return TYPES[arrival.kind]().deserialize(arrival.content)
        except (genpy.DeserializationError, UnicodeDecodeError) as error:
            raise CameraError(f"topic {self.name} sends garbage ({error})") from None

    def _wrong_type(self, kind: str) -> str:
        return f"topic {self.name} is a {kind or '?'}; needed: {' or '.join(TYPES)}"

    def _silence(self, before: Optional[_Arrival], asked_ns: int) -> str:
        last = self._last
        if last is None or last is before:
            return (
                f"topic {self.name} gave no picture within {self._timeout_s:g} s; start its camera"
                " node again, or raise image_timeout_s"
            )
        behind_s = (asked_ns - last.taken_ns) / 1e9
        return (
            f"topic {self.name} gave no picture taken after the request within"
            f" {self._timeout_s:g} s: the last one's stamp is {behind_s:.1f} s older; let both"
            " machines keep the same time, or set accept_latest to true"
        )


def _stamp_ns(content: bytes) -> int:
    """The stamp of a message that begins with a std_msgs/Header."""
    if len(content) < 12:
        return 0
    _, secs, nsecs = struct.unpack_from("<III", content)
    return int(secs) * 1_000_000_000 + int(nsecs)
