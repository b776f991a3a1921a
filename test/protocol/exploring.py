"""Every state that some programs can bring each other into, whoever is quick and whoever is slow.

One step is one access of one program; between any two of them every other program may take any
number of steps, and a program may be killed and started anew, a given number of times in all.
"""

from __future__ import annotations

from array import array
from collections import deque
from random import Random
from typing import Any, Deque, Dict, Hashable, Iterator, List, NamedTuple, Sequence, Tuple

from programs import ABSENT, LONG, SHORT, Op, Point, Program, frozen

KILLED = "(killed)"
MOST_STATES = 5_000_000


class Broken(Exception):
    """A rule was broken; raised by a Watch."""


class Watch:
    """What is checked, and what the programs' world answers. `notes` are a state's own part."""

    start: Any = ()

    def see(self, notes: Any, party: str, op: Op, answer: Any) -> Any:
        """The notes after a step; raises Broken where it breaks a rule."""
        return notes

    def answers(self, notes: Any, party: str, point: Point) -> Sequence[Any]:
        """The answers to what is neither get, set nor delete."""
        return (SHORT,)

    def killed(self, notes: Any, party: str) -> Any:
        """The notes after one was killed and started anew."""
        return notes

    def may_step(self, notes: Any, points: Sequence[Point], place: int) -> bool:
        """Whether this party may move now: False where others are known to be quicker."""
        return True

    def is_done(self, notes: Any) -> bool:
        """Whether the conversation has come to its end."""
        return False


class State(NamedTuple):
    places: Tuple[int, ...]
    values: Tuple[Hashable, ...]
    notes: Any
    kills_left: int


class Found(NamedTuple):
    """A way into trouble: its steps, and what is wrong at their end."""

    fault: str
    steps: Tuple[str, ...]


class World:
    """The programs, the parameters they share, and every state of them that can come about."""

    def __init__(
        self, programs: Sequence[Program], watch: Watch, kills: int = 0, mortal: Sequence[str] = ()
    ):
        self.programs = tuple(programs)
        self.watch = watch
        self.steps = 0
        self._mortal = tuple(mortal)
        self._names: Dict[str, int] = {}
        self._thawed: Dict[Hashable, Any] = {ABSENT: ABSENT}
        first = State((0,) * len(programs), (), watch.start, kills)
        self.states: List[State] = [first]
        self._numbers: Dict[State, int] = {first: 0}
        self._came_from = array("q", [-1])
        self._came_by: List[Tuple[int, Any]] = [(0, None)]
        self._next: List[List[int]] = []
        self._broken: List[Tuple[str, int, Tuple[int, Any]]] = []

    def explore(self) -> World:
        """Go everywhere, the shortest way; to be called once."""
        waiting: Deque[int] = deque([0])
        while waiting:
            number = waiting.popleft()
            after: List[int] = []
            for step, state, fault in self._successors(self.states[number]):
                self.steps += 1
                if fault:
                    self._broken.append((fault, number, step))
                    continue
                known = self._numbers.get(state)
                if known is None:
                    known = self._add(state, number, step)
                    waiting.append(known)
                if step[1] is not KILLED:
                    after.append(known)
            self._next.append(after)
        return self

    def _add(self, state: State, came_from: int, step: Tuple[int, Any]) -> int:
        number = self._numbers[state] = len(self.states)
        if number >= MOST_STATES:
            raise RuntimeError(f"over {MOST_STATES} states")
        self.states.append(state)
        self._came_from.append(came_from)
        self._came_by.append(step)
        return number

    def broken(self) -> List[Found]:
        """Of each rule that can be broken, the shortest way to that."""
        shortest: Dict[str, Found] = {}
        for fault, number, step in self._broken:
            if fault not in shortest:
                words = self._in_words(self.states[number], step)
                shortest[fault] = Found(fault, (*self.way_to(number), words))
        return list(shortest.values())

    def stuck(self) -> List[int]:
        """States from which nothing ends, even if nobody is killed: all wait for each other.

        What leads into a broken rule is reported by broken(), and not here once more.
        """
        before: List[List[int]] = [[] for _ in self.states]
        for number, after in enumerate(self._next):
            for other in after:
                before[other].append(number)
        waiting = [n for n, state in enumerate(self.states) if self.watch.is_done(state.notes)]
        waiting += sorted({number for _, number, _ in self._broken})
        good = bytearray(len(self.states))
        for number in waiting:
            good[number] = 1
        while waiting:
            for other in before[waiting.pop()]:
                if not good[other]:
                    good[other] = 1
                    waiting.append(other)
        return [number for number, is_good in enumerate(good) if not is_good]

    def check_by_running(self, walks: int, seed: int = 0) -> None:
        """Random walks, replayed by running each program from its start: all must stand as said."""
        random = Random(seed)
        for _ in range(walks):
            state, told = self.states[0], [[] for _ in self.programs]  # type: ignore[var-annotated]
            for _ in range(random.randrange(400)):
                choices = [(s, new) for s, new, fault in self._successors(state) if not fault]
                if not choices:
                    break
                (place, answer), state = random.choice(choices)
                told[place] = [] if answer is KILLED else [*told[place], answer]
            for program, place, answers in zip(self.programs, state.places, told):
                if not program.stands_at(place, answers):
                    raise AssertionError(f"{program.name} stands elsewhere after {answers}")

    def steps_to(self, number: int) -> List[Tuple[int, Tuple[int, Any]]]:
        """The shortest way to a state: (state, step taken there) from the start on."""
        steps = []
        while number > 0:
            came_from = self._came_from[number]
            steps.append((came_from, self._came_by[number]))
            number = came_from
        return steps[::-1]

    def way_to(self, number: int) -> Tuple[str, ...]:
        """The same in words."""
        return tuple(self._in_words(self.states[n], step) for n, step in self.steps_to(number))

    def points(self, state: State) -> List[Point]:
        return [p.points[place] for p, place in zip(self.programs, state.places)]

    def _successors(self, state: State) -> Iterator[Tuple[Tuple[int, Any], State, str]]:
        points = self.points(state)
        for place, program in enumerate(self.programs):
            op = points[place].op
            if op.kind == "end" or not self.watch.may_step(state.notes, points, place):
                continue
            for answer, key, values in self._meet(state, place, points[place]):
                step = (place, answer)
                try:
                    notes = self.watch.see(state.notes, program.name, op, answer)
                except Broken as fault:
                    yield step, state, str(fault)
                    continue
                after = program.step(state.places[place], answer, key)
                places = (*state.places[:place], after, *state.places[place + 1 :])
                yield step, State(places, values, notes, state.kills_left), ""
        if state.kills_left:
            yield from self._kills(state)

    def _kills(self, state: State) -> Iterator[Tuple[Tuple[int, Any], State, str]]:
        for place, program in enumerate(self.programs):
            if program.name in self._mortal:
                places = (*state.places[:place], 0, *state.places[place + 1 :])
                notes = self.watch.killed(state.notes, program.name)
                new = State(places, state.values, notes, state.kills_left - 1)
                yield (place, KILLED), new, ""

    def _meet(
        self, state: State, place: int, point: Point
    ) -> Iterator[Tuple[Any, Hashable, Tuple[Hashable, ...]]]:
        """Each answer to what a program does, its hashable form, and the parameters after it."""
        op, values = point.op, state.values
        if op.kind == "get":
            held = self._held(values, op.name)
            yield self._thawed[held], held, values
        elif op.kind == "set":
            yield None, None, self._with(values, op.name, self._freeze(op.value))
        elif op.kind == "delete":
            held = self._held(values, op.name)
            yield held, held == ABSENT, self._with(values, op.name, ABSENT)
        else:
            for answer in self.watch.answers(state.notes, self.programs[place].name, point):
                yield answer, frozen(answer), values

    def _held(self, values: Tuple[Hashable, ...], name: str) -> Hashable:
        at = self._names.get(name, len(values))
        return values[at] if at < len(values) else ABSENT

    def _with(self, values: Tuple[Hashable, ...], name: str, new: Hashable) -> Tuple[Hashable, ...]:
        at = self._names.setdefault(name, len(self._names))
        longer = values + (ABSENT,) * (at + 1 - len(values))
        return (*longer[:at], new, *longer[at + 1 :])

    def _freeze(self, value: Any) -> Hashable:
        key = frozen(value)
        self._thawed.setdefault(key, value)
        return key

    def _in_words(self, state: State, step: Tuple[int, Any]) -> str:
        place, answer = step
        program = self.programs[place]
        op = program.points[state.places[place]].op
        if answer is KILLED:
            return f"{program.name} is killed and started again"
        if op.kind == "get":
            return f"{program.name} reads {op.name}: {answer}"
        if op.kind == "set":
            return f"{program.name} sets {op.name} to {op.value}"
        if op.kind == "sleep":
            return f"{program.name} waits" + (" until the hold is over" if answer == LONG else "")
        return f"{program.name} {op.kind} {op.name}" + ("" if answer is None else f": {answer}")
