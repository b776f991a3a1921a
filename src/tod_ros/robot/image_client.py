"""The robot's camera service, called within a deadline."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import Any, Dict, Iterator
from urllib.parse import urlsplit

import genpy
import rosgraph.network
import rospy

from tod_ros.errors import CameraError, WrongTypeError
from tod_ros.robot.master import MASTER_FAULTS
from tod_ros.robot.polling import MasterQuestions
from tod_ros.srv import GetImage, GetImageResponse

MAX_RESPONSE_BYTES = 512 * 1024 * 1024
PROBE_TIMEOUT_S = 1.0
_MD5 = GetImage._md5sum


class ImageClient:
    """The service that takes a picture; a call answers or raises CameraError within `timeout_s`.

    rospy's own ServiceProxy waits for ever on a hung server, and a thread around it would stay
    behind with every such call. So the call is made here, on one socket with a deadline.
    """

    def __init__(self, service: str, timeout_s: float):
        self.service = self.name = rospy.resolve_name(service)
        self._timeout_s = timeout_s
        self._was_wrong_type = False
        self._of_thread = threading.local()

    def __call__(self) -> Any:
        """The sensor_msgs/Image that the robot answers."""
        deadline = time.monotonic() + self._timeout_s
        with self._faults_named():
            if self._was_wrong_type:  # ask politely: a refused call is logged by the other node
                self._check_type()
            host, port = self._look_up()
            with socket.create_connection((host, port), _left(deadline)) as connection:
                return self._ask(_Wire(connection, deadline)).image

    def is_there(self) -> bool:
        """Whether something answers under the service's name; calls nothing."""
        return not self.missing()

    def missing(self) -> str:
        """What is wrong with the service, "" where it is there and of the right type."""
        try:
            told = self._probe()
        except socket.timeout:
            return ""  # it hangs; a call will say so
        except rosgraph.network.ROSHandshakeException as error:
            return f"service {self.service} is no ROS service ({error})"
        except (CameraError, *MASTER_FAULTS):
            return f"service {self.service} is not there"
        return "" if told.get("md5sum", _MD5) == _MD5 else self._wrong_type(told)

    def _probe(self) -> Dict[str, str]:
        """What the service tells of itself: its type and md5sum, or an error."""
        deadline = time.monotonic() + min(self._timeout_s, PROBE_TIMEOUT_S)
        probe = {"probe": "1", "md5sum": "*", "service": self.service, "callerid": rospy.get_name()}
        with socket.create_connection(self._look_up(), _left(deadline)) as connection:
            wire = _Wire(connection, deadline)
            wire.send(rosgraph.network.encode_ros_handshake_header(probe))
            answer = bytes(wire.read_block(with_size=True))
            return dict(rosgraph.network.decode_ros_handshake_header(answer))

    def _check_type(self) -> None:
        told = self._probe()
        self._was_wrong_type = told.get("md5sum", _MD5) != _MD5
        if self._was_wrong_type:
            raise WrongTypeError(self._wrong_type(told))

    def _wrong_type(self, told: Dict[str, str]) -> str:
        return (
            f"service {self.service} is a {told.get('type', '?')}; needed: poppy_controllers/"
            "GetImage, with an empty request and the answer sensor_msgs/Image image"
        )

    def _look_up(self) -> Any:
        if not hasattr(self._of_thread, "questions"):
            self._of_thread.questions = MasterQuestions(self._timeout_s)
        ask = self._of_thread.questions.ask
        code, _, uri = ask("lookupService", rospy.get_name(), self.service)
        if code != 1:
            raise CameraError(
                f"service {self.service} is not there; start the robot, for example"
                " roslaunch poppy_controllers control.launch, or name another image_service"
                " or an image_topic"
            )
        address = urlsplit(uri)
        return address.hostname, address.port

    def _ask(self, wire: _Wire) -> Any:
        header = {
            "service": self.service,
            "md5sum": _MD5,
            "type": GetImage._type,
            "callerid": rospy.get_name(),
        }
        wire.send(rosgraph.network.encode_ros_handshake_header(header))
        handshake = bytes(wire.read_block(with_size=True))
        answer = rosgraph.network.decode_ros_handshake_header(handshake)
        if "error" in answer:
            if "md5sum" in answer["error"]:
                self._check_type()
            raise CameraError(f"service {self.service} refuses the call: {answer['error']}")
        wire.send(struct.pack("<I", 0))  # the request of GetImage is empty
        (is_ok,) = wire.read(1)
        content = wire.read_block()
        if not is_ok:
            reason = content.decode("utf-8", "replace").strip() or "no reason given"
            raise CameraError(f"service {self.service} answers with an error: {reason}")
        return GetImageResponse().deserialize(content)

    @contextlib.contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except socket.timeout:
            raise CameraError(
                f"service {self.service} gave no answer within {self._timeout_s:g} s;"
                " restart the robot's camera, or raise image_timeout_s"
            ) from None
        except genpy.DeserializationError as error:
            raise CameraError(f"service {self.service} answers garbage ({error})") from None
        except rosgraph.network.ROSHandshakeException as error:
            raise CameraError(f"service {self.service} is no ROS service ({error})") from None
        except MASTER_FAULTS as error:
            raise CameraError(
                f"service {self.service} cannot be called ({error}); is the robot on?"
            ) from None


class _Wire:
    """A socket whose reads and writes together end by one deadline."""

    def __init__(self, connection: socket.socket, deadline: float):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._deadline = deadline

    def send(self, content: bytes) -> None:
        self._connection.settimeout(_left(self._deadline))
        self._connection.sendall(content)

    def read_block(self, with_size: bool = False) -> bytearray:
        """What follows a length of four bytes."""
        head = self.read(4)
        (size,) = struct.unpack("<I", head)
        if size > MAX_RESPONSE_BYTES:
            raise CameraError(f"the camera announces {size} bytes; check its driver")
        return head + self.read(size) if with_size else self.read(size)

    def read(self, size: int) -> bytearray:
        """As a bytearray: genpy cuts the picture out of it, and that is its only copy."""
        content = bytearray(size)
        view, position = memoryview(content), 0
        while position < size:
            self._connection.settimeout(_left(self._deadline))
            count = self._connection.recv_into(view[position:])
            if not count:
                raise ConnectionError("the connection ended in the middle of the answer")
            position += count
        return content


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout("timed out")
    return left
