"""A program that talks through shared parameters, turned into an automaton by running it.

A program here is ordinary code: the package's own Labeller, say, over a mapping of parameters. It
runs against a script of answers, until the script ends in the middle of an access. Where it then
stands (the line of each open function, and their variables) is a state of the automaton, the access
is what it does there, and each possible answer leads to another state. So what is explored is
the code itself, not a copy of it that could drift away.

What a function keeps neither in a variable nor in an object is not seen: `for x in f():` hides the
list. World.check_by_running() finds such a mistake.
"""

from __future__ import annotations

import dataclasses
from types import FunctionType, MethodType, TracebackType
from typing import (
    Any,
    Callable,
    Dict,
    Hashable,
    Iterator,
    List,
    MutableMapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

ABSENT = "(absent)"  # what reading a parameter answers that nobody has set
SHORT, LONG = "short", "long"  # what a sleep answers: whether the time went by that was waited for
LONG_S = 1000.0


class Op(NamedTuple):
    """One thing that a program does to the world: get, set, delete, sleep, end, or another."""

    kind: str
    name: str = ""
    value: Any = None


class Time(float):
    """What a clock says. Left out of a program's state: it would never be the same twice."""

    def __add__(self, other: float) -> Time:
        return Time(float(self) + other)

    def __sub__(self, other: float) -> Time:
        return Time(float(self) - other)


class Script(MutableMapping[str, Any]):
    """The world as one run of a program sees it: a list of answers, then `Paused`."""

    def __init__(self, answers: Sequence[Any], skips_waits: Callable[[Hashable], bool]):
        self._answers = iter(answers)
        self._skips_waits = skips_waits
        self.time = Time(0.0)
        self.probe: Callable[[], Hashable] = lambda: None

    def act(self, kind: str, name: str = "", value: Any = None) -> Any:
        for answer in self._answers:
            return answer
        raise Paused(Op(kind, name, value))

    def clock(self) -> Time:
        return self.time

    def sleep(self, _seconds: float) -> None:
        if self._skips_waits(self.probe()):
            return
        if self.act("sleep") == LONG:
            self.time += LONG_S

    def __getitem__(self, name: str) -> Any:
        answer = self.act("get", name)
        if answer is ABSENT:
            raise KeyError(name)
        return answer

    def __setitem__(self, name: str, value: Any) -> None:
        self.act("set", name, value)

    def __delitem__(self, name: str) -> None:
        if self.act("delete", name) is ABSENT:
            raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError("no party of the conversation lists the parameters")

    def __len__(self) -> int:
        raise NotImplementedError("no party of the conversation lists the parameters")


class Paused(BaseException):
    """The script is at its end, in the middle of `op`."""

    def __init__(self, op: Op):
        super().__init__(op)
        self.op = op


class Point(NamedTuple):
    """Where a program can stand: what it does next, and the shortest way there."""

    op: Op
    answers: Tuple[Any, ...]
    probed: Hashable


class Program:
    """The automaton of `run`, learnt step by step; states are numbers, 0 is the start.

    Where `skips_waits` says so (of what the program lets probe), its sleeps are no steps of their
    own: nothing can be told apart by them, since any other program may move at any time anyway.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Script], Any],
        skips_waits: Callable[[Hashable], bool] = lambda probed: True,
    ):
        self.name = name
        self._skips_waits = skips_waits
        self.points: List[Point] = []
        self.runs = 0
        self._run = run
        self._numbers: Dict[Hashable, int] = {}
        self._steps: Dict[Tuple[int, Hashable], int] = {}
        self._learn(())

    def step(self, state: int, answer: Any, key: Hashable) -> int:
        """The state after `answer` (`key`: its hashable form) to what is done in `state`."""
        known = (state, key)
        if known not in self._steps:
            self._steps[known] = self._learn((*self.points[state].answers, answer))
        return self._steps[known]

    def stands_at(self, state: int, answers: Sequence[Any]) -> bool:
        """Whether running the program on these answers leads to `state`."""
        return self._numbers.get(self.replay(answers)[1]) == state

    def _learn(self, answers: Tuple[Any, ...]) -> int:
        op, place, probed = self.replay(answers)
        found = self._numbers.setdefault(place, len(self.points))
        if found == len(self.points):
            self.points.append(Point(op, answers, probed))
        return found

    def replay(self, answers: Sequence[Any]) -> Tuple[Op, Hashable, Hashable]:
        """Run the program from its start on these answers: its next op, and where it stands."""
        self.runs += 1
        script = Script(answers, self._skips_waits)
        try:
            told = self._run(script)
        except Paused as paused:
            probed = script.probe()
            where = (_place(paused.__traceback__), frozen(paused.op), probed)
            return paused.op, where, probed
        except Exception as fault:  # a party that dies of an exception is a finding, not our bug
            told = f"{type(fault).__name__}: {fault}"
        return Op("end", value=told), ("end", frozen(told)), None


def _place(traceback: Optional[TracebackType]) -> Hashable:
    """The open functions at a pause: where each one is, and its variables."""
    frames = []
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__") != __name__:
            variables = tuple(sorted((k, frozen(v)) for k, v in frame.f_locals.items()))
            frames.append((frame.f_code.co_name, traceback.tb_lineno, variables))
        traceback = traceback.tb_next
    return tuple(frames)


def frozen(value: Any, depth: int = 0) -> Hashable:
    """A value as something that can be compared and hashed; what a clock said is left out."""
    if isinstance(value, Time):
        return "..."
    if value is None or isinstance(value, (bool, int, float, str)):
        return (type(value).__name__, value)  # 1 == True and -1 == -1.0, but not to every reader
    if isinstance(value, (list, tuple)):
        return tuple(frozen(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return tuple((key, frozen(item, depth + 1)) for key, item in value.items())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [f.name for f in dataclasses.fields(value)]
        return tuple((name, frozen(getattr(value, name), depth + 1)) for name in fields)
    if isinstance(value, (FunctionType, MethodType, Script, type)) or depth > 3:
        return "..."  # what never changes
    own = getattr(value, "__dict__", {})
    return tuple(sorted((name, frozen(item, depth + 1)) for name, item in own.items()))
