"""The generated reference: public names by group, commands, the scenario format, questions of claims, terms."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import cidmesa
from cidmesa.library.file.schema import scenario_schema
from cidmesa.library.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

__all__ = [
    "api",
    "claim_kinds",
    "commands",
    "first_sentence",
    "glossary",
    "names",
    "scenario_format",
]


# --- Public names -------------------------------------------------------------------------------------------------


def api() -> Iterator[tuple[str, str]]:
    """Yield name and reStructuredText of the page of each group of public names."""
    for heading, members in cidmesa.__groups__.items():
        group, _, says = heading.partition(": ")
        title = f"{group.capitalize()}: {says}"
        entries = [f"* - {_link(name)}\n  - {first_sentence(getattr(cidmesa, name))}" for name in members]
        table = "\n".join([".. list-table::", "   :widths: 30 70", "", *_indented("\n".join(entries))])
        parts = [title, "=" * len(title), "", table, "", *map(_directive, members)]
        yield f"api/{group}.rst", "\n".join(parts) + "\n"


def names() -> str:
    """Return the list of groups with their names, for the page that leads to them."""
    lines = ["| group | names |", "|---|---|"]
    for heading, members in cidmesa.__groups__.items():
        group, _, says = heading.partition(": ")
        lines.append(f"| [{group}](api/{group}.rst): {says} | {', '.join(f'`cm.{name}`' for name in members)} |")
    pages = "\n".join(f"api/{heading.partition(':')[0]}" for heading in cidmesa.__groups__)
    return "\n".join(lines) + f"\n\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def first_sentence(value: object) -> str:
    """Return the first sentence of a docstring.

    >>> first_sentence(cidmesa.is_soluble)[-1]
    '.'
    """
    text = " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s(?=[A-Z`\"])", text)[0]


def _link(name: str) -> str:
    return f":py:obj:`{name} <cidmesa.{name}>`"


def _directive(name: str) -> str:
    value = getattr(cidmesa, name)
    if inspect.ismodule(value):
        inner = "".join(
            f"\n.. autofunction:: cidmesa.{name}.{one}\n" for one in value.__all__ if callable(getattr(value, one))
        )
        return f"\n.. automodule:: cidmesa.{name}\n{inner}"
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        return f"\n.. {kind}:: cidmesa.{name}\n   :members:\n"
    return f"\n.. autofunction:: cidmesa.{name}\n"


def _indented(text: str) -> list[str]:
    return [f"   {line}" for line in text.splitlines()]


# --- Commands -----------------------------------------------------------------------------------------------------


def commands() -> str:
    """Return a section for each command, from the commands themselves."""
    from click import Context

    from cidmesa.cli.main import main

    context = Context(main, info_name="cidmesa")
    found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return "\n\n".join(_command(name, command) for name, command in found.items() if command)


def _command(name: str, command: click.Command) -> str:
    from click import Argument, Context

    context = Context(command, info_name=f"cidmesa {name}")
    usage = " ".join([f"cidmesa {name}", *command.collect_usage_pieces(context)])
    rows = [
        record
        for one in command.get_params(context)
        if not isinstance(one, Argument) and (record := one.get_help_record(context))
    ]
    table = ["| option | meaning |", "|---|---|", *(f"| `{_cell(flag)}` | {_cell(says)} |" for flag, says in rows)]
    return "\n\n".join([f"### {name}", f"```text\n{usage}\n```", _help(command.help or ""), "\n".join(table)])


def _help(text: str) -> str:
    r"""Return the help of a command as Markdown: what stands after click's ``\b`` is a block of commands."""
    parts = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(f"```text\n{part[2:]}\n```" if part.startswith("\b\n") else part for part in parts)


def _cell(text: str) -> str:
    return (
        " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;") if "`" not in text else " ".join(text.split())
    )


# --- Scenario files -----------------------------------------------------------------------------------------------


def scenario_format() -> str:
    """Return a table of keys for each part of a scenario file, from the schema."""
    schema = scenario_schema()
    parts = {"The file": schema}
    parts |= {_words(name): part for name, part in schema["$defs"].items() if name.endswith(("Def", "Spec"))}
    return "\n\n".join(f"### {title}\n\n{_about(part)}{_keys(part)}" for title, part in parts.items())


def claim_kinds() -> str:
    """Return a section for each kind of claim: its definition and arguments."""
    schemas = scenario_schema()["$defs"]
    return "\n\n".join(
        f"### `{name}`\n\n{kind.meaning()} ({kind.family})\n\n{_keys(schemas[kind.__name__])}"
        for name, kind in sorted(KINDS.items())
    )


def _words(name: str) -> str:
    return "Specification (`mesa`)" if name == "MesaSpec" else re.sub(r"Def$", "", name)


def _about(part: dict[str, Any]) -> str:
    return f"{' '.join(part['description'].split())}\n\n" if "description" in part else ""


def _keys(part: dict[str, Any]) -> str:
    required = part.get("required", [])
    rows = []
    for name, shape in part.get("properties", {}).items():
        need = (
            "required"
            if name in required
            else f"default: `{json.dumps(shape['default'])}`"
            if shape.get("default")
            else ""
        )
        if shape.get("description"):  # questions nested in a question have their own sections
            rows.append(f"| `{name}` | {_form(shape)} | {_cell(shape['description'])} | {need} |")
    return "\n".join(["| key | form | meaning | |", "|---|---|---|---|", *rows]) if rows else "It takes no arguments."


def _form(shape: dict[str, Any]) -> str:
    """Return in a few words what may stand in a place of the schema.

    >>> _form({"type": "array", "items": {"type": "string"}}), _form({"anyOf": [{"type": "integer"}, {"type": "null"}]})
    ('list of text', 'whole number')
    """
    if "$ref" in shape:
        return re.sub(r"Def$", "", shape["$ref"].rsplit("/", 1)[-1]).lower()
    if "const" in shape or "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape.get("enum", [shape.get("const")]))
    for choice in ("anyOf", "oneOf"):
        if choice in shape:
            return " or ".join(dict.fromkeys(_form(one) for one in shape[choice] if one.get("type") != "null"))
    kind = shape.get("type", "any value")
    plain = {"string": "text", "integer": "whole number", "object": "mapping", "boolean": "true or false"}
    if isinstance(kind, list):
        return " or ".join(plain.get(one, one) for one in kind)
    if kind == "array":
        items = _form(shape["items"]) if isinstance(shape.get("items"), dict) else ""
        return f"list of {items}" if items else "list"
    return plain.get(kind, kind)


# --- Terms ---------------------------------------------------------------------------------------


def glossary(text: str) -> str:
    r"""Return the page of the glossary with its table turned into definitions, each with a place of its own.

    >>> text = "# G\n\n| term | meaning | source |\n|---|---|---|\n| gate | A node. | ours |"
    >>> print(glossary(text))
    # G
    <BLANKLINE>
    ```{glossary}
    gate
      A node. *Source: ours.*
    <BLANKLINE>
    ```
    <BLANKLINE>
    """
    head, _, table = text.partition("| term |")
    rows = [row.strip("| ").split(" | ") for row in table.splitlines()[2:] if row.startswith("| ")]
    terms = [f"{term}\n  {says} *Source: {source.rstrip('.')}.*\n" for term, says, source in rows]
    return head + "```{glossary}\n" + "\n".join(terms) + "\n```\n"
