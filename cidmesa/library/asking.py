"""Questions outside of a file: in short, such as ``ici decision=D node=X``, or as a mapping."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cidmesa.errors import ScenarioError, near_miss
from cidmesa.library.file.schema_errors import in_words
from cidmesa.library.file.source import read
from cidmesa.library.kinds import KINDS, Asking, ask_shape, condition_shape
from cidmesa.library.scenario import shown
from cidmesa.library.validation import validated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.library.kinds import Conditional

__all__ = ["asked", "conditional"]

_WORD = re.compile(r"[A-Za-z_]+")
_PAIR = re.compile(r"\s+(?=[A-Za-z_]+=)")  # blanks before the next name=


def asked(question: str | Mapping[str, Any] | Asking) -> Asking:
    """Return the question that text or a mapping asks, as `ask` of a claim would.

    ``kind``, ``kind name=value name=value`` (values as in YAML), or the mapping itself in YAML or JSON.

    Raises:
        ScenarioError: no known kind of question, or arguments that it does not have.

    >>> asked("deceptive").kind, asked("query node=R2 state=1").question.state, asked("{optimal: {}}").kind
    ('deceptive', 1, 'optimal')

    """
    if isinstance(question, Asking):
        return question
    data = _data(question.strip()) if isinstance(question, str) else {k: v or {} for k, v in question.items()}
    kind = next(iter(data), "")
    if len(data) != 1 or kind not in KINDS:
        raise ScenarioError(
            f"can't read the question {question!r}.{near_miss(kind, KINDS)} Ask one of: "
            f"{', '.join(KINDS)}; with arguments such as 'query node=R2 state=1'."
        )
    ask, errors = validated(ask_shape(), data)
    if ask is None:
        raise ScenarioError(f"the question {question!r} has wrong arguments: {in_words(errors, ask_shape())}")
    return ask


def _data(text: str) -> dict[str, Any]:
    if _WORD.fullmatch(text):
        return {text: {}}
    kind, *pairs = _PAIR.split(text)
    if not pairs or not _WORD.fullmatch(kind):
        data = read(text, "question").data
        return {k: v or {} for k, v in data.items()} if isinstance(data, dict) else {}
    split = [pair.partition("=") for pair in pairs]
    return {kind: {name: read(value, f"question, {name}").data for name, _, value in split}}


def conditional(question: Mapping[str, Any]) -> Conditional:
    """Return a question with the answer that is meant, under the key ``is``, as a condition asks it.

    Raises:
        ScenarioError: no known kind of question, wrong arguments, or no answer yes or no.

    """
    given = shown(dict(question))
    found, errors = validated(condition_shape(), dict(question))
    if found is None:
        raise ScenarioError(f"can't read the question {given}: {in_words(errors, condition_shape())}")
    if len(found.kinds()) != 1:
        raise ScenarioError(f"the question {given} needs {found.expectable(True)}.")
    if problem := found.question.expectable(found.meant_answer):
        raise ScenarioError(
            f"the question {given} is not of the kind yes or no: say under the key 'is' which answer is meant, "
            f"{problem}."
        )
    return found
