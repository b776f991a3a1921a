"""One scene as somebody sees it who only asks and watches, while another node takes the labels.

It goes by what the node writes anyway: ~result tells what there is, ~handover which cube is on
offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, MutableMapping, Optional

from tod_ros.errors import ConversationError
from tod_ros.protocol.handover import NEXT, OFFERED, OVER
from tod_ros.settings import InferenceSettings

# Seconds between the last cube and the end: an action's client hears of the two on two topics, and
# drops what comes after the end.
LEAD_S = 0.2


@dataclass(frozen=True)
class Offered:
    """The cube on offer, counted from 1, of `count`."""

    cube: int
    count: int
    label: int
    name: str
    score: float


class Sorting:
    """Asks for one scene and follows it; `cancel(request)` makes the node abandon a request."""

    def __init__(
        self,
        params: MutableMapping[str, Any],
        settings: InferenceSettings,
        *,
        result_param: str,
        handover_param: str,
        cancel: Callable[[int], None],
        sleep: Callable[[float], None],
        poll_hz: float = 20.0,
    ):
        self._params, self._take_image_param = params, settings.take_image_param
        self._result_param, self._handover_param = result_param, handover_param
        self._cancel, self._sleep, self._poll_s = cancel, sleep, 1.0 / poll_hz

    def sort(
        self, on_offer: Callable[[Offered], None], is_cancelled: Callable[[], bool]
    ) -> Optional[Mapping[str, Any]]:
        """The node's result once the last cube is gone; None where it was cancelled.

        ConversationError if somebody else's request, or the node itself, has ended this one.

        It is long because each way in which a request ends has its answer.
        """
        self._params[self._take_image_param] = True
        while self._params.get(self._take_image_param) is True:
            if is_cancelled():
                self._params[self._take_image_param] = False
                return None
            self._sleep(self._poll_s)
        request = self._handover()["request"]
        result = self._result_of(request)
        told, is_asked_to_end = 0, False
        while True:
            if is_cancelled() and not is_asked_to_end:
                self._cancel(request)
                is_asked_to_end = True
            left = self._handover()
            is_over = left["state"] == OVER and left["request"] == request
            if is_over and left["cube"] and is_asked_to_end:
                return None
            if left["request"] != request or (is_over and left["cube"]):
                raise ConversationError(f"request {request} was abandoned")
            last = result["count"] if is_over else _offered_so_far(left)
            for cube in range(told + 1, last + 1):
                on_offer(_offered(result, cube))
            if is_over:
                if told < last:
                    self._sleep(LEAD_S)
                return result
            told = max(told, last)
            self._sleep(self._poll_s)

    def _result_of(self, request: int) -> Mapping[str, Any]:
        while True:
            result = self._params.get(self._result_param)
            if isinstance(result, Mapping) and result["request"] >= request:
                break
            self._sleep(self._poll_s)
        if result["request"] > request:
            raise ConversationError(f"request {request} was abandoned")
        return result

    def _handover(self) -> Mapping[str, Any]:
        left: Any = self._params.get(self._handover_param)
        return left if isinstance(left, Mapping) else {"request": 0, "state": "", "cube": 0}


def _offered_so_far(left: Mapping[str, Any]) -> int:
    """The last cube that was on offer; a quick taker's may be gone before anybody has looked."""
    if left["state"] == NEXT:
        return int(left["cube"]) - 1
    return int(left["cube"]) if left["state"] == OFFERED else 0


def _offered(result: Mapping[str, Any], cube: int) -> Offered:
    at = cube - 1
    label, name, score = (result[key][at] for key in ("labels", "names", "scores"))
    return Offered(cube, result["count"], label, name, score)
