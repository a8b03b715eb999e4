"""What the site needs of Sphinx and has not: formulas as MathML, and public names in code as links to the reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

import cidmesa

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["NamesAreLinks", "linked_name", "setup"]

_NAME = re.compile(r"(?P<home>(?:cm|cidmesa)\.)?(?P<name>[A-Za-z_]\w*)(?P<rest>\.\w+)*(?P<call>\(.*\))?")


def linked_name(code: str) -> str | None:
    """Return the public name that inline code speaks of, or None where it may mean something else.

    A plain word such as ``model`` may be an argument; ``cm.model``, ``model(...)``, ``Model`` and ``admits_ici`` are
    names.

    >>> [linked_name(code) for code in ("cm.model", "model", "admits_ici", "Model", "solve(m)", "cm.CID.nodes")]
    ['model', None, 'admits_ici', 'Model', 'solve', 'CID']
    """
    found = _NAME.fullmatch(code)
    if not found or found["name"] not in cidmesa.__all__ or found["name"].startswith("__"):
        return None
    plain = found["name"].islower() and "_" not in found["name"]
    return found["name"] if found["home"] or found["call"] or not plain else None


class NamesAreLinks(SphinxPostTransform):
    """Turn inline code that is a public name into a link to its entry."""

    default_priority = 5  # before references are resolved

    def run(self, **_: Any) -> None:
        """Replace the literals of the page."""
        for literal in list(self.document.findall(nodes.literal)):
            name = linked_name(literal.astext())
            if name is None or isinstance(literal.parent, (nodes.reference, addnodes.pending_xref, nodes.title)):
                continue
            link = addnodes.pending_xref(
                "",
                literal.deepcopy(),
                refdomain="py",
                reftype="obj",
                reftarget=f"cidmesa.{name}",
                refdoc=self.env.docname,
            )
            literal.replace_self(link)


def _visit_math(self: Any, node: nodes.Node) -> None:
    from latex2mathml.converter import convert

    display = "block" if isinstance(node, nodes.math_block) else "inline"
    formula = convert(node.astext(), display=display)
    self.body.append(f'<div class="formula">{formula}</div>' if display == "block" else formula)
    raise nodes.SkipNode


def _sections_of(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Mark source and example of a docstring."""
    del app, what, name, obj, options
    at = next((number for number, line in enumerate(lines) if line.startswith(">>> ")), None)
    if at is not None:
        lines[at:at] = [".. rubric:: Example", ""]
    lines[:] = [re.sub(r"^(Sources?|Ours):", r"**\1.**", line) for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both with Sphinx."""
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math, None))
    app.add_post_transform(NamesAreLinks)
    app.connect("autodoc-process-docstring", _sections_of, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
