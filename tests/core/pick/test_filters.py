"""Who stays in the choice."""

from portway.core.pick import Ask, Candidate, Signals, Target
from portway.core.pick import filters as f

ASK = Ask(chain=(1, 2, 3, 4, 5), model="lora")


def at(name: str, cached: int = 0, work: float = 0.0, **said: object) -> Candidate:
    labels = {"llm-d.ai/role": name}
    signals = Signals(**said)  # type: ignore[arg-type]
    return Candidate(Target(name, labels), cached=cached, waiting=work, signals=signals)


def kept(keep: f.Filter, *all_: Candidate) -> list[str]:
    return [each.address for each in keep(ASK, all_)]


def test_prefix_affinity_keeps_warm_endpoints_that_are_not_too_busy() -> None:
    keep = f.PrefixAffinity(0.8, 100)
    assert kept(keep, at("a", 4), at("b", 3), at("c", 5, 99)) == ["a", "c"]
    assert kept(keep, at("a", 5, 101), at("b")) == ["a", "b"]
    assert kept(keep, at("a"), at("b")) == ["a", "b"]


def test_labels_are_strict() -> None:
    decode = f.LabelSelector({"llm-d.ai/role": "decode"})
    assert kept(decode, at("decode"), at("prefill")) == ["decode"]
    assert kept(decode, at("prefill")) == []
    also = f.LabelSelector({"llm-d.ai/role": "decode", "zone": "x"}, also_without=True)
    assert kept(also, at("decode"), at("prefill")) == ["decode"]


def test_utilization_leaves_somebody() -> None:
    keep = f.Utilization(0.8, 5)
    assert kept(keep, at("a", usage=0.9), at("b", waiting=5), at("c", usage=0.1)) == ["c"]
    assert kept(keep, at("a", usage=0.9)) == ["a"]


def test_lora_affinity_prefers_loaded_then_room() -> None:
    keep = f.LoraAffinity()
    loaded = at("a", adapters=frozenset({"lora"}), most_adapters=1)
    room = at("b", adapters=frozenset({"x"}), most_adapters=2)
    full = at("c", adapters=frozenset({"x"}), most_adapters=1)
    assert kept(keep, loaded, room, full) == ["a"]
    assert kept(keep, room, full) == ["b"]
    assert kept(keep, full) == ["c"]
