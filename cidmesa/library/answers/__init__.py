"""The answers to questions, by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.library.answers import condition, conduct, graph, learned, mesa, numbers, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.subject import Answer, Subject

__all__ = ["ANSWERS"]

ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    kind: answer
    for family in (graph, numbers, values, conduct, mesa, learned, condition)
    for kind, answer in family.ANSWERS.items()
}
