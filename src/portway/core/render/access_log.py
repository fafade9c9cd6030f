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


_L4_FIELDS = {
    "time": "%START_TIME%",
    "sni": "%REQUESTED_SERVER_NAME%",
    "details": "%CONNECTION_TERMINATION_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "bytes_in": "%BYTES_RECEIVED%",
    "bytes_out": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "backend": "%UPSTREAM_HOST%",
    "route": "%UPSTREAM_METADATA(portway.dev:route)%",
}


def l4_access_log(path: str, cluster: str) -> dict[str, Any]:
    """The same for connections and datagrams that are handed on whole: a line when one ends.

    They can go to one cluster only. It is written down, since Envoy does not know it when there was
    no endpoint, nor for datagrams.
    """
    return _file(path, {**_L4_FIELDS, "cluster": cluster})


def access_log(path: str) -> dict[str, Any]:
    """An AccessLog that appends to the file at `path`."""
    return _file(path, _FIELDS)


def _file(path: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": _FILE,
            "path": path,
            "log_format": {"json_format": dict(fields)},
        },
    }
