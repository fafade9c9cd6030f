"""WebSocket for every route, without a policy: notebooks, terminals and dashboards need it.

Knows the two ways a WebSocket is asked for (RFC 6455 Upgrade, RFC 8441 extended CONNECT) and what
is lost between them. Must not know routes.
"""

from typing import Any

from portway.core.filters import endpoint_picker

_TYPE = "type.googleapis.com/"
_MUTATION = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"
# Sixteen bytes in base64, as RFC 6455 section 4.1 asks. It guards nothing: a client that came by
# RFC 8441 has no key and looks at no answer to it.
_KEY = "cG9ydHdheSByZmMgODQ0MQ=="


def upgraded(chain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The filter chain of upgraded requests: that of all others, `chain`, after what an upgrade
    needs.

    Over HTTP/2 there is no Sec-WebSocket-Key (RFC 8441 section 5), and Envoy makes none when it
    turns the request into an HTTP/1.1 upgrade, so that a backend would answer 400. A key is added
    where there is none; HTTP/1.1 clients keep their own.
    """
    key = {
        "header": {"key": "sec-websocket-key", "value": _KEY},
        "append_action": "ADD_IF_ABSENT",
    }
    mutation = {
        "name": "envoy.filters.http.header_mutation",
        "typed_config": {
            "@type": f"{_TYPE}{_MUTATION}",
            "mutations": {"request_mutations": [{"append": key}]},
        },
    }
    # An upgraded connection has no body to show to a picker: Envoy would wait for its end.
    kept = [each for each in chain if each["name"] != endpoint_picker.NAME]
    return [mutation, *kept]
