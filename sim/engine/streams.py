"""One random stream a purpose, so that a knob of one part never moves the luck of another.

A stream is a Philox generator with its key from (seed, purpose, name) and its counter starting at the run: run i
needs nothing of run i - 1, and the same run meets the same change, the same ill servers and the same sleepy
operator under every policy. Generators are pooled: setting a counter takes 2 us, making one 12 us.
"""

from __future__ import annotations

import threading
import zlib
from typing import Any

import numpy as np
from numpy.random import Generator, Philox, SeedSequence

PURPOSES = {
    "faults": 1,
    "servers": 2,
    "onset": 3,
    "test": 4,
    "people": 5,
    "blips": 6,
    "requests": 7,
    "users": 8,
    "reports": 9,
    "first_harm": 10,
    "health": 11,
    "repair": 12,
    "scrapes": 13,
    "history": 14,
    "differ": 15,
}
"""Fixed numbers: changing one changes every result, so they only grow."""

_POOLS = threading.local()
_MOST_POOLED = 512


class Streams:
    """The generators of one run. `streams["people"]`, or `streams.of("onset", "leak")` for one fault's own."""

    def __init__(self, seed: int, run: int) -> None:
        self.seed = seed
        self.run = run
        self._open: dict[tuple[str, str], Generator] = {}
        self._depth = getattr(_POOLS, "depth", 0)

    def __enter__(self) -> Streams:
        # A run inside a run (somebody deciding at a gate) must not rewind the generators of the outer one.
        self._depth = getattr(_POOLS, "depth", 0)
        _POOLS.depth = self._depth + 1
        return self

    def __exit__(self, *_: object) -> None:
        _POOLS.depth = self._depth

    def __getitem__(self, purpose: str) -> Generator:
        return self.of(purpose)

    def of(self, purpose: str, name: str = "") -> Generator:
        """The generator of this purpose (and fault name), at its start on first use in the run."""
        key = (purpose, name)
        generator = self._open.get(key)
        if generator is None:
            generator = self._open[key] = _rewound(self._depth, self.seed, purpose, name, self.run)
        return generator

    def part(self, purpose: str, name: str, part: int) -> Generator:
        """Part of a purpose that others' draws do not move. To be used at once: asking for another part rewinds it."""
        return _rewound(self._depth, self.seed, purpose, name, self.run, part)


def _rewound(depth: int, seed: int, purpose: str, name: str, run: int, part: int = 0) -> Generator:
    pool: dict[Any, tuple[Generator, dict[str, Any]]] | None = getattr(_POOLS, "pool", None)
    if pool is None or len(pool) > _MOST_POOLED:
        pool = _POOLS.pool = {}
    key = (depth, seed, purpose, name)
    if key not in pool:
        words = (PURPOSES[purpose], zlib.crc32(name.encode())) if name else (PURPOSES[purpose],)
        generator = Generator(Philox(SeedSequence(seed, spawn_key=words)))
        pool[key] = generator, dict(generator.bit_generator.state)
    generator, fresh = pool[key]
    fresh["state"]["counter"] = np.array((0, 0, part, run), dtype=np.uint64)
    generator.bit_generator.state = fresh
    return generator
