"""A header of other routers that nobody writes is named, and the one that is written is not."""

from typing import Any

from portway.core import model


def test_a_rule_that_goes_by_the_base_of_an_adapter(board: Any, check: Any) -> None:
    web = board.listener("web", port=80, protocol="HTTP")
    path = model.PathMatch("PathPrefix", "/")
    named, base = (
        model.Match(path, headers=(model.HeaderMatch(f"x-gateway-{name}", "m"),))
        for name in ("model-name", "base-model-name")
    )
    key = model.ObjectKey("HTTPRoute", "apps", "models")
    board.route(key, {web: ("*",)}, named, base)
    (issue,) = check()["PW053"]
    assert (issue.object, issue.field) == (key, "spec.rules[1].matches")
    assert "X-Gateway-Model-Name" in issue.cure


ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: models, namespace: apps, annotations: {{portway.dev/models: "{word}"}}}}
spec: {{parentRefs: [{{name: web}}]}}
"""


def test_a_word_that_lists_nothing(check: Any) -> None:
    (issue,) = check(ROUTE.format(word="yes"))["PW054"]
    assert issue.object == model.ObjectKey("HTTPRoute", "apps", "models")
    assert "'yes'" in issue.message
    assert "PW054" not in check(ROUTE.format(word="listed"))
