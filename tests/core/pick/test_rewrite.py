"""InferenceModelRewrites: who is asked for, who is served."""

from collections import Counter
from typing import Any

from portway.core.pick.rendezvous import weight
from portway.core.pick.rewrite import Rewrite, read, rewritten, rules


def rule(*models: str, **shares: int) -> dict[str, Any]:
    return {
        "matches": [{"model": {"type": "Exact", "value": each}} for each in models],
        "targets": [{"modelRewrite": name, "weight": share} for name, share in shares.items()],
    }


def rewrite(name: str, created: str, *given: dict[str, Any], pool: str = "llama") -> Rewrite:
    metadata = {"name": name, "namespace": "default", "creationTimestamp": created}
    found = read({"metadata": metadata, "spec": {"poolRef": {"name": pool}, "rules": given}})
    assert found is not None
    return found


def served(model: str, *objects: Rewrite, chance: int = 0) -> str | None:
    return rewritten(rules(objects, "default", "llama"), model, chance)


def test_exact_comes_before_generic_then_the_oldest_then_the_first() -> None:
    new = rewrite("a", "2026-01-02T00:00:00Z", rule(any_new=1), rule("m", exact_new=1))
    old = rewrite("b", "2026-01-01T00:00:00Z", rule(any_old=1), rule("m", exact_old=1))
    more = rewrite(
        "c", "2026-01-01T00:00:00Z", rule("m", later_name=1), rule("n", n1=1), rule("n", n2=1)
    )
    assert served("m", new, old, more) == "exact_old"
    assert served("x", new, old, more) == "any_old"
    assert served("n", new, old, more) == "n1"


def test_other_pools_and_models_are_as_they_were() -> None:
    assert served("m", rewrite("a", "", rule("n", x=1))) is None
    assert served("m", rewrite("a", "", rule(x=1), pool="other")) is None
    assert served("m", rewrite("a", "", rule("m"))) is None


def test_shares_are_kept() -> None:
    canary = rewrite("a", "", rule("m", stable=90, canary=10))
    count = Counter(served("m", canary, chance=weight(n, "x")) for n in range(5_000))
    assert set(count) == {"stable", "canary"}
    assert 420 < count["canary"] < 580


def test_what_cannot_be_read_has_no_say() -> None:
    bad = {"metadata": {"name": "a"}, "spec": {"poolRef": {"name": "p"}, "rules": [rule(x=0)]}}
    assert read(bad) is None
    assert read(b"[]") is None
