"""Many threads write to the same few users at once, and the results are checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from random import Random
from threading import Barrier, Thread
from typing import Any

from django.db import connections

from benchmarks.contenders.base import Contender, key

THREADS = 8
MANY = 1000
#: The work of one thread, which gets its number and a random order of its own.
Work = Callable[[int, Random], None]


def race(contender: Contender, users: Sequence[Any], random: Random) -> dict[str, Any]:
    """Run three races, each with its own users. Return the number of each kind of
    fault.
    """
    errors: Counter[str] = Counter()
    size = len(users) // 3
    groups = [users[start : start + size] for start in range(0, len(users), size)]
    found = follow_the_same(contender, groups[0], random, errors)
    found += follow_and_unfollow(contender, groups[1], random, errors)
    found += delete_beside_follows(contender, groups[2], random, errors)
    names = ("duplicates", "wrong counts", "lost follows", "late follows")
    return {name: found[name] for name in names} | {"exceptions": errors}


def follow_the_same(
    contender: Contender, users: Sequence[Any], random: Random, errors: Counter[str]
) -> Counter[str]:
    half = len(users) // 2
    pairs = [(source, target) for source in users[:half] for target in users[half:]]

    def work(number: int, random: Random) -> None:
        for pair in random.sample(pairs, len(pairs)):
            attempt(errors, contender.follow, *pair)

    together(work, random)
    found = looked_at(contender, users[half:])
    found["lost follows"] = sum(not contender.is_following(*pair) for pair in pairs)
    return found


def follow_and_unfollow(
    contender: Contender, users: Sequence[Any], random: Random, errors: Counter[str]
) -> Counter[str]:
    def work(number: int, random: Random) -> None:
        for _ in range(10 * len(users)):
            verb = random.choice([contender.follow, contender.unfollow])
            attempt(errors, verb, *random.sample(users, 2))

    together(work, random)
    return looked_at(contender, users)


def delete_beside_follows(
    contender: Contender, users: Sequence[Any], random: Random, errors: Counter[str]
) -> Counter[str]:
    """Delete every second user while all threads follow it. Late follows may fail."""
    doomed, others = users[::2], users[1::2]
    for user in doomed:

        def work(number: int, random: Random, user: Any = user) -> None:
            for index, other in enumerate(random.sample(others, len(others))):
                if number == 0 and index == len(others) // 2:
                    # Django removes the key from a deleted instance, so the test
                    # deletes a copy.
                    attempt(errors, copy(user).delete)
                attempt(Counter(), contender.follow, other, user)

        together(work, random)
    found = looked_at(contender, others)
    found["late follows"] = sum(
        len(contender.page(user, None, MANY))
        + sum(contender.is_following(other, user) for other in others)
        for user in doomed
    )
    return found


def looked_at(contender: Contender, targets: Sequence[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for target in targets:
        followers = [key(each) for each in contender.page(target, None, MANY)]
        found["duplicates"] += len(followers) - len(set(followers))
        found["wrong counts"] += contender.count(target) != len(set(followers))
    return found


def together(work: Work, random: Random) -> None:
    barrier = Barrier(THREADS)

    def run(number: int, seed: float) -> None:
        barrier.wait()
        try:
            work(number, Random(seed))
        finally:
            connections.close_all()

    threads = [
        Thread(target=run, args=[number, random.random()]) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def attempt(errors: Counter[str], verb: Callable[..., Any], *users: Any) -> None:
    try:
        verb(*users)
    except Exception as error:
        errors[type(error).__name__] += 1
