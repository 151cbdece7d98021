"""The clock and the randomness, as arguments: tests pass their own."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class World:
    """What a client takes from outside itself beside the network and the disk."""

    now_ms: Callable[[], int] = _wall_clock_ms
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
