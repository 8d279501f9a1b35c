"""Sphinx settings of the site; it is built by `make` from executed notebooks, without a network."""

project = "uptake"
author = "The uptake authors"
html_title = "uptake"
copyright = "the uptake authors, MIT licence"
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "uptake.openclosed.site",
]
# In docstrings a name in single backticks is a link where it can be one.
default_role = "public"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# Defaults as the code writes them: a value may be a path of this machine.
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_admonition_for_examples = False
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
templates_path = ["_templates"]

# The builder has executed the notebooks; a site built twice must not differ.
nb_execution_mode = "off"
# The verdicts' own output type is for the builder, beside their text.
suppress_warnings = ["mystnb.unknown_mime_type"]
nb_merge_streams = True
# Sentences and tables that code prints: tables yes, but a dollar sign is no formula.
nb_render_markdown_format = "gfm"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_favicon = "_static/mark.svg"
html_math_renderer = "mathml"
html_context = {"default_mode": "auto"}
html_use_index = False
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# A page read from a file may not fetch the others, which summaries of search results need.
html_show_search_summary = False
html_theme_options = {
    "logo": {
        "image_light": "_static/mark.svg",
        "image_dark": "_static/mark-dark.svg",
        "text": "uptake",
        "alt_text": "",
    },
    "navbar_persistent": [],  # the sidebar has the search field already
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_content_items": "copyright.html",
}
