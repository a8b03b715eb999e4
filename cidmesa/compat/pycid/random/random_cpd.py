"""`RandomCPD`: a random distribution for each setting of the parents, the same whenever it is asked."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["RandomCPD", "temp_seed"]


@contextmanager
def temp_seed(seed: int) -> Iterator[None]:
    """Let the global generator of ``random`` start from a seed for a while, then go on where it was."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


class RandomCPD:
    """A stochastic function whose distributions are drawn from a Dirichlet distribution.

    Args:
        domain: the outcomes; 0 and 1 by default.
        smoothness: the parameter of the Dirichlet distribution: small for rules that are nearly certain.
        seed: the same seed gives the same function, in every process (0 too).

    >>> RandomCPD(seed=0)(A=1) == RandomCPD(seed=0)(A=1)
    True

    """

    def __init__(self, domain: Sequence[Any] | None = None, smoothness: float = 1.0, seed: int | None = None) -> None:
        self.domain = list(domain) if domain is not None else [0, 1]
        self.smoothness = smoothness
        self.seed = random.randrange(2**31) if seed is None else seed

    def __call__(self, **parent_values: Any) -> dict[Any, float]:
        """Return outcome -> probability."""
        text = repr(sorted(parent_values.items())).encode()
        generator = np.random.default_rng([self.seed, *text])
        row = generator.dirichlet(np.ones(len(self.domain)) * self.smoothness)
        return dict(zip(self.domain, map(float, row), strict=True))

    @property
    def __name__(self) -> str:
        return f"RandomCPD({self.domain}, {self.smoothness}, {self.seed})"
