"""Lays out the site's source in build/: the pages, of which those of `RUN` have the outputs of their code.

`make docs` runs this script, and Zensical builds the site of what it leaves; the repository holds no output.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbclient
import nbformat
from generate import DOCS, ROOT, notebook
from jinja2 import DictLoader
from nbconvert import MarkdownExporter

RUN = [DOCS / "index.md", *sorted((DOCS / "tutorials").glob("*.md"))]
BUILD = ROOT / "build"
# What nbconvert indents, as a block with a title.
TEMPLATE = """\
{%- extends 'markdown/index.md.j2' -%}
{% block stream %}
```text title="Output"
{{ output.text.rstrip() }}
```
{% endblock stream %}
"""


def with_outputs(page: Path) -> str:
    """The page, with what its code prints below each block; an error in its code is raised."""
    found = nbformat.reads(notebook(page.read_text(encoding="utf-8")), as_version=4)
    with TemporaryDirectory() as folder:
        nbclient.NotebookClient(found, timeout=600, resources={"metadata": {"path": folder}}).execute()
    for cell in found.cells:
        # The log of Spark, and progress.
        cell["outputs"] = [one for one in cell.get("outputs", []) if one.get("name") != "stderr"]
    exporter = MarkdownExporter(extra_loaders=[DictLoader({"page.md.j2": TEMPLATE})], template_file="page.md.j2")
    text, resources = exporter.from_notebook_node(found)
    if resources["outputs"]:
        raise ValueError(f"{page.name}: a page with pictures needs a place for them")
    return str(text)


def main() -> int:
    shutil.rmtree(BUILD / "docs", ignore_errors=True)
    shutil.copytree(DOCS, BUILD / "docs", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (BUILD / "mkdocs.yml").write_text(settings.replace("site_dir: build/site", "site_dir: site"), encoding="utf-8")
    for page in RUN:
        print(f"running {page.relative_to(ROOT)}", flush=True)
        (BUILD / page.relative_to(ROOT)).write_text(with_outputs(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
