"""The Sphinx configuration for `make docs`."""

from __future__ import annotations

import django
from django.conf import settings

import sequere

# autodoc imports models, so Django has to be set up.
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "rest_framework",
        "sequere",
        "sequere.testing",
    ],
    USE_TZ=True,
)
django.setup()

project = "django-sequere"
author = "the django-sequere contributors"
copyright = "the django-sequere contributors"  # noqa: A001, RUF100
release = version = sequere.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

# Links such as page.md#a-heading work here as they do in the repository.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# Docstrings have the `code` of Markdown.
default_role = "literal"
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "show-inheritance": True,
}
autodoc_inherit_docstrings = False
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
viewcode_line_numbers = True

# Copied text can be pasted: it has no prompts and no output.
copybutton_prompt_text = r">>> |\.\.\. ?|\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"django-sequere {version}"
html_static_path = ["_static"]
html_css_files = ["sequere.css"]
html_show_sphinx = False
html_theme_options = {
    "source_repository": "https://github.com/thoas/django-sequere/",
    "source_branch": "HEAD",
    "source_directory": "docs/",
    "top_of_page_buttons": ["edit"],
    "light_css_variables": {
        "color-brand-primary": "#3b47bb",
        "color-brand-content": "#3b47bb",
        "color-brand-visited": "#3b47bb",
    },
    "dark_css_variables": {
        "color-brand-primary": "#a9b1ff",
        "color-brand-content": "#a9b1ff",
        "color-brand-visited": "#a9b1ff",
    },
}
