"""Finds American spellings: codespell with its own list of British words and their American forms, turned round.

`make lint` runs it. Names of APIs and titles of papers keep their spelling.
"""

import subprocess
import sys
from pathlib import Path

import codespell_lib

# Names in the APIs of Spark, Python, Matplotlib and MLflow, and words that are British, too, in one of their senses.
KEPT = (
    "artifacts,authorized,capitalize,catalog,catalogs,center,color,license,licensed,licenses,math,normalize,practice,"
    "program,rasterized,standardization,stories,story"
)
# Modules of scikit-learn, and text from a quotation mark and a capital on: a title, as far as it stands in the line.
NAMES = r"sklearn\.\w+|\"[A-Z][^\"]*"


def main() -> int:
    known = Path(codespell_lib.__file__).parent / "data" / "dictionary_en-GB_to_en-US.txt"
    pairs = [line.split("->") for line in known.read_text(encoding="utf-8").splitlines()]
    turned = Path("build") / "american.txt"
    turned.parent.mkdir(exist_ok=True)
    turned.write_text("".join(f"{american}->{british}\n" for british, american in pairs), encoding="utf-8")
    options = ["-D", str(turned), "-L", KEPT, "--ignore-regex", NAMES]
    return subprocess.run([sys.executable, "-m", "codespell_lib", *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
