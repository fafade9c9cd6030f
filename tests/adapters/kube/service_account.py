"""What the tests of access share: certificates, and the header a token makes."""

import httpx
import trustme

from portway.adapters.kube.access import Token

AUTHORITY = trustme.CA()


def sent(token: Token, answer: int = 200) -> list[str]:
    """The Authorization headers of one request."""
    flow = token.auth_flow(httpx.Request("GET", "http://server"))
    found = []
    try:
        request = next(flow)
        while True:
            found.append(request.headers.get("Authorization", ""))
            request = flow.send(httpx.Response(answer))
    except StopIteration:
        return found
