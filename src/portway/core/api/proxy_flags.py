"""Which flags of the proxy's executable a ProxyConfig may set, and what is wrong with one.

Knows the names of the flags, and of the parts of the proxy that can be told to say more. Must not
know how a proxy is started. What is not listed is refused: most flags are ours to set, since the
way to the control plane, the end without loss and the limits depend on them.
"""

import re
from collections.abc import Iterable
from typing import Final

_LEVELS: Final = ("trace", "debug", "info", "warning", "warn", "error", "critical", "off")
_COMPONENTS: Final = frozenset(
    """
    a2a admin ai_protocol_manager alternate_protocols_cache assert aws backtrace basic_auth
    cache_filter client compression config conn_handler connection credential_injector
    decompression dns dubbo dynamic_modules envoy_bug ext_authz ext_proc file filter
    forward_proxy geolocation golang grpc happy_eyeballs hc health_checker http http2
    hystrix init io ip_tagging json_rpc jwt kafka key_value_store local_rate_limit lua main
    matcher mcp misc mongo multi_connection notification oauth2 pool quic quic_stream
    rate_limit_quota rbac rds redis rocketmq router runtime secret sse stats stats_sinks tap
    testing thrift tracing udp upstream wasm websocket
    """.split()  # noqa: SIM905 - one a line would be a page
)
_FORM: Final = re.compile(r"(--[a-z][-_a-z0-9]*)(?:=(.*))?")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")

_BARE: Final = frozenset(
    (
        "--cpuset-threads",
        "--log-format-escaped",
        "--log-stacktrace-single-entry",
        "--skip-deprecated-logs",
    )
)
_NUMBERS: Final = frozenset(("--file-flush-interval-msec", "--file-flush-min-size-kb"))
_LEVEL: Final = "--log-level"
_COMPONENT: Final = "--component-log-level"
ALLOWED: Final = tuple(sorted((*_BARE, *_NUMBERS, _LEVEL, _COMPONENT)))

_OURS: Final = "is set by Portway, and the way to the control plane depends on it; remove it"
_CURES: Final = {
    "--concurrency": "is set by spec.concurrency; write it there",
    "--drain-time-s": "is set by spec.drainSeconds; write it there",
    "--drain-strategy": "is set by Portway, so that nothing is lost at the end; remove it",
    "--parent-shutdown-time-s": "means nothing here, since nothing is restarted hot; remove it",
    "--enable-fine-grain-logging": "is instead of levels of components, which are set; remove it",
    "--log-path": "is where Portway looks for what the proxy says; remove it",
    "--mode": "would not serve; remove it",
    "--service-node": "counts for nothing: a proxy is who its certificate says; remove it",
    "--service-cluster": "counts for nothing: a proxy is who its certificate says; remove it",
    **dict.fromkeys(
        ("--config-path", "--config-yaml", "--admin-address-path", "--base-id", "--restart-epoch",
         "--disable-hot-restart", "--use-dynamic-base-id", "--socket-path"),
        _OURS,
    ),
}  # fmt: skip


def fault(flags: Iterable[str]) -> str:
    """What is wrong with the first of these that may not be set, as the end of a sentence that
    began with where they are; empty where all may."""
    seen: set[str] = set()
    for place, flag in enumerate(flags):
        found = _FORM.fullmatch(flag)
        if found is None:
            return f"[{place}] {flag!r} is not written as --name or --name=value; write it so"
        name, value = found.groups()
        wrong = _wrong(name, value)
        if not wrong and name in seen:
            wrong = "is there twice; leave one"
        if wrong:
            return f"[{place}] {name} {wrong}"
        seen.add(name)
    return ""


def _wrong(name: str, value: str | None) -> str:
    if name in _CURES:
        return _CURES[name]
    if name not in ALLOWED:
        return f"is not one of those that may be set: {', '.join(ALLOWED)}"
    if name in _BARE:
        return "takes no value; write the name alone" if value is not None else ""
    if not value:
        return f"needs a value; write {name}=VALUE"
    if name in _NUMBERS:
        return "" if _NUMBER.fullmatch(value) else "needs a positive number"
    if name == _LEVEL:
        return "" if value in _LEVELS else f"needs one of {', '.join(_LEVELS)}"
    return _wrong_components(value)


def _wrong_components(value: str) -> str:
    for each in value.split(","):
        component, _, level = each.partition(":")
        if component not in _COMPONENTS:
            return f"names {component!r}, which is no part of the proxy; use one of its loggers"
        if level not in _LEVELS:
            return f"gives {component} no level; write {component}:LEVEL, of {', '.join(_LEVELS)}"
    return ""
