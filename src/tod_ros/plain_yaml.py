"""YAML as our files need it: no aliases and no merge keys, with which 2 kB can fill any memory."""

from __future__ import annotations

from typing import Any

import yaml

MOST_DIGITS = 400


class _PlainLoader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise _Refused(f"line {line}: aliases (*name) are not taken; write the value out")
        return super().compose_node(parent, index)  # type: ignore[no-untyped-call]

    def flatten_mapping(self, node: Any) -> None:
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            line = node.start_mark.line + 1
            raise _Refused(f"line {line}: merge keys (<<) are not taken; write the values out")
        super().flatten_mapping(node)  # type: ignore[no-untyped-call]

    def construct_yaml_int(self, node: Any) -> int:
        if len(node.value) > MOST_DIGITS:
            raise _Refused(f"a number of {len(node.value)} digits")
        return int(super().construct_yaml_int(node))


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _PlainLoader.construct_yaml_int)


class _Refused(ValueError):
    pass


def load_plain_yaml(text: str) -> Any:
    """The value in a YAML text; ValueError, with the line, for whatever is none or not plain."""
    try:
        return _load(text)
    except _Refused:
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{where}{getattr(error, 'problem', None) or 'not to be read'}") from None
    except (ValueError, OverflowError, TypeError, AttributeError) as error:  # a date, a number
        raise ValueError(str(error)) from None


def _load(text: str) -> Any:
    loader = _PlainLoader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]
