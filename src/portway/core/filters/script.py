"""A script of ours as a route brings it to a filter of the chain, and that filter.

Knows Envoy's Lua filter, and what makes its interpreter cheap; must not know what scripts do. One
interpreter for each worker runs all routes with the same text.

The just-in-time compiler is off: what these scripts do is call functions of Envoy's and of the
string library, and it takes more time than it saves (decision 0041). And garbage is collected when
there is ten times what is in use (some hundred kilobytes), not twice: a body is a string, and would
make the interpreter look through all it has with nearly every request.
"""

import hashlib
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]

_TYPE: Final = "type.googleapis.com/envoy.extensions.filters.http.lua.v3."
_QUIETLY: Final = "jit.off()\ncollectgarbage('setpause', 1000)\n"


def http_filter(name: str) -> Json:
    """The filter as it stands in the chain: off.

    The script comes with the routes that need it: each place where one stands keeps an interpreter
    for every worker, and there may be thousands of listeners.
    """
    return {"name": name, "disabled": True, "typed_config": {"@type": f"{_TYPE}Lua"}}


def settings(name: str, text: str) -> Json:
    """The `typed_per_filter_config` of one filter. The interpreter is named after `name` and the
    very text, since another version of it may be there at the same time."""
    whole = _QUIETLY + text
    return {
        "@type": f"{_TYPE}LuaPerRoute",
        "source_code": {"inline_string": whole},
        "shared_vm_id": f"{name}/{hashlib.sha256(whole.encode()).hexdigest()[:12]}",
    }
