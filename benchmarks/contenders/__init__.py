from benchmarks.contenders.afternoon import Afternoon
from benchmarks.contenders.bare import Bare
from benchmarks.contenders.base import Contender, Edge
from benchmarks.contenders.package import Package


def contenders() -> list[Contender]:
    return [Package(), Afternoon(), Bare()]


__all__ = ["Contender", "Edge", "contenders"]
