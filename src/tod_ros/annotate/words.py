"""The sentences of the page and of the coach, English and French, from static/words.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Mapping

STATIC = Path(__file__).with_name("static")


def read_words() -> Dict[str, Dict[str, str]]:
    return json.loads((STATIC / "words.json").read_text(encoding="utf-8"))


def say(words: Mapping[str, str], code: str, values: Mapping[str, Any]) -> str:
    """The sentence `code` with {name} filled in; words.js does the same in the page."""
    sentence = words[code]
    for name, value in values.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence
