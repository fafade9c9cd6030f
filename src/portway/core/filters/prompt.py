"""Which endpoint of a pool has read the beginning of this prompt: equal beginnings go to one place.

A model server remembers what it has read, so requests that begin alike are best answered by the
same one. Envoy finds it alone: a script of ours cuts a key out of the body, Envoy hashes it, and
the pool's balancing keeps equal keys together for as long as that endpoint has not too much to do
(render/pooled.py). No process is asked and nothing is remembered, so all proxies agree.

Knows the bodies of OpenAI's and Anthropic's APIs as far as one has to: where the prompt begins (the
same rule in Python, for whoever explains a pick, is `filters.prompt_key`). The key goes into the
request's filter state, which no client can write and no backend sees. Must not know pools. The
filter stands in every chain, turned off, and does nothing where that does not hold (see
endpoint_picker); a route brings the script, and only for requests that say how long they are
(`match`): others would have to be waited for, and what is longer than the route keeps refused. If
the script fails the request goes anywhere.
"""

from typing import Any, Final, TypeAlias

from portway.core.filters import script
from portway.core.filters.pick import ASKED, PICK, TOLD
from portway.core.filters.prompt_key import KEY_BYTES, NEAR_BYTES, STARTS

Json: TypeAlias = dict[str, Any]

LOOKED_AT: Final = 1024 * 1024
"""The largest body in bytes that is held until it is there as a whole: what the routes of pools
keep of one for another try (`render.forwarding.replay`), and no more than Envoy is told to hold."""
_FIRST: Final = 2 * KEY_BYTES
"""How much of a body is read at first: in most of them the prompt and the model begin there."""
_LUA: Final = "envoy.filters.http.lua"
_STATE: Final = "portway.dev/prompt"
_TYPE: Final = "type.googleapis.com/envoy.extensions.filters.http."

# Bounded by the size of the body; it makes no pattern match over more than the name of the model.
# What lies behind a mark that was found cannot be the first one, so it is not read again.
# A LoRA adapter is a model of its own, with a cache of its own.
_LOOK: Final = f"""
local KEY = {KEY_BYTES}
local NEAR, FIRST = {NEAR_BYTES}, {_FIRST}
local STARTS = {{{", ".join(f"'{each.decode()}'" for each in STARTS)}}}
local MODEL = '"model"'
local find, sub = string.find, string.sub

local function first(text)
  local start = nil
  for _, mark in ipairs(STARTS) do
    local found = find(text, mark, 1, true)
    if found ~= nil then
      start = found
      text = sub(text, 1, found + {max(map(len, STARTS)) - 2})
    end
  end
  return start
end

local function look(handle)
  local body = handle:body()
  local size = body ~= nil and body:length() or 0
  if size == 0 then return 'there is no body' end
  local text = body:getBytes(0, math.min(size, FIRST))
  local start, named = first(text), find(text, MODEL, 1, true)
  if size > FIRST and (start == nil or named == nil
    or start + KEY - 1 > FIRST or named + NEAR - 1 > FIRST) then
    text = body:getBytes(0, size)
    if start == nil then start = first(text) end
    if named == nil then named = find(text, MODEL, 1, true) end
  end
  if start == nil then return 'there is no prompt in the body' end
  local near = named ~= nil and sub(text, named, named + NEAR - 1) or ''
  local model = string.match(near, '^"model"%s*:%s*"([^"]*)')
  local key = (model or '') .. '\\n' .. sub(text, start, start + KEY - 1)
  handle:streamInfo():filterState():set('{_STATE}', 'envoy.hashable_string', key)
  return 'by how the prompt begins: it belongs here, or to one that has too much to do'
end
"""
_LOOK_NOWHERE: Final = f"""
local function look(handle)
  return 'there is no body that says its length, up to {LOOKED_AT} bytes'
end
"""
_QUIETLY: Final = "function envoy_on_request(handle) look(handle) end\n"
# The route has put the endpoint into the header; it stays for those who asked.
_TELLING: Final = f"""
function envoy_on_request(handle)
  local asked = handle:headers():get('{ASKED}') ~= nil
  local reason = look(handle)
  if asked then handle:streamInfo():dynamicMetadata():set('{PICK}', 'reason', reason) end
end

function envoy_on_response(handle)
  local pick = handle:streamInfo():dynamicMetadata():get('{PICK}')
  local headers = handle:headers()
  local endpoint = headers:get('{TOLD}')
  if endpoint == nil then return end
  if pick == nil or pick['reason'] == nil then
    headers:remove('{TOLD}')
  else
    headers:replace('{TOLD}', endpoint .. ': ' .. pick['reason'])
  end
end
"""


def http_filter() -> Json:
    """The filter as it stands in the chain: off."""
    return script.http_filter(_LUA)


def match() -> Json:
    """The header matcher of requests whose prompt can be looked at."""
    whole = {"start": "1", "end": str(LOOKED_AT + 1)}
    return {"name": "content-length", "range_match": whole}


def settings(*, looks: bool = True, tells: bool = False) -> Json:
    """What turns the filter on for a route: its `typed_per_filter_config`. ``looks``: the prompt is
    looked at; ``tells``: clients may ask who was picked (the route needs `served` then)."""
    looking, rest = _LOOK if looks else _LOOK_NOWHERE, _TELLING if tells else _QUIETLY
    return {_LUA: script.settings(_STATE, looking + rest)}


def served() -> Json:
    """The header that the route puts into each answer: who gave it. The script takes it out again
    where nobody asked."""
    return {
        "header": {"key": TOLD, "value": "%UPSTREAM_HOST%"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def hash_policy() -> list[Json]:
    """What of a request is hashed."""
    return [{"filter_state": {"key": _STATE}}]
