"""Tokens as statistics of the proxy: by model, pool, route and kind.

Knows Envoy's access logger that writes no line and counts instead, once a request is over. Must not
know how usage is found (`filters.usage`). The names are those of OpenTelemetry's conventions for
generative models: `gen_ai.client.token.usage` with `gen_ai.token.type` (`input` or `output`) and
`gen_ai.response.model`. It makes a histogram of that; a counter, with `total`, is exact.

Each listener has a bound on its series, since models are named by answers and not by us: what
would be one more is not counted. A bound that listeners share crashes Envoy 1.40 when it ends.
"""

from typing import Any, Final, TypeAlias

from portway.core.filters import usage

Json: TypeAlias = dict[str, Any]

PREFIX: Final = "gen_ai"
"""How the names of these statistics begin, before a dot."""
MOST_SERIES: Final = 1024
"""Of one listener."""

_COUNTER: Final = "client.token.usage.total"
_TYPE: Final = "type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config"
_TAGS: Final = {
    "gen_ai.response.model": f"%DYNAMIC_METADATA({usage.METADATA}:model)%",
    "cluster": "%UPSTREAM_CLUSTER_RAW%",
    "route": "%ROUTE_NAME%",
}


def with_usage(*, there: bool = True) -> Json:
    """The AccessLogFilter of requests whose answer said what it took, or else of all others."""
    matcher = {
        "filter": usage.METADATA,
        "path": [{"key": "total"}],
        "value": {"present_match": there},
    }
    return {"metadata_filter": {"matcher": matcher, "match_if_key_not_found": not there}}


def usage_stats() -> Json:
    """The AccessLog that counts tokens. The same for all listeners."""
    return {
        "name": "envoy.access_loggers.stats",
        "filter": with_usage(),
        "typed_config": {
            "@type": _TYPE,
            "stats_scope": {"prefix": PREFIX, "max_counters": MOST_SERIES},
            "counters": [_counter("input", "prompt"), _counter("output", "completion")],
        },
    }


def _counter(kind: str, found: str) -> Json:
    tags = {**_TAGS, "gen_ai.token.type": kind}
    return {
        "stat": {
            "name": _COUNTER,
            "tags": [{"name": name, "value_format": value} for name, value in tags.items()],
        },
        "value_format": f"%DYNAMIC_METADATA({usage.METADATA}:{found})%",
    }
