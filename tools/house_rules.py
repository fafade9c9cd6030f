"""Rules of the house that no linter knows: sizes, opening docstrings, a test file per source file.

Every exemption stands in a list that may only get shorter: an entry that is no longer needed is
an error too.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "portway"
TESTS = ROOT / "tests"

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60

LONG_FILES: frozenset[str] = frozenset()
LONG_FUNCTIONS: frozenset[str] = frozenset()
UNTESTED: frozenset[str] = frozenset()


def main() -> int:
    found = {
        "is longer than 600 lines": (set(_long_files()), LONG_FILES),
        "is longer than 60 lines": (set(_long_functions()), LONG_FUNCTIONS),
        "has no test file of its name": (set(_untested()), UNTESTED),
        "does not open with a docstring": (set(_silent()), frozenset()),
    }
    problems = [
        f"{name} {complaint}"
        for complaint, (names, allowed) in found.items()
        for name in sorted(names - allowed)
    ]
    problems += [
        f"{name} no longer needs its exemption ({complaint}); take it off the list"
        for complaint, (names, allowed) in found.items()
        for name in sorted(allowed - names)
    ]
    print("\n".join(problems) or "house rules: all kept")
    return bool(problems)


def _sources() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), path


def _long_files() -> Iterator[str]:
    for name, path in _sources():
        if len(path.read_text().splitlines()) > MAX_FILE_LINES:
            yield name


def _long_functions() -> Iterator[str]:
    for name, path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES:
                    yield f"{name}:{node.name}"


def _silent() -> Iterator[str]:
    for name, path in _sources():
        tree = ast.parse(path.read_text())
        if tree.body and ast.get_docstring(tree) is None:
            yield name


def _untested() -> Iterator[str]:
    for name, path in _sources():
        if path.name in ("__init__.py", "__main__.py"):
            continue
        test = TESTS / Path(name).parent / f"test_{path.name}"
        if not test.exists():
            yield name


if __name__ == "__main__":
    sys.exit(main())
