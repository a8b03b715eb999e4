"""Who does the work of a sweep: this process, joblib's processes, or a cluster through joblib's backends."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from joblib import Parallel, parallel_config

from cidmesa.errors import NotApplicable, ScenarioError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BACKENDS", "workers"]

BACKENDS = ("loky", "dask", "ray")


@contextmanager
def workers(jobs: int | None, backend: str, scheduler: str | None) -> Iterator[Parallel | None]:
    """Provide joblib's `Parallel` over ``jobs`` processes or a cluster, ``None`` where this process does the work.

    Raises:
        ScenarioError: no known backend.
        NotApplicable: the package of the backend is not installed.

    """
    if backend not in BACKENDS:
        raise ScenarioError(f"the backend {backend!r} is not known.{near_miss(backend, BACKENDS)} "
                            f"Backends: {', '.join(BACKENDS)}.")  # fmt: skip
    if backend == "loky" and (jobs or 1) == 1:
        yield None
        return
    with ExitStack() as stack:
        if backend == "dask":
            stack.enter_context(_dask(scheduler))
        elif backend == "ray":
            _ray(scheduler)
        stack.enter_context(parallel_config(backend=backend, n_jobs=jobs or -1))
        yield stack.enter_context(Parallel(return_as="generator_unordered", batch_size=1))


def _dask(scheduler: str | None) -> Any:
    if find_spec("distributed") is None:
        raise NotApplicable("Dask is not installed. Install it by pip install 'cidmesa[cluster]', or use --jobs.")
    client: Any = import_module("distributed").Client
    return client(scheduler, set_as_default=True)


def _ray(scheduler: str | None) -> None:
    if find_spec("ray") is None:
        raise NotApplicable("Ray is not installed. Install it by pip install ray, or use --backend dask or --jobs.")
    ray = import_module("ray")
    if not ray.is_initialized():
        ray.init(address=scheduler)
    import_module("ray.util.joblib").register_ray()
