"""Clusters of Dask and of Ray: tasks are handed out as workers are free, and what is lost with a worker is told."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from cidmesa.errors import NotApplicable
from cidmesa.workers.pool import Gone, Here, Lost, here, strange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Dask", "Ray"]

Task = TypeVar("Task")
_AHEAD = 2  # tasks for each worker that are handed out at a time
_SECONDS = 60  # for the first worker to come
_ENDED = "the worker that answered it ended, each time that it was asked. It may have run out of memory."


def _task(own: Here, function: Callable[[Task], Any], task: Task) -> Any:
    """Return the function's result; on a worker that came later and would answer otherwise, why it is refused."""
    why = strange("that joined the cluster", here(), own)
    return NotApplicable(why) if why else function(task)


def _checked(found: Any) -> Any:
    if isinstance(found, NotApplicable):
        raise found
    return found


@dataclass(frozen=True)
class Dask:
    """A Dask cluster; ``most``: how many tasks are handed out at a time."""

    client: Any
    most: int

    @classmethod
    @contextmanager
    def at(cls, scheduler: str | None, jobs: int | None) -> Iterator[Dask]:
        """Provide the cluster of a scheduler, or one on this machine, with at most ``jobs`` tasks at a time.

        Raises:
            NotApplicable: the cluster cannot be used, has no worker, or has one that would answer differently from this
                process.
        """
        if find_spec("distributed") is None:
            raise NotApplicable("Dask is not installed. Install it by pip install 'cidmesa[cluster]', or use --jobs.")
        distributed: Any = import_module("distributed")
        try:
            client = distributed.Client(scheduler, set_as_default=False)
        except OSError as error:
            raise _unreachable("Dask", scheduler, error) from None
        with client:
            _meet(client, scheduler)
            yield cls(client, jobs or _AHEAD * sum(client.nthreads().values()))

    def results(self, function: Callable[[Task], Any], tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result, or `Lost`; a task that is lost among others is done again alone.

        Raises:
            Gone: the scheduler can no longer be reached.
        """
        suspects, others = [], 0  # Dask also gives up tasks that waited on workers which other tasks ended
        for task, found in self._once(function, tasks):
            if isinstance(found, Lost):
                suspects.append((task, found))
            else:
                others += 1
                yield task, found
        if len(suspects) + others == 1:
            yield from suspects
            return
        for task, _ in suspects:
            yield from self._once(function, [task])

    def _once(self, function: Callable[[Task], Any], tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        distributed: Any = import_module("distributed")
        waiting, told = iter(tasks), dict[str, Task]()
        running = distributed.as_completed(loop=self.client.loop)
        do = partial(_task, here(), function)

        def hand_out(count: int) -> None:
            for task in islice(waiting, count):
                future = self.client.submit(do, task, pure=False)
                told[future.key] = task
                running.add(future)

        hand_out(self.most)
        for future in running:
            yield told.pop(future.key), self._found(future)
            hand_out(1)

    def _found(self, future: Any) -> Any:
        try:
            return _checked(future.result())  # waits where a worker ended before it could hand the result over
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                return Lost(_ENDED)
            if future.status == "error" or isinstance(error, NotApplicable):
                raise
            address = self.client.scheduler.address
            raise Gone(f"the scheduler at {address} can no longer be reached.") from error


def _meet(client: Any, scheduler: str | None) -> None:
    """Check that there are workers, and that each would answer as this process does."""
    try:
        client.wait_for_workers(1, timeout=_SECONDS)
    except (TimeoutError, OSError):
        raise NotApplicable(f"the cluster at {scheduler} has no worker. Start some, such as `dask worker`.") from None
    for name, other in client.run(here, on_error="return").items():
        if why := strange(name, other, here()):
            raise NotApplicable(why)


@dataclass(frozen=True)
class Ray:
    """A Ray cluster; ``most``: how many tasks are handed out at a time."""

    ray: Any
    most: int

    @classmethod
    @contextmanager
    def at(cls, scheduler: str | None, jobs: int | None) -> Iterator[Ray]:
        """Provide the cluster at an address, or one on this machine, with at most ``jobs`` tasks at a time.

        Raises:
            NotApplicable: the cluster cannot be used.
        """
        if find_spec("ray") is None:
            raise NotApplicable("Ray is not installed. Install it by pip install ray, or use --backend dask or --jobs.")
        ray: Any = import_module("ray")
        try:
            if not ray.is_initialized():
                ray.init(address=scheduler or "local")  # else Ray waits for any cluster that ran here once
        except OSError as error:
            raise _unreachable("Ray", scheduler, error) from None
        yield cls(ray, jobs or _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1))))

    def results(self, function: Callable[[Task], Any], tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result, or `Lost`."""
        do = self.ray.remote(max_retries=0)(_task).remote
        waiting, told = iter(tasks), {}
        own, shared = here(), self.ray.put(function)
        for task in islice(waiting, self.most):
            told[do(own, shared, task)] = task
        while told:
            (ready,), _ = self.ray.wait(list(told), num_returns=1)
            yield told.pop(ready), self._found(ready)
            told |= {do(own, shared, task): task for task in islice(waiting, 1)}

    def _found(self, ready: Any) -> Any:
        errors = self.ray.exceptions
        try:
            return _checked(self.ray.get(ready))
        except (errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError):
            return Lost(_ENDED)


def _unreachable(what: str, scheduler: str | None, error: OSError) -> NotApplicable:
    return NotApplicable(
        f"no {what} cluster can be used at {scheduler}: {error}. Is it running, and does it let you in?"
    )
