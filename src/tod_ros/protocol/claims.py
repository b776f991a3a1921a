"""Which node serves which parameters: two on the same ones would answer each other's requests.

/tod_ros/claims/takeImage = /inference, and so on for each parameter of the protocol. The claim of a
node that no longer runs counts for nothing.
"""

from __future__ import annotations

from typing import Any, Callable, MutableMapping, Sequence

from tod_ros.errors import ConversationError

ROOT = "/tod_ros/claims"


class Claims:
    """One node's claims; `is_alive` tells whether the node of that name still answers."""

    def __init__(
        self,
        params: MutableMapping[str, Any],
        node: str,
        names: Sequence[str],
        is_alive: Callable[[str], bool],
    ):
        self._params, self._node, self._names, self._is_alive = params, node, names, is_alive

    def hold(self) -> None:
        """Claim what nobody has claimed; ConversationError where another node has.

        To be called again and again: a restarted master has forgotten every claim.
        """
        for name in self._names:
            claim = f"{ROOT}/{name.strip('/')}"
            holder = self._params.get(claim)
            if holder == self._node:
                continue
            if isinstance(holder, str) and holder and self._is_alive(holder):
                raise ConversationError(
                    f"node {holder} serves parameter {name} already; end it (rosnode kill"
                    f" {holder}), or give {self._node} another take_image_param,"
                    " robot_ready_param and label_param"
                )
            self._params[claim] = self._node
