"""The names of the protocol's parameters, which must not stand in one another's way."""

from __future__ import annotations

import itertools
from typing import Mapping

from tod_ros.errors import SettingError


def refuse_clashes(names: Mapping[str, str], node: str) -> None:
    """SettingError where two whole names are one parameter, or one lies inside the other.

    `names`: each setting with the parameter that it names. The node's own name counts too: below
    it are its private parameters, among them what it writes itself.
    """
    for (setting, name), (_, other) in itertools.combinations(names.items(), 2):
        if _share(name, other):
            twin = next(key for key, value in reversed(list(names.items())) if value == other)
            raise SettingError(
                f"parameters {setting!r} and {twin!r} name {name} and {other}, of which one holds"
                " the other; give each a name of its own",
                setting,
            )
    for setting, name in names.items():
        if _share(name, node):
            raise SettingError(
                f"parameter {setting!r} names {name}, where node {node} keeps its private"
                " parameters; give it another name",
                setting,
            )


def _share(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
