"""Problems: what a filter says when it cannot be honoured."""

import pytest

from portway.core import model
from portway.core.api.reference import BackendObjectReference
from portway.core.filters.place import Place, Problem, unsupported

APP = model.ClusterKey("Service", "apps", "app", 80, "HTTP")


def test_a_problem_is_fatal_unless_it_says_otherwise() -> None:
    # A filter may not be skipped, so forgetting to decide must fail closed.
    problem = Problem("ResolvedRefs", "BackendNotFound", "x")
    assert problem.fatal
    assert not problem._replace(fatal=False).fatal


@pytest.mark.parametrize("field", ["rules[0].filters[1]", "rules[2].backendRefs[0].filters[0].x"])
def test_an_unsupported_value_starts_with_its_field(field: str) -> None:
    assert unsupported(field, "no such code. Use 302.") == Problem(
        "Accepted", "UnsupportedValue", f"{field}: no such code. Use 302.", fatal=True
    )


@pytest.mark.parametrize("found", [APP, unsupported("rules[0].filters[0]", "no such Service.")])
def test_a_place_answers_with_what_its_caller_resolves(found: model.ClusterKey | Problem) -> None:
    asked: list[BackendObjectReference] = []

    def resolve(ref: BackendObjectReference) -> model.ClusterKey | Problem:
        asked.append(ref)
        return found

    ref = BackendObjectReference(name="app", port=80)
    assert Place("rules[0].filters[0]", (), resolve).resolve(ref) == found
    assert asked == [ref]
