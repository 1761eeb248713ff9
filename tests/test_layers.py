"""The layers of the package, read from its syntax trees: imports go downward only, and some calls nowhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import spark_smote

PACKAGE = Path(spark_smote.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
MOST_LINES = 350

# The modules of this package that each layer, a folder or a module at the top, may import besides itself.
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "strategy": {"errors"},
    "kernels": {"errors"},
    "spark": {"errors", "strategy"},
    "search": {"errors", "strategy", "kernels", "spark"},
    "core": {"errors", "strategy", "kernels", "spark", "search"},
    "samplers": {"errors", "strategy", "kernels", "spark", "search", "core"},
    "ml": {"errors", "strategy", "spark", "core", "samplers"},
    "evaluation": {"errors", "strategy", "kernels", "spark", "search", "core", "samplers", "ml"},
    "job": {"errors", "strategy", "spark", "core", "samplers", "ml", "evaluation"},
    "__init__": {"core"},  # its registry loads other modules on demand
}
KERNEL_LIBRARIES = {"numpy", "scipy", "threadpoolctl"}
WITHOUT_SPARK = ("errors", "strategy", "kernels")
# State on the driver, and values that change when a task is run again.
FORBIDDEN = {
    "monotonically_increasing_id",
    "spark_partition_id",
    "uuid",
    "uuid4",
    "rand",
    "randn",
    "shuffle",
    "sparkContext",
    "_sc",
    "SparkContext",
    "rdd",
    "_jvm",
    "_jdf",
    "createTempView",
    "createOrReplaceTempView",
    "createGlobalTempView",
    "createOrReplaceGlobalTempView",
    "addTag",
    "toPandas",
    # Serverless platforms refuse these: `spark/cached.py` asks first.
    "persist",
    "unpersist",
    "checkpoint",
    "localCheckpoint",
    "storageLevel",
}
EXCEPTED = {
    # Only compared with 0, to keep the optimiser from moving an expression.
    ("spark/columns.py", "spark_partition_id"),
    # Counts of tasks and descriptions of jobs, for users of classic Spark only.
    ("job/progress.py", "sparkContext"),
    *(("spark/cached.py", name) for name in ("persist", "unpersist", "localCheckpoint", "storageLevel")),
}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def layer(module: str) -> str:
    """The folder of a module or, at the top, its name; given a path, or a dotted name after ``spark_smote.``."""
    return module.removesuffix(".py").replace("/", ".").split(".")[0] or "__init__"


def imported(module: str) -> Iterator[str]:
    """Dotted names of all imports of a module, at any place in it."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if node.module == "spark_smote" else node.module or whole


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downward_only(module: str) -> None:
    here = layer(module)
    assert here in LAYERS, f"{module} has no layer yet: say in LAYERS what it may import"
    for name in imported(module):
        root, _, rest = name.partition(".")
        if root == "spark_smote":
            assert layer(rest) in {here} | LAYERS[here], f"{module} imports {name}, which is not below it"
        if root == "pyspark":
            assert here not in WITHOUT_SPARK, f"{module} imports {name}, but works without Spark"
        if here == "kernels":
            allowed = KERNEL_LIBRARIES | {"spark_smote"} | set(sys.stdlib_module_names)
            assert root in allowed, f"{module} imports {name}; kernels are NumPy and SciPy only"


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(module: str) -> None:
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_nothing_hidden_on_the_driver_and_no_chance(module: str) -> None:
    for node in ast.walk(tree(module)):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        assert name not in FORBIDDEN or (module, name) in EXCEPTED, f"{module}:{getattr(node, 'lineno', 0)}: {name}"
        if isinstance(node, ast.ImportFrom):
            assert not FORBIDDEN & {alias.name for alias in node.names}, f"{module}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "hash", f"{module}:{node.lineno}: Python's hash differs from process to process"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr != "cache", f"{module}:{node.lineno}: spark/cached.py keeps frames"
        if isinstance(node, ast.Attribute) and node.attr == "random":
            raise AssertionError(f"{module}:{node.lineno}: np.random; draws come from kernels/draws.py")
        if isinstance(node, ast.Attribute) and node.attr == "set" and isinstance(node.value, ast.Attribute):
            assert node.value.attr != "conf", f"{module}:{node.lineno}: sets a setting of the session"
    assert not {"random", "uuid"} & set(imported(module))


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_run_that_comes_from_outside(module: str) -> None:
    """docs/security.md: no pickle, eval, shell; YAML by its safe loader only."""
    modules = {"pickle", "cloudpickle", "marshal", "shelve", "subprocess", "runpy", "code"}
    assert not modules & {name.partition(".")[0] for name in imported(module)}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            place = f"{module}:{node.lineno}: {called}"
            assert called not in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}, place
            assert not called.startswith("yaml.") or called.split(".")[1] != "load", place
            assert not called.startswith("yaml.") or "Loader" not in called or called == "yaml.SafeLoader", place


def test_the_facade_defines_nothing_but_the_loading() -> None:
    for node in tree("__init__.py").body:
        plain = isinstance(node, ast.ImportFrom | ast.Expr)
        listed = isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__version__"]
        loader = isinstance(node, ast.FunctionDef) and node.name in ("__getattr__", "__dir__")
        assert plain or listed or loader, f"__init__.py:{node.lineno}"


def test_modules_without_spark_do_not_load_it() -> None:
    """A Python worker loads the kernels for every task: Spark's own modules would cost it a second."""
    modules = [*(module for module in MODULES if layer(module) in WITHOUT_SPARK), "core/decision_trees.py"]
    names = [".".join(("spark_smote", *module.removesuffix(".py").split("/"))) for module in modules]
    script = f"import sys, {', '.join(names)}; sys.exit(not {{'pyspark', 'sklearn'}}.isdisjoint(sys.modules))"
    script = script.replace(".__init__", "")
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_files_that_the_design_names_exist() -> None:
    root = Path(__file__).parents[1]
    named = set(re.findall(r"(?<![\w./])(?:[a-z_]+/)*[a-z_]+\.py\b", (root / "docs" / "design.md").read_text("utf-8")))
    folders = ("spark_smote", "tests", "jobs", "benchmarks", "docs", "conf")
    known = [f"/{path.relative_to(root)}" for folder in folders for path in (root / folder).rglob("*.py")]
    assert len(named) > 100
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in known)] == []
