"""The items of a label map's text, which is a protobuf in its text format.

Numbers, strings, comments and brackets are read as protobuf reads them; fields that say nothing of
names and ids are passed over.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from tod_ros.errors import LabelMapError
from tod_ros.text import did_you_mean, shown

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


def read_items(text: str, source: str) -> Iterator[Tuple[int, Dict[str, Any]]]:
    """Each item's fields, with the line it starts on; `source` is what messages call the text."""
    return _items(_Tokens(text, source))


class _Token(NamedTuple):
    kind: str  # word, number, string, mark, end
    text: str
    line: int


_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\f\v]+|\#[^\n]*)
      | (?P<newline>\n)
      | (?P<string>"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')
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
        seen = "the end of the file" if token.kind == "end" else shown(token.text)
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
            raise tokens.error(name.line, f"unknown field {shown(name.text)}{hint}")
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
