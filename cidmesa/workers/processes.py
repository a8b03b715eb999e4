"""Processes of this machine: one that is started anew after a task that ends it, and several of them."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cidmesa.frozen import collect_seldom
from cidmesa.workers.pool import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from joblib.externals.loky import ProcessPoolExecutor

__all__ = ["Process", "Processes", "cores", "prepare"]

Task = TypeVar("Task")
_TRACKERS = ("multiprocessing.resource_tracker", "joblib.externals.loky.backend.resource_tracker")
_COPYING: list[Any] = []  # the context of `prepare`, if any


class Process:
    """One process that does tasks one by one, started anew after a task that ends it."""

    def __init__(self) -> None:
        import_module("joblib.externals.loky.process_executor")  # threads that import it at once find it half made
        self.running: ProcessPoolExecutor | None = None
        self.pid: int | None = None
        self.held: Connection | None = None  # a pipe that closes when this process ends
        self.stopped = False

    def do(self, function: Callable[..., Any], *given: Any, limit: float | None = None) -> Any:
        """Return the function's result, or `Lost`; ``limit``: seconds after which the process is ended."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        try:
            return self._started().submit(function, *given).result(limit)
        except TimeoutError:
            lost = Lost(f"it takes longer than {limit:g} s. Make the model smaller, or give it more time.", late=True)
        except BrokenProcessPool as error:
            code = re.search(r"\((-?\d+)\)", str(error))
            ended = f"with code {code[1]}" if code else "early"
            lost = Lost(f"the process that answered it ended {ended}. It may have run out of memory.")
        self.end()
        return lost

    def stop(self) -> None:
        """Kill the process, whatever it does, so that what waits for it goes on, and ask no more."""
        self.stopped = True
        self._kill()

    def end(self) -> None:
        """End the process; nothing may wait for it."""
        self._kill()  # the pool's own way is not safe just after a task was handed over
        running, self.running, self.pid = self.running, None, None
        if running is not None:
            running.shutdown(wait=True)

    def _kill(self) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _started(self) -> ProcessPoolExecutor:
        if self.running is None:
            from joblib.externals.loky import ProcessPoolExecutor

            context = _COPYING[0] if _COPYING else None  # else loky's, which starts no main module anew
            read, self.held = multiprocessing.Pipe(duplex=False)
            with _interrupts_blocked():
                self.running = ProcessPoolExecutor(1, None, initializer=_begin, initargs=(read,), context=context)
                first = self.running.submit(os.getpid)
            self.pid = first.result()
            read.close()
        return self.running


def cores() -> int:
    """Return how many cores this process may use; a container or a scheduler may allow fewer than there are."""
    from joblib.externals.loky import cpu_count

    return int(cpu_count())


def prepare(*modules: str) -> None:
    """Begin to load the modules in a process of which others are copied soon, where the system does that well.

    Only a program may ask for it whose main module can be imported again.
    """
    if sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["joblib.externals.loky.process_executor", *modules])
        with _interrupts_blocked(_TRACKERS[:1]), suppress(OSError):  # no socket here: processes start as ever
            import_module("multiprocessing.forkserver").ensure_running()
            _COPYING[:] = [context]


@contextmanager
def _interrupts_blocked(trackers: Sequence[str] = _TRACKERS) -> Iterator[None]:
    """Block Ctrl-C in this thread, and in processes that it starts: the main thread gets it, and ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    for tracker in trackers:
        import_module(tracker).ensure_running()  # now: when it starts, it may let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(held: Connection) -> None:
    Thread(target=_end_with, args=(held,), daemon=True).start()
    collect_seldom()
    os.dup2(2, 1)  # what is printed by the way is no part of a report


def _end_with(held: Connection) -> None:
    """End this process when the other end of the pipe is closed: the one that holds it has ended, however it did."""
    held.poll(None)
    os._exit(1)


class Processes:
    """Several processes; they end with the block."""

    def __init__(self, count: int) -> None:
        self.processes = [Process() for _ in range(count)]
        self.free: SimpleQueue[Process] = SimpleQueue()
        for process in self.processes:
            self.free.put(process)

    def results(self, function: Callable[[Task], Any], tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result, or `Lost`, as they are done; if nobody wants the rest, it is not done."""
        left = iter(tasks)
        with ThreadPoolExecutor(len(self.processes)) as threads:

            def given(count: int) -> set[Future[tuple[Task, Any]]]:
                return {threads.submit(self._done, function, task) for task in islice(left, count)}

            try:
                running = given(2 * len(self.processes))  # no more, so that tasks can be made when it is their turn
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    running |= given(len(done))
                    yield from (future.result() for future in done)
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                for process in self.processes:
                    process.stop()
                raise

    def _done(self, function: Callable[[Task], Any], task: Task) -> tuple[Task, Any]:
        process = self.free.get()
        try:
            return task, process.do(function, task)
        finally:
            self.free.put(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.end()
