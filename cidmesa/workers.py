"""Workers: processes of this machine or of a cluster that are given tasks."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from joblib import Parallel, effective_n_jobs, parallel_config

from cidmesa.errors import NotApplicable, ScenarioError, not_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["BACKENDS", "Workers", "workers"]

BACKENDS = ("loky", "dask", "ray")
_WAVE = 4  # tasks for each worker before results are handed over, where they come all at once


@dataclass(frozen=True)
class Workers:
    """Processes that are given tasks; ``wave``: how many at a time, all where results come as they are ready (0)."""

    parallel: Parallel
    wave: int = 0

    def results(self, tasks: Sequence[Any]) -> Iterator[Any]:
        """Yield the results, in any order."""
        size = self.wave or len(tasks) or 1
        for i in range(0, len(tasks), size):
            yield from self.parallel(tasks[i : i + size])


@contextmanager
def workers(jobs: int | None, backend: str, scheduler: str | None) -> Iterator[Workers | None]:
    """Provide joblib's workers, ``jobs`` processes or a cluster; ``None`` where this process does the work.

    Raises:
        ScenarioError: no known backend.
        NotApplicable: the package of the backend is not installed.

    """
    if backend not in BACKENDS:
        raise ScenarioError(not_there(f"the backend {backend!r} is not known", backend, BACKENDS, "Backends"))
    if backend == "loky" and (jobs or 1) == 1:
        yield None
        return
    with ExitStack() as stack:
        if backend == "dask":
            stack.enter_context(_dask(scheduler))
        elif backend == "ray":
            _ray(scheduler)
        stack.enter_context(parallel_config(backend=backend, n_jobs=jobs or -1))
        streams = backend != "ray"  # whose joblib backend gives results all at once
        made = Parallel(return_as="generator_unordered" if streams else "list", batch_size=1)
        yield Workers(stack.enter_context(made), 0 if streams else _WAVE * effective_n_jobs())


def _dask(scheduler: str | None) -> Any:
    if find_spec("distributed") is None:
        raise NotApplicable("Dask is not installed. Install it by pip install 'cidmesa[cluster]', or use --jobs.")
    client: Any = import_module("distributed").Client
    try:
        return client(scheduler, set_as_default=True)
    except OSError as error:
        raise _unreachable("Dask", scheduler, error) from None


def _ray(scheduler: str | None) -> None:
    if find_spec("ray") is None:
        raise NotApplicable("Ray is not installed. Install it by pip install ray, or use --backend dask or --jobs.")
    ray = import_module("ray")
    try:
        if not ray.is_initialized():
            ray.init(address=scheduler or "local")  # else Ray waits for any cluster that ran here once
    except OSError as error:
        raise _unreachable("Ray", scheduler, error) from None
    import_module("ray.util.joblib").register_ray()


def _unreachable(what: str, scheduler: str | None, error: OSError) -> NotApplicable:
    return NotApplicable(
        f"no {what} cluster can be used at {scheduler}: {error}. Is it running, and does it let you in?"
    )
