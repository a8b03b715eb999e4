"""Questions as text: the question of a claim in short, such as ``deceptive`` or ``ici decision=D node=X``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cidmesa.errors import ScenarioError, near_miss
from cidmesa.library.answers import ANSWERS
from cidmesa.library.file.schema_errors import in_words
from cidmesa.library.file.source import read
from cidmesa.library.questions import Ask
from cidmesa.library.validation import validated

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["asked"]

_WORD = re.compile(r"[A-Za-z_]+")
_PAIR = re.compile(r"\s+(?=[A-Za-z_]+=)")  # blanks before the next name=


def asked(question: str | Mapping[str, Any] | Ask) -> Ask:
    """Return the question that text or a mapping asks, as `ask` of a claim would.

    ``kind``, ``kind name=value name=value`` (values as in YAML), or the mapping itself in YAML or JSON.

    Raises:
        ScenarioError: no known kind of question, or arguments that it does not have.

    >>> asked("deceptive").kind, asked("query node=R2 state=1").question.state, asked("{optimal: {}}").kind
    ('deceptive', 1, 'optimal')

    """
    if isinstance(question, Ask):
        return question
    data = _data(question.strip()) if isinstance(question, str) else {k: v or {} for k, v in question.items()}
    kind = next(iter(data), "")
    if len(data) != 1 or kind not in ANSWERS:
        raise ScenarioError(f"can't read the question {question!r}.{near_miss(kind, ANSWERS)} Ask one of: "
                            f"{', '.join(ANSWERS)}; with arguments such as 'query node=R2 state=1'.")  # fmt: skip
    ask, errors = validated(Ask, data)
    if ask is None:
        raise ScenarioError(f"the question {question!r} has wrong arguments: {in_words(errors, Ask)}")
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
