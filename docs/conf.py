"""How the pages become a site: `make docs` writes out/docs. Nothing in it comes from another host."""

from sim import __version__

project = "Coalmine"
author = "The Coalmine authors"
copyright = "the Coalmine authors, MIT licence"  # noqa: A001 - Sphinx's name for it
release = version = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["images"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"Coalmine {release}"
html_static_path: list[str] = []
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0072B2", "color-brand-content": "#0072B2"},
    "dark_css_variables": {"color-brand-primary": "#56B4E9", "color-brand-content": "#56B4E9"},
    "footer_icons": [],
}
