"""How the manual is built: `make docs`."""

import sys

import emailrcd

# Public under this name, though it stands elsewhere.
sys.modules["emailrcd.cluster"] = emailrcd.cluster

project = "emailrcd"
author = "The emailrcd authors"
copyright = author  # noqa: A001 - the name that Sphinx reads
version = release = emailrcd.__version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build", "_templates", "notebooks/01_explore.ipynb"]

templates_path = ["_templates"]
html_theme = "furo"
html_title = f"emailrcd {version}"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # a page opened from a disk may not read others for it

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_merge_streams = True
# A widget needs a kernel; the manual shows what it looks like instead.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # they would come from the network
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

autodoc_typehints = "none"
autosummary_generate = True
numpydoc_show_class_members = False
nitpicky = False
