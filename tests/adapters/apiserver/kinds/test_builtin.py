"""The table of kinds."""

from portway.adapters.apiserver.kinds.builtin import NOT_ENFORCED, builtin_kinds
from portway.core import api

KINDS = {kind.kind: kind for kind in builtin_kinds()}


def test_every_kind_of_the_core_is_served_and_typed() -> None:
    for name, info in api.KINDS.items():
        assert KINDS[name].typed
        assert KINDS[name].versions == info.versions


def test_status_belongs_to_the_kinds_that_have_one() -> None:
    assert KINDS["HTTPRoute"].has_status
    assert not KINDS["ReferenceGrant"].has_status
    assert not KINDS["Secret"].has_status


def test_strategic_patches_are_for_kinds_built_into_kubernetes() -> None:
    assert KINDS["Service"].strategic
    assert not KINDS["HTTPRoute"].strategic


def test_plurals_are_unique_in_their_group() -> None:
    keys = [kind.key for kind in KINDS.values()]
    assert len(set(keys)) == len(keys)


def test_every_kind_has_columns() -> None:
    for kind in KINDS.values():
        for version in kind.versions:
            assert kind.columns[version], kind.kind


def test_roles_and_their_bindings_are_kept_and_said_not_to_be_enforced() -> None:
    for name in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"):
        assert KINDS[name].group == "rbac.authorization.k8s.io"
        assert KINDS[name].namespaced is not name.startswith("Cluster")
        assert name in NOT_ENFORCED
