"""The label map: class names and their ids, as the Object Detection API reads them.

    item {
      id: 1
      name: 'one'
    }

Ids start at 1: 0 is the background. Where an item has a `display_name` too (COCO's map, whose
`name` is a code), that is the class's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Tuple

from tod_ros.errors import LabelMapError
from tod_ros.files import PathLike, write_text
from tod_ros.names import did_you_mean

MAX_BYTES = 4_000_000
_FIELDS = {
    "name": "text",
    "id": "number",
    "display_name": "text",
    "instance_count": "number",
    "frequency": "skipped",
    "keypoints": "skipped",
    "ancestor_ids": "skipped",
    "descendant_ids": "skipped",
    "lvis": "skipped",
}


@dataclass(frozen=True)
class LabelMap:
    """Class names by id, and ids by name; both in the order of the ids."""

    names: Mapping[int, str]
    ids: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {number: self.names[number] for number in sorted(self.names)}
        object.__setattr__(self, "names", MappingProxyType(names))
        ids = {name: number for number, name in names.items()}
        object.__setattr__(self, "ids", MappingProxyType(ids))
        for number, name in names.items():
            _check_item(number, name)
        if len(ids) != len(names):
            twice = next(n for i, n in names.items() if ids[n] != i)
            raise LabelMapError(f"class {twice!r} is there twice, every name must be unique")

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def from_names(cls, names: Iterable[str]) -> LabelMap:
        """Ids from 1, in the order given."""
        return cls(dict(enumerate(names, start=1)))


def read_label_map(path: PathLike) -> LabelMap:
    """Read a label_map.pbtxt; LabelMapError names the file and the line."""
    try:
        with open(path, "rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise LabelMapError(
            f"{path}: no such label map, write it with `tod init` or `tod convert`"
        ) from None
    except OSError as error:
        raise LabelMapError(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise LabelMapError(f"{path}: over {MAX_BYTES // 1_000_000} MB, this is no label map")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LabelMapError(f"{path}: not a text file (UTF-8), this is no label map") from None
    return from_text(text, source=str(path))


def from_text(text: str, source: str = "label map") -> LabelMap:
    """Parse the text of a label map; `source` is what messages call it."""
    names: Dict[int, str] = {}
    lines: Dict[str, int] = {}
    for line, item in _items(_Tokens(text, source)):
        number, name = item.get("id"), item.get("display_name") or item.get("name")
        if number is None or name is None:
            lacking = "id" if number is None else "name"
            raise LabelMapError(f"{source}, line {line}: this item has no {lacking}")
        if number in names:
            raise LabelMapError(
                f"{source}, line {line}: id {number} is taken by {names[number]!r} already"
            )
        if name in lines:
            raise LabelMapError(
                f"{source}, line {line}: class {name!r} is on line {lines[name]} already"
            )
        try:
            _check_item(number, name)
        except LabelMapError as error:
            raise LabelMapError(f"{source}, line {line}: {error}") from None
        names[number], lines[name] = name, line
    if not names:
        raise LabelMapError(
            f"{source}: no classes, add items such as: item {{ id: 1 name: 'one' }}"
        )
    return LabelMap(names)


def to_text(label_map: LabelMap) -> str:
    return "\n".join(
        f"item {{\n  id: {number}\n  name: '{_escaped(name)}'\n}}\n"
        for number, name in label_map.names.items()
    )


def write_label_map(path: PathLike, label_map: LabelMap) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_text(path, to_text(label_map))


def _check_item(number: int, name: str) -> None:
    if number < 1:
        raise LabelMapError(f"class {name!r} has id {number}, ids start at 1 (0 is the background)")
    if number > 2**31 - 1:
        raise LabelMapError(f"class {name!r} has id {number}, over 2147483647")
    if not name.strip():
        raise LabelMapError(f"class {number} has an empty name")
    if name != name.strip() or not name.isprintable():
        raise LabelMapError(
            f"class {name!r} has spaces around it or characters that cannot be printed"
        )


class _Token(NamedTuple):
    kind: str  # word, number, string, mark, end
    text: str
    line: int


_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v]+|\#[^\n]*)
      | (?P<newline>\n)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>[-+]?[0-9][0-9A-Za-z_.+-]*)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>[{}<>:,;\[\]])""",
    re.VERBOSE,
)


class _Tokens:
    """The words of a label map, one ahead."""

    def __init__(self, text: str, source: str):
        self._source = source
        self._stream = self._split(text)
        self.ahead = next(self._stream)

    def take(self) -> _Token:
        taken = self.ahead
        if taken.kind != "end":
            self.ahead = next(self._stream)
        return taken

    def skip(self, marks: str) -> bool:
        if self.ahead.kind == "mark" and self.ahead.text in marks:
            self.take()
            return True
        return False

    def fault(self, token: _Token, wanted: str) -> LabelMapError:
        seen = "the end of the file" if token.kind == "end" else repr(token.text)
        return LabelMapError(f"{self._source}, line {token.line}: {seen} where {wanted} should be")

    def error(self, line: int, text: str) -> LabelMapError:
        return LabelMapError(f"{self._source}, line {line}: {text}")

    def _split(self, text: str) -> Iterator[_Token]:
        position, line = 0, 1
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.error(line, f"unexpected character {text[position]!r}")
            kind = str(match.lastgroup)
            if kind == "newline":
                line += 1
            elif kind != "skip":
                yield _Token(kind, match.group(), line)
            position = match.end()
        yield _Token("end", "", line)


def _items(tokens: _Tokens) -> Iterator[Tuple[int, Dict[str, Any]]]:
    """Each item with the line it starts on."""
    while tokens.ahead.kind != "end":
        start = tokens.take()
        if start.text != "item":
            hint = did_you_mean(start.text, ["item"]) if start.kind == "word" else ""
            raise tokens.fault(start, f"`item {{`{hint.rstrip('?')}")
        tokens.skip(":")
        yield start.line, _item(tokens)
        tokens.skip(",;")


def _item(tokens: _Tokens) -> Dict[str, Any]:
    closing = _opened(tokens)
    found: Dict[str, Any] = {}
    while not tokens.skip(closing):
        name = tokens.take()
        if name.kind != "word":
            raise tokens.fault(name, f"a field or {closing!r}")
        if name.text not in _FIELDS:
            hint = did_you_mean(name.text, _FIELDS)
            raise tokens.error(name.line, f"unknown field {name.text!r}{hint}")
        kind = _FIELDS[name.text]
        if kind == "skipped":
            _skip_value(tokens)
        elif name.text in found:
            raise tokens.error(name.line, f"a second {name.text} in one item")
        else:
            found[name.text] = _number(tokens) if kind == "number" else _text(tokens)
        tokens.skip(",;")
    return found


def _opened(tokens: _Tokens) -> str:
    start = tokens.take()
    if start.text == "{" or start.text == "<":
        return "}" if start.text == "{" else ">"
    raise tokens.fault(start, "'{'")


def _number(tokens: _Tokens) -> int:
    if not tokens.skip(":"):
        raise tokens.fault(tokens.ahead, "':'")
    token = tokens.take()
    if not re.fullmatch(r"[-+]?[0-9]{1,12}", token.text):
        raise tokens.fault(token, "a whole number")
    return int(token.text)


def _text(tokens: _Tokens) -> str:
    if not tokens.skip(":"):
        raise tokens.fault(tokens.ahead, "':'")
    if tokens.ahead.kind != "string":
        raise tokens.fault(tokens.ahead, "a name in quotes")
    line, pieces = tokens.ahead.line, []
    while tokens.ahead.kind == "string":  # neighbours are one text, as in C
        pieces.append(_unescaped(tokens.take().text[1:-1]))
    try:
        return b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        raise tokens.error(line, "this name is not UTF-8") from None


def _skip_value(tokens: _Tokens) -> None:
    """Leave out a value of any form; a bracket counts as deep as it opens."""
    tokens.skip(":")
    open_marks: List[str] = []
    while True:
        token = tokens.take()
        if token.kind == "end":
            raise tokens.fault(token, "a value")
        if token.text in ("{", "<", "["):
            open_marks.append({"{": "}", "<": ">", "[": "]"}[token.text])
        elif token.text in ("}", ">", "]") and (not open_marks or open_marks.pop() != token.text):
            raise tokens.fault(token, "a value")
        if not open_marks:
            return


_ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v"}
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")


def _unescaped(text: str) -> bytes:
    pieces, position = [], 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[position : match.start()].encode("utf-8", "surrogatepass"))
        code = match.group(1)
        if code[0] == "x" and len(code) > 1:
            pieces.append(bytes([int(code[1:], 16)]))
        elif code[0] in "01234567":
            pieces.append(bytes([int(code, 8) & 255]))
        else:
            pieces.append(_ESCAPES.get(code, code.encode("utf-8", "surrogatepass")))
        position = match.end()
    pieces.append(text[position:].encode("utf-8", "surrogatepass"))
    return b"".join(pieces)
