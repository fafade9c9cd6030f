"""How long a forwarded request may take and when it is tried again.

Knows the spec's two timeouts (GEP-1742) and its retries (GEP-1731), which leaves open what happens
where a rule does not speak of them. Must not know backends, but for one thing it is told of them:
whether they are model servers, whose requests are too dear to be lost to one that is not there.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render.hardening import KIB, seconds

Json: TypeAlias = dict[str, Any]

# Nothing for this long in either direction ends a stream whose rule does not speak of timeouts
# (`Defaults.stream_idle`); a rule that allows more says so itself.
_IDLE = 3600.0
# `reset` covers a try that ran into its own timeout and a backend that hangs up without an
# answer: both belong to a retry stanza even without codes.
_RETRY_ON = "connect-failure,refused-stream,reset,reset-before-request"
_RETRY_ON_CODES = f"{_RETRY_ON},retriable-status-codes"
# What has reached nobody can be sent to somebody else, whatever it is.
_UNREACHED = "connect-failure,refused-stream,reset-before-request"
_OTHERS = 2  # further tries of such a request; a picker names as many further endpoints
# How often another endpoint is drawn when the one just tried comes up again. Those of a ring come
# up in its order, and one of two may well have ten points in a row.
_RESELECT = 5
_RESELECT_ON_RING = 64

# How much of a request's body is kept for another try. Envoy keeps no more than the connection's
# buffer unless told, and then forgets the retries of a larger body without a word.
_REPLAYED = 1024 * KIB


def replay(rule: model.Rule, *, models: bool = False) -> Json:
    """The Route fields that a rule with retries needs. A larger body is sent once."""
    again = models or rule.retry is not None
    return {"request_body_buffer_limit": _REPLAYED} if again else {}


def forwarding(rule: model.Rule, *, models: bool = False) -> Json:
    """The RouteAction fields for timeouts and retries. ``models``: some of the backends are pools
    of model servers; the kubelet takes seconds to notice that one has died, and until then its
    requests go to another."""
    request = rule.timeouts.request
    attempt = rule.timeouts.backend_request
    limits = [each for each in (request, attempt if rule.retry is None else None) if each]
    # Envoy's own default of 15 s would cut long answers; unset means no limit but silence.
    limit = min(limits, default=0.0)
    found: Json = {"timeout": seconds(limit)}
    if rule.retry is not None:
        found["retry_policy"] = _retry(rule.retry, attempt)
    elif models:
        found["retry_policy"] = {**_elsewhere(), "retry_on": _UNREACHED, "num_retries": _OTHERS}
    if models:
        found["retry_policy"]["host_selection_retry_max_attempts"] = _RESELECT_ON_RING
    longest = max(limit, attempt or 0.0)
    if not longest and 0 in (request, attempt):
        # "0s" disables: neither may the idle timeout end what the user wants to last.
        found["idle_timeout"] = "0s"
    elif longest > _IDLE:
        found["idle_timeout"] = seconds(longest)
    return found


def _retry(retry: model.Retry, attempt: float | None) -> Json:
    """Envoy's backoff is random between zero and the interval, so the spec's "minimum" holds on
    average only."""
    found: Json = {
        "retry_on": _RETRY_ON_CODES if retry.codes else _RETRY_ON,
        "num_retries": retry.attempts,
        **_elsewhere(),
    }
    if retry.codes:
        found["retriable_status_codes"] = list(retry.codes)
    if retry.backoff:
        found["retry_back_off"] = {
            "base_interval": seconds(retry.backoff),
            "max_interval": seconds(retry.backoff * 10),
        }
    if attempt:
        found["per_try_timeout"] = seconds(attempt)
    return found


def _elsewhere() -> Json:
    """Not where it was tried before, while there is another."""
    return {
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3."
                    "PreviousHostsPredicate"
                },
            }
        ],
        "host_selection_retry_max_attempts": _RESELECT,
    }
