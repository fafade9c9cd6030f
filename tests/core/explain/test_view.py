"""The questions of explain and analyze are the same ones, and nobody asks any other."""

import ast
import inspect
from pathlib import Path

from portway.core import explain
from portway.core.explain.view import View

QUESTIONS = {name for name, _ in inspect.getmembers(View, inspect.isfunction) if name[0] != "_"}
CORE = Path(explain.__file__).parents[1]


def test_every_question_is_asked_and_no_other() -> None:
    asked: set[str] = set()
    for file in [*CORE.glob("explain/*.py"), *CORE.glob("analyze/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked |= {node.attr} if node.value.id == "view" else set()
    assert asked == QUESTIONS
