"""Sphinx configuration of the site; ``docs/website/staging.py`` gathers the pages that it reads."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cidmesa

project = "cidmesa"
author = "The cidmesa developers"
project_copyright = "The cidmesa developers"
version = release = cidmesa.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_parser",
    "sphinx_copybutton",
    "docs.website.extension",
]
default_role = "literal"
exclude_patterns = []
pygments_style = "friendly"
pygments_dark_style = "github-dark"

myst_enable_extensions = ["dollarmath", "attrs_block"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # figures of notebooks and scenarios may start below the first level

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"cidmesa {release}"
html_static_path = [str(Path(__file__).with_name("static"))]
html_css_files = ["site.css"]
html_extra_path = [str(Path(__file__).parents[2] / "build" / "extra")]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # summaries are fetched, which a page opened from a folder may not do
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d4f91", "color-brand-content": "#1d4f91"},
    "dark_css_variables": {"color-brand-primary": "#9cc3f5", "color-brand-content": "#9cc3f5"},
}
