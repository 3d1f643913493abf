"""Runs all contenders in turns beside one engine, and checks their answers."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any

from benchmarks import graph, scenes
from benchmarks.contenders import contenders
from benchmarks.environments import COMMON, python_of
from benchmarks.options import Options, parse
from benchmarks.oracle import Oracle, matches
from benchmarks.process import Failed, Process
from benchmarks.verbs import VERBS

CHUNKS = 8
DELETIONS = 3
DELETED = 1000
#: From this length on, a list has one deletion and fewer rounds: contenders without
#: indexes take minutes for each round.
LONG = 100_000
#: The seconds of a call in each round, by row and contender.
Table = dict[str, dict[str, list[dict[str, float]]]]


class Referee:
    def __init__(self, options: Options, processes: Sequence[Process]) -> None:
        self.options = options
        self.everyone = tuple(processes)
        #: The contenders that could load the graph.
        self.processes = list(processes)
        self.oracle = Oracle()
        self.wrong: Counter[str] = Counter()
        self.leftovers: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.failed: dict[str, list[str]] = defaultdict(list)
        self.races: dict[str, Any] = {}
        self.edges = 0
        self.fresh = (options.rounds + 1) * scenes.NEW
        self.graph = graph.make(options.users, options.edges, self.fresh)
        self.crowd = max(options.users, max(options.lengths, default=0) + self.fresh)
        self.next_user = self.crowd + 1

    def run(self) -> dict[str, Any]:
        self.setup()
        # This runs on an empty store: later, a contender without indexes would take
        # hours.
        self.race()
        table = self.load(self.graph.edges)
        per_edge = {name: self.bytes[name] / self.options.edges for name in self.bytes}
        cast = scenes.of_graph(self.graph)
        self.open_group(cast)
        table |= self.measure(cast, scenes.round_of_graph, self.options.rounds)
        deleted = min(DELETED, self.options.users // 2)
        table |= {f"delete a user of {deleted:,} followers": self.delete(deleted)}
        curves = {length: self.curve(length) for length in self.options.lengths}
        return {
            "version": os.environ.get("SEQUERE_TEST_VERSION", ""),
            "table": table,
            "curves": curves,
            "contenders": {
                each.name: each.facts
                | {
                    "bytes_per_edge": per_edge.get(each.name),
                    "wrong_answers": self.wrong[each.name],
                    "leftovers": self.leftovers[each.name],
                    "failed": self.failed[each.name],
                    "races": self.races.get(each.name),
                }
                for each in self.everyone
            },
        }

    def ask(self, process: Process, do: str, **arguments: Any) -> dict[str, Any] | None:
        """Return None if the process cannot do the work. The results then say so."""
        try:
            return process.ask(do, **arguments)
        except Failed as error:
            fault = f"{arguments.get('verb', do)}: {error}"
            print(f"{process.name}: {fault}", file=sys.stderr, flush=True)
            self.failed[process.name].append(fault)
            return None

    def all_ask(self, do: str, **arguments: Any) -> dict[Process, dict[str, Any]]:
        """Ask all contenders, and continue without those that fail."""
        asked = {each: self.ask(each, do, **arguments) for each in self.turns(0)}
        found = {each: answer for each, answer in asked.items() if answer is not None}
        self.processes = list(found)
        return found

    def setup(self) -> None:
        for process, facts in self.all_ask("setup", users=self.crowd).items():
            process.verbs = {*facts.pop("verbs")}
            process.facts = facts

    def load(self, edges: Sequence[Sequence[int]]) -> Table:
        samples: dict[str, list[dict[str, float]]] = defaultdict(list)
        size = -(-len(edges) // CHUNKS)
        for start in range(0, len(edges), size):
            chunk = edges[start : start + size]
            self.processes = [*self.processes[1:], *self.processes[:1]]
            found = self.all_ask("load", edges=chunk, first=self.edges)
            for process, answer in found.items():
                self.bytes[process.name] += answer["bytes"]
                samples[process.name].append(per_call(answer))
            self.edges += len(chunk)
        self.oracle.add(edges)
        self.all_ask("settle")
        return {"import, each follow": dict(samples)}

    def measure(self, cast: scenes.Cast, draw: scenes.Draw, rounds: int) -> Table:
        """The first round is a warm-up, and is not in the table."""
        random = Random(graph.SEED)
        table: Table = defaultdict(lambda: defaultdict(list))
        for number in range(rounds + 1):
            for row, (verb, calls) in draw(cast, random, number).items():
                for process in self.turns(number):
                    sample = self.sample(process, verb, calls)
                    if sample and number:
                        table[row][process.name].append(sample)
        self.say(f"measured {cast.depth:,} deep")
        return {row: dict(samples) for row, samples in table.items()}

    def sample(
        self, process: Process, verb: str, calls: scenes.Calls
    ) -> dict[str, float] | None:
        answer = self.attempt(process, verb, "run", verb=verb, calls=calls)
        if answer is None:
            return None
        self.check(process, verb, calls, answer["answers"])
        return per_call(answer)

    def attempt(
        self, process: Process, ability: str, do: str, **arguments: Any
    ) -> dict[str, Any] | None:
        """Return None if the contender has no such verb, or has failed at it once."""
        if ability not in process.verbs:
            return None
        answer = self.ask(process, do, **arguments)
        if answer is None:
            process.verbs.discard(ability)
        return answer

    def check(
        self, process: Process, verb: str, calls: scenes.Calls, answers: Sequence[Any]
    ) -> None:
        right = None
        if leaves := VERBS[verb].leaves:
            verb, right = leaves
            found = self.ask(process, "run", verb=verb, calls=calls) or {}
            answers = found.get("answers", [None] * len(calls))

        def is_right(call: Sequence[Any], answer: Any) -> bool:
            if right:
                return matches(verb, answer, right(*call))
            return self.oracle.is_right(verb, call, answer)

        wrong = sum(not is_right(*each) for each in zip(calls, answers, strict=True))
        self.wrong[process.name] += wrong
        if wrong:
            told = f"{process.name}: {wrong} wrong answers to {verb}"
            print(told, file=sys.stderr, flush=True)

    def delete(self, length: int) -> dict[str, list[dict[str, float]]]:
        samples: dict[str, list[dict[str, float]]] = defaultdict(list)
        followers = list(range(1, length + 1))
        for number in range(DELETIONS if length < LONG else 1):
            order = {"user": self.new_user(), "followers": followers}
            for process in self.turns(number):
                if answer := self.attempt(
                    process, "delete", "delete", **order, first=self.edges
                ):
                    self.leftovers[process.name] += answer["leftovers"]
                    samples[process.name].append(per_call(answer))
            self.edges += length
        return dict(samples)

    def curve(self, length: int) -> Table:
        cast, edges = scenes.of_list(self.new_user(), length, self.fresh)
        self.all_ask("create_users", numbers=[cast.celebrity])
        table = self.load(edges)
        self.open_group(cast)
        rounds = min(self.options.rounds, 5 if length < LONG else 3)
        table |= self.measure(cast, scenes.round_of_list, rounds)
        return table | {"delete": self.delete(length)}

    def open_group(self, cast: scenes.Cast) -> None:
        asking = [*cast.asking]
        self.oracle.requests[-cast.celebrity] = {*asking}
        self.all_ask("create_group", number=cast.celebrity, asking=asking)

    def race(self) -> None:
        size = self.options.racers
        for process in self.processes:
            found = self.attempt(process, "race", "race", seed=graph.SEED, size=size)
            if found is not None:
                self.races[process.name] = found

    def new_user(self) -> int:
        self.next_user += 1
        return self.next_user - 1

    def turns(self, number: int) -> Iterator[Process]:
        """Yield the order of the contenders. Each of them begins equally often."""
        start = number % len(self.processes)
        yield from [*self.processes[start:], *self.processes[:start]]

    def say(self, what: str) -> None:
        engine = os.environ.get("SEQUERE_TEST_VERSION", "")
        print(f"{engine}: {what}", file=sys.stderr, flush=True)


def per_call(answer: dict[str, Any]) -> dict[str, float]:
    return {kind: answer[kind] / answer["calls"] for kind in ("wall", "cpu")}


def main() -> None:
    options = parse()
    engine = os.environ["SEQUERE_TEST_ENGINE"]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(Process(contender, python))
            for contender, python in chosen(options, engine)
        ]
        print(json.dumps(Referee(options, processes).run()), flush=True)


def chosen(options: Options, engine: str) -> Iterator[tuple[Any, str]]:
    for name, contender in contenders().items():
        if engine in contender.engines and name in options.contenders:
            if options.here:
                yield contender, sys.executable
            elif python := python_of(name, [*COMMON, *contender.requirements]):
                yield contender, str(python)


if __name__ == "__main__":
    main()
