"""Access logs: one JSON object a line, with the rule that answered.

Knows the fields; must not know where the lines go beyond a path.
"""

from typing import Any

_FILE = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"
# Query strings and header values other than these often hold secrets, so they are left out.
_FIELDS = {
    "time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "host": "%REQ(:AUTHORITY)%",
    "path": "%PATH(NQ)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "bytes_in": "%BYTES_RECEIVED%",
    "bytes_out": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "backend": "%UPSTREAM_HOST%",
    "cluster": "%UPSTREAM_CLUSTER%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "route": "%ROUTE_NAME%",
}


def access_log(path: str) -> dict[str, Any]:
    """An AccessLog that appends to the file at `path`."""
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": _FILE,
            "path": path,
            "log_format": {"json_format": dict(_FIELDS)},
        },
    }
