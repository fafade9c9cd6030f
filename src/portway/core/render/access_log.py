"""Access logs: a line for each request, with the rule that answered.

Knows the fields, and what the proxy calls them; must not know where the lines go beyond a path or
the standard output. Lines of answers that say what tokens they took have that as well, and no
others have the fields. In JSON what a client sends cannot look like something else. As text it is
for eyes: `name="value"`, and a client may write a quotation mark into a header.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from portway.core import model
from portway.core.filters import usage
from portway.core.filters.endpoint_picker import DESTINATION, METADATA
from portway.core.filters.pick import PICK
from portway.core.render.usage_stats import with_usage

Log: TypeAlias = str | model.AccessLog
"""A path, or what a Gateway wants on the standard output of its proxies."""

_STDOUT = "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"
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
    # Its own name, and not the one its statistics have.
    "cluster": "%UPSTREAM_CLUSTER_RAW%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "route": "%ROUTE_NAME%",
    # Of requests for which a picker was asked: whom it named, the best first, and, if it is ours,
    # why.
    "picked": f"%DYNAMIC_METADATA({METADATA}:{DESTINATION})%",
    "pick": f"%DYNAMIC_METADATA({METADATA}:{PICK})%",
}
_USAGE = {
    "model": f"%DYNAMIC_METADATA({usage.METADATA}:model)%",
    "prompt_tokens": f"%DYNAMIC_METADATA({usage.METADATA}:prompt)%",
    "completion_tokens": f"%DYNAMIC_METADATA({usage.METADATA}:completion)%",
    "total_tokens": f"%DYNAMIC_METADATA({usage.METADATA}:total)%",
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


def l4_access_log(log: Log, cluster: str) -> list[dict[str, Any]]:
    """The same for connections and datagrams that are handed on whole: a line when one ends.

    They can go to one cluster only. It is written down, since Envoy does not know it when there was
    no endpoint, nor for datagrams.
    """
    return _loggers(log, {**_L4_FIELDS, "cluster": cluster}, ())


def access_logs(log: Log) -> list[dict[str, Any]]:
    """The loggers of requests, which append to the file at the path, or write to the standard
    output: none where nothing is wanted, else each request is a line of one of them."""
    headers = log.headers if isinstance(log, model.AccessLog) else ()
    plain = _loggers(log, _FIELDS, headers)
    more = _loggers(log, {**_FIELDS, **_USAGE}, headers)
    if plain == more:
        return plain
    return [
        *({**each, "filter": with_usage(there=False)} for each in plain),
        *({**each, "filter": with_usage()} for each in more),
    ]


def _loggers(log: Log, known: Mapping[str, str], headers: tuple[str, ...]) -> list[dict[str, Any]]:
    if isinstance(log, str):
        return [_logger("file", _FILE, {"path": log}, known)] if log else []
    if not log.enabled:
        return []
    chosen = {name: known[name] for name in log.fields or known if name in known}
    chosen |= {f"header:{each}": f"%REQ({each.upper()})%" for each in headers}
    return [_logger("stdout", _STDOUT, {}, chosen, text=log.text)]


def _logger(
    kind: str, url: str, more: dict[str, str], fields: Mapping[str, str], *, text: bool = False
) -> dict[str, Any]:
    line = " ".join(f'{name}="{value}"' for name, value in fields.items())
    shape: dict[str, Any] = {"json_format": dict(fields)}
    if text:
        shape = {"text_format_source": {"inline_string": f"{line}\n"}}
    return {
        "name": f"envoy.access_loggers.{kind}",
        "typed_config": {"@type": url, **more, "log_format": shape},
    }
