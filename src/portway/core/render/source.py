"""Where Envoy gets a resource from: always the one aggregated stream it is connected to.

Knows only that: names and contents are the business of the modules that use it.
"""

from typing import Any


def ads() -> dict[str, Any]:
    """A fresh ConfigSource, so that no two resources share one dict."""
    return {"ads": {}, "resource_api_version": "V3"}
