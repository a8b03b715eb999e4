"""What every pool of workers does, tasks whose worker was lost, and whether a worker is the same as this process."""

from __future__ import annotations

import platform
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cidmesa.errors import NotApplicable, ScenarioError, not_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["BACKENDS", "Gone", "Here", "Lost", "Pool", "here", "singly", "strange", "workers"]

Task = TypeVar("Task")
BACKENDS = ("loky", "dask", "ray")
_EXTRAS = {"flint": "fast", "gymnasium": "runs", "pygambit": "games", "scipy": "lp", "z3": "proof"}


class Gone(NotApplicable):
    """The cluster can no longer be reached."""


@dataclass(frozen=True)
class Lost:
    """Stands for the result of a task whose process ended; ``late``: it was ended, for it took too long."""

    why: str
    late: bool = False


class Pool(Protocol):
    """Workers that are given tasks."""

    def results(self, function: Callable[[Task], Any], tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result, or `Lost`, in any order."""


def singly(
    pool: Pool, function: Callable[[Task], Any], tasks: Iterable[Task], parts: Callable[[Task], Sequence[Task]]
) -> Iterator[tuple[Task, Any]]:
    """Yield each task with its result; the parts of a task that is lost are done one by one, after all others.

    Only a task of one part is then `Lost`.
    """
    again: list[Task] = []
    for task, found in pool.results(function, tasks):
        if isinstance(found, Lost) and len(own := parts(task)) > 1:
            again += own
        else:
            yield task, found
    yield from pool.results(function, again) if again else ()


@contextmanager
def workers(jobs: int | None, backend: str, scheduler: str | None) -> Iterator[Pool | None]:
    """Provide a pool, ``jobs`` processes or a cluster; ``None`` where this process does the work.

    Raises:
        ScenarioError: the backend is unknown.
        NotApplicable: the package of the backend is not installed, or the cluster cannot be used or has a worker that
            would answer differently.

    """
    if backend not in BACKENDS:
        raise ScenarioError(not_there(f"the backend {backend!r} is not known", backend, BACKENDS, "Backends"))
    if backend == "loky" and (jobs or 1) == 1:
        yield None
        return
    with ExitStack() as stack:
        yield _opened(stack, jobs, backend, scheduler)


def _opened(stack: ExitStack, jobs: int | None, backend: str, scheduler: str | None) -> Pool:
    if backend == "loky":
        from cidmesa.workers.processes import Processes

        return stack.enter_context(Processes(jobs or 1))
    from cidmesa.workers.clusters import Dask, Ray

    if backend == "dask":
        return stack.enter_context(Dask.at(scheduler, jobs))
    return stack.enter_context(Ray.at(scheduler, jobs))


# --- the same on both sides -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Here:
    """What answers depend on besides the question: the versions, and which optional packages there are."""

    cidmesa: str = field(default_factory=lambda: str(import_module("cidmesa").__version__))
    python: str = field(default_factory=lambda: ".".join(platform.python_version_tuple()[:2]))
    packages: frozenset[str] = field(default_factory=lambda: frozenset(name for name in _EXTRAS if find_spec(name)))


@cache
def here() -> Here:
    """Return what this process is."""
    return Here()


def strange(name: str, other: object, own: Here) -> str:
    """Return why a worker would not answer as this process does, empty if it would; ``other``: what it is, or an error.

    >>> strange("w1", Here(cidmesa="0.1"), Here(cidmesa="0.2"))
    'the worker w1 has cidmesa 0.1, and this process has 0.2. Install the same version on both.'
    """
    remedy = "Install it there, or take that worker out of the cluster."
    if isinstance(other, ModuleNotFoundError):
        return f"the worker {name} has no package {other.name!r}. {remedy}"
    if not isinstance(other, Here):
        return f"the worker {name} has another version of cidmesa ({other}). Install the same version on both."
    for what in ("cidmesa", "python"):
        if (theirs := getattr(other, what)) != (ours := getattr(own, what)):
            return (
                f"the worker {name} has {what} {theirs}, and this process has {ours}. Install the same version on both."
            )
    missing = sorted(own.packages - other.packages)
    extras = ", ".join(f"{package} (extra: {_EXTRAS[package]})" for package in missing)
    return f"the worker {name} lacks {extras}, which is here. {remedy}" if missing else ""
