"""What is wrong with all that a backend stores, read without its own code for reads."""

from __future__ import annotations

from collections import Counter

from redis import Redis

from sequere.backends.redis import RedisBackend
from sequere.backends.redis.keys import Ends, List
from sequere.questions import Counts
from sequere.relations import FOLLOW


def audit(backend: RedisBackend) -> set[str]:
    """Edges whose sides differ or that have an intent, and refs with a wrong count."""
    forward: dict[Ends, float] = {}
    reverse: dict[Ends, float] = {}
    wrong: set[str] = set()
    for address in backend._run(backend.router.servers()):
        with Redis.from_url(address, decode_responses=True) as client:
            for key in client.scan_iter(backend.keys.pattern, 1000):
                _, found = backend.keys.parse(str(key))
                if found == "intents":
                    wrong |= {str(Ends.named(name)) for name in client.hkeys(key)}
                if isinstance(found, List):
                    side = forward if found.direction == "followings" else reverse
                    for object_id, created in client.zrange(
                        key, 0, -1, withscores=True
                    ):
                        side[found.ends(object_id)] = created
    wrong |= {str(ends) for ends, _ in forward.items() ^ reverse.items()}
    followers = Counter(ends.target for ends in forward)
    followings = Counter(ends.source for ends in forward)
    refs = {*followers, *followings}
    counts = backend.ask(Counts(FOLLOW.name, [*refs], "followers"))
    wrong |= {str(ref) for ref in refs if counts[ref] != followers[ref]}
    counts = backend.ask(Counts(FOLLOW.name, [*refs], "followings"))
    wrong |= {str(ref) for ref in refs if counts[ref] != followings[ref]}
    return wrong
