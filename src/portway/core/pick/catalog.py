"""Plug-ins by name: those of this package, and the names that llm-d's configurations have for them.

Knows names and parameters. Must not know how a file is written. A parameter that a plug-in does not
have is a mistake; one that llm-d has and that means nothing here is listed, and passed over.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from portway.core.pick import filters, pickers, scorers
from portway.core.pick.filters import Filter
from portway.core.pick.pickers import Picker
from portway.core.pick.scorers import Scorer

Parameters = Mapping[str, Any]


class BadParameter(ValueError):
    """A parameter is not what it should be. The message names it."""


def _plain(made: Any) -> Callable[[Parameters], Any]:
    def make(_: Parameters) -> Any:
        return made

    return make


def _least_work(given: Parameters) -> Scorer:
    return scorers.LeastWork(
        _number(given, "requestTokens", scorers.REQUEST_TOKENS),
        _number(given, "queuedTokens", scorers.QUEUED_TOKENS),
    )


def _affinity(given: Parameters) -> Filter:
    rate = _number(given, "peakPrefillThroughput", 15_928.0)
    penalty = _number(given, "maxTTFTPenaltyMs", 18_000.0)
    return filters.PrefixAffinity(_number(given, "affinityThreshold", 0.8), rate * penalty / 1000)


def _utilization(given: Parameters) -> Filter:
    return filters.Utilization(
        _number(given, "kvCacheUtilThreshold", 0.8), int(_number(given, "queueDepthThreshold", 5))
    )


def _labels(given: Parameters) -> Filter:
    wanted = given.get("matchLabels", {})
    if not isinstance(wanted, Mapping) or not all(isinstance(e, str) for e in wanted.values()):
        raise BadParameter("matchLabels is a map of labels to their values")
    return filters.LabelSelector(dict(wanted))


def _role(role: str, *, also_without: bool = False) -> Callable[[Parameters], Filter]:
    return _plain(filters.LabelSelector({"llm-d.ai/role": role}, also_without))


def _number(given: Parameters, name: str, default: float) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise BadParameter(f"{name} is a number from 0 up, not {value!r}")
    return float(value)


FILTERS: Final[Mapping[str, Callable[[Parameters], Filter]]] = {
    "prefix-cache-affinity-filter": _affinity,
    "utilization-filter": _utilization,
    "label-selector-filter": _labels,
    "lora-affinity-filter": _plain(filters.LoraAffinity()),
    "decode-filter": _role("decode", also_without=True),
    "prefill-filter": _role("prefill"),
}

SCORERS: Final[Mapping[str, Callable[[Parameters], Scorer]]] = {
    "least-work-scorer": _least_work,
    "queue-scorer": _plain(scorers.queue),
    "running-requests-size-scorer": _plain(scorers.running_requests),
    "kv-cache-utilization-scorer": _plain(scorers.cache_usage),
    "prefix-cache-scorer": _plain(scorers.prefix_cache),
    "active-request-scorer": _plain(scorers.active_requests),
    "token-load-scorer": _plain(scorers.token_load),
    "lora-affinity-scorer": _plain(scorers.lora_affinity),
    "session-affinity-scorer": _plain(scorers.session_affinity),
}

PICKERS: Final[Mapping[str, Picker]] = {
    "max-score-picker": pickers.max_score,
    "random-picker": pickers.random,
    "weighted-random-picker": pickers.weighted_random,
}

NOT_NEEDED: Final = frozenset({"single-profile-handler", "openai-parser", "metrics-data-source"})
"""What llm-d has as plug-ins and is always so here."""

PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "least-work-scorer": frozenset({"requestTokens", "queuedTokens"}),
    "prefix-cache-affinity-filter": frozenset(
        {"affinityThreshold", "peakPrefillThroughput", "maxTTFTPenaltyMs"}
    ),
    "utilization-filter": frozenset({"kvCacheUtilThreshold", "queueDepthThreshold"}),
    "label-selector-filter": frozenset({"matchLabels"}),
    # The index is one for all plug-ins: its blocks are fixed, its size is what engines say.
    "prefix-cache-scorer": frozenset(
        {
            "autoTune",
            "blockSize",
            "blockSizeTokens",
            "hashBlockSize",
            "lruCapacityPerServer",
            "maxPrefixBlocksToMatch",
            "maxPrefixTokensToMatch",
        }
    ),
    **{name: frozenset({"maxNumOfEndpoints"}) for name in PICKERS},
}
