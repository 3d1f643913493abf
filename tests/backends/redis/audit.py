"""Finds every fault in the stored data, without the backend's own code for reads."""

from __future__ import annotations

from collections import Counter

from redis import Redis

from sequere.backends.redis import RedisBackend
from sequere.backends.redis.keys import Ends, Levels, List
from sequere.declaration import BLOCK, barred_relations
from sequere.questions import Counts
from sequere.relations import FOLLOW
from sequere.types import ACTIVE

Side = dict[tuple[Ends, int], float]


def audit(backend: RedisBackend) -> set[str]:
    """Return a text for each fault: an edge whose sides differ, an edge in two states,
    an intent, a level without an edge, an edge beside a block, and a wrong count.
    """
    forward: Side = {}
    reverse: Side = {}
    leveled: set[Ends] = set()
    wrong: set[str] = set()
    for address in backend._run(backend.router.servers()):
        with Redis.from_url(address, decode_responses=True) as client:
            for key in client.scan_iter(backend.keys.pattern, 1000):
                _, found = backend.keys.parse(str(key))
                if found == "intents":
                    wrong |= {str(Ends.named(name)) for name in client.hkeys(key)}
                if isinstance(found, Levels):
                    leveled |= set(map(found.list.ends, client.hkeys(key)))
                if isinstance(found, List):
                    side = forward if found.direction == "followings" else reverse
                    for object_id, created in client.zrange(
                        key, 0, -1, withscores=True
                    ):
                        side[found.ends(object_id), found.state] = created
    wrong |= {str(ends) for (ends, _), _ in forward.items() ^ reverse.items()}
    states = Counter(ends for ends, _ in forward)
    wrong |= {str(ends) for ends, count in states.items() if count > 1}
    wrong |= {str(ends) for ends in leveled - states.keys()}
    blocks = {ends[1:] for ends in states if ends.relation == BLOCK}
    wrong |= {
        str(ends)
        for ends in states
        if ends.relation in barred_relations()
        and not blocks.isdisjoint({ends[1:], ends[:0:-1]})
    }
    active = [
        ends
        for ends, state in forward
        if state == ACTIVE and ends.relation == FOLLOW.name
    ]
    followers = Counter(ends.target for ends in active)
    followings = Counter(ends.source for ends in active)
    refs = {ref for ends in states for ref in ends[1:]}
    counts = backend.ask(Counts(FOLLOW.name, [*refs], "followers"))
    wrong |= {str(ref) for ref in refs if counts[ref] != followers[ref]}
    counts = backend.ask(Counts(FOLLOW.name, [*refs], "followings"))
    wrong |= {str(ref) for ref in refs if counts[ref] != followings[ref]}
    return wrong
