"""ReferenceGrants: every case against a short oracle, and what a refusal may say."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import api
from portway.core.translate.reference import Cause, Referrer, Target, Unresolved, resolve_ref

GROUP = api.GATEWAY_GROUP
NAMESPACES = st.sampled_from(["a", "b", "c"])
KINDS = st.sampled_from(["HTTPRoute", "Gateway", "TLSRoute"])
TARGETS = st.sampled_from([("", "Service"), ("", "Secret"), ("portway.dev", "Backend")])

FROM = st.builds(
    lambda group, kind, namespace: {"group": group, "kind": kind, "namespace": namespace},
    st.sampled_from([GROUP, "other.example"]),
    KINDS,
    NAMESPACES,
)
TO = st.builds(
    lambda target, name: {
        "group": target[0],
        "kind": target[1],
        **({"name": name} if name else {}),
    },
    TARGETS,
    st.sampled_from(["", "x", "y"]),
)
GRANTS = st.lists(
    st.tuples(
        NAMESPACES, st.lists(FROM, min_size=1, max_size=3), st.lists(TO, min_size=1, max_size=3)
    ),
    max_size=5,
)


def oracle(grants: list[Any], referrer: Referrer, target: Target) -> bool:
    """The words of the spec, one by one."""
    if referrer.namespace == target.namespace:
        return True
    for namespace, froms, tos in grants:
        if namespace != target.namespace:
            continue
        for each in froms:
            for to in tos:
                if (
                    each["group"] == GROUP
                    and each["kind"] == referrer.kind
                    and each["namespace"] == referrer.namespace
                    and to["group"] == target.group
                    and to["kind"] == target.kind
                    and to.get("name") in (None, target.name)
                ):
                    return True
    return False


@given(
    grants=GRANTS,
    referrer=st.builds(Referrer, KINDS, NAMESPACES, st.just("r"), st.just("field")),
    target=st.builds(
        lambda gk, ns, name: Target(gk[0], gk[1], ns, name),
        TARGETS,
        NAMESPACES,
        st.sampled_from(["x", "y"]),
    ),
    exists=st.booleans(),
)
def test_a_reference_is_permitted_exactly_when_the_spec_says_so(
    grants: list[Any], referrer: Referrer, target: Target, exists: bool
) -> None:
    world: Any = _World(grants)
    asked: list[str] = []

    def look_up(_namespace: str, name: str) -> str | None:
        asked.append(name)
        return "found" if exists else None

    kinds: Any = {api.GroupKind(target.group, target.kind): look_up}
    result: Any = resolve_ref(referrer, target, kinds, world)
    if oracle(grants, referrer, target):
        assert result == "found" if exists else result.cause is Cause.MISSING
    else:
        assert result.cause is Cause.NOT_PERMITTED
        assert asked == []  # the target was not even looked up


class _World:
    """Grants only."""

    def __init__(self, grants: list[Any]) -> None:
        self._grants = [
            api.decode(
                {
                    "apiVersion": f"{GROUP}/v1",
                    "kind": "ReferenceGrant",
                    "metadata": {"name": f"g{i}", "namespace": ns},
                    "spec": {"from": froms, "to": tos},
                }
            )
            for i, (ns, froms, tos) in enumerate(grants)
        ]

    def grants(self, namespace: str) -> Any:
        return tuple(each for each in self._grants if each.namespace == namespace)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AssertionError(f"a reference has no need for {name}")


@pytest.mark.parametrize("exists", [True, False])
def test_a_refusal_does_not_tell_whether_the_target_exists(exists: bool) -> None:
    referrer = Referrer("HTTPRoute", "a", "r", "rules[0].backendRefs[0]")
    kinds: Any = {api.GroupKind("", "Service"): lambda *_: "found" if exists else None}
    world: Any = _World([])
    result: Any = resolve_ref(referrer, Target("", "Service", "b", "x"), kinds, world)
    assert result == Unresolved(
        Cause.NOT_PERMITTED,
        "HTTPRoute a/r, rules[0].backendRefs[0]: no ReferenceGrant in namespace b lets a "
        "HTTPRoute of namespace a refer to Service b/x; create one there, or refer to an object "
        "of the own namespace.",
    )


def test_a_kind_that_cannot_stand_here_is_refused_before_anything_is_asked() -> None:
    world: Any = object()
    kinds: Any = {api.GroupKind("", "Service"): lambda *_: "found"}
    result: Any = resolve_ref(
        Referrer("HTTPRoute", "a", "r", "f"), Target("x.io", "Pool", "b", "x"), kinds, world
    )
    assert result.cause is Cause.KIND
    assert "use Service (group '')" in result.message
