"""The name of the model that a request's body asks for, as a header, before a route is chosen.

OpenAI's and Anthropic's APIs name the model in the body, HTTPRoutes match headers. So where a rule
matches on `x-gateway-model-name` (the name that the body-based routers of the ecosystem use), a
script of ours reads the body's top-level member `model`, writes the header and has the route chosen
again. No process is asked.

Knows JSON as far as one has to: which `model` is the object's own, and what its text is. Must not
know which routes need it (render/named.py). The filter stands in every chain behind those of
listeners and before all others, turned off, and does nothing where that does not hold (see
endpoint_picker); the route that turns it on brings the script. What follows it in the chain sees
the route that the name has led to.

The header says what the body says. A body that names no model, two, or one that is no header's text
has none, whatever the client wrote there; so has one that is too long to be held, or of a kind that
is no JSON (calls of gRPC and uploads must not be held; what curl says by default may be). Only a
request without a body keeps the client's own. If the script fails there is no header, and the
request goes on.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from portway.core.filters import script

Json: TypeAlias = dict[str, Any]

HEADER: Final = "x-gateway-model-name"
LOOKED_AT: Final = 2 * 1024 * 1024
"""The largest body in bytes that is held until it is there as a whole. Pickers get it as one gRPC
message, of which most take no more than 4 MiB."""
LONGEST: Final = 1024
"""Characters of a name; longer ones are no name."""

NAME: Final = "portway.dev/model-name"
_MARK: Final = "model-name"
_NAMESPACE: Final = "portway.dev"
_TYPE: Final = "type.googleapis.com/envoy.extensions.filters.http."
_FILTER_CONFIG: Final = "type.googleapis.com/envoy.config.route.v3.FilterConfig"

# One pass over the text, without recursion; strings are skipped by looking for their ends. Once the
# name is found there is nothing left to read if no second member can be called so: in a string the
# quotes of "model" would be escaped, and the escapes of its letters are \u0064 to \u006f.
_SCRIPT: Final = f"""
local HEADER, LIMIT, LONGEST = '{HEADER}', {LOOKED_AT}, {LONGEST}
local byte, find, sub = string.byte, string.find, string.sub
local PLAIN = {{['"'] = '"', ['/'] = '/', ['\\\\'] = '\\\\'}}

local function close(text, at)
  while true do
    local quote = find(text, '"', at, true)
    if quote == nil then return nil end
    local before = quote - 1
    while byte(text, before) == 92 do before = before - 1 end
    if (quote - before) % 2 == 1 then return quote end
    at = quote + 1
  end
end

local function unescaped(text)
  if find(text, '\\\\', 1, true) == nil then return text end
  return (string.gsub(text, '\\\\(.)(%x*)', function(escape, digits)
    if escape == 'u' and #digits > 3 then
      local code = tonumber(sub(digits, 1, 4), 16)
      return string.char(code < 127 and code or 127) .. sub(digits, 5)
    end
    return (PLAIN[escape] or '\\127') .. digits
  end))
end

local function is_model(text, at, last)
  for place = 1, 5 do
    local char = byte(text, at)
    if char == byte('model', place) then
      at = at + 1
    elseif char == 92 and byte(text, at + 1) == 117 and byte(text, at + 2) == 48
      and byte(text, at + 3) == 48 and byte(text, at + 4) == 54
      and bit.bor(byte(text, at + 5), 32) == byte('df45c', place) then
      at = at + 6
    else
      return false
    end
  end
  return at == last
end

local function named(text)
  local at = find(text, '[^ \\t\\r\\n]')
  if at == nil or byte(text, at) ~= 123 then return nil end
  local depth, key, size, name = 1, true, #text, nil
  at = at + 1
  while at <= size do
    local char = byte(text, at)
    if char == 34 then
      local last = close(text, at + 1)
      if last == nil then return nil end
      if key and depth == 1 and is_model(text, at + 1, last) then
        if name ~= nil then return nil end
        local _, start = find(text, '^[ \\t\\r\\n]*:[ \\t\\r\\n]*"', last + 1)
        if start == nil then return nil end
        last = close(text, start + 1)
        if last == nil then return nil end
        name = sub(text, start + 1, last - 1)
        if #name > 6 * LONGEST then return nil end
        name = unescaped(name)
        if find(text, '"model"', last, true) == nil
          and find(text, '006', last, true) == nil then return name end
      end
      at = last
    elseif char == 123 or char == 91 then depth = depth + 1
    elseif char == 125 or char == 93 then
      depth = depth - 1
      if depth == 0 then return name end
    elseif char == 44 then key = true
    elseif char == 58 then key = false
    end
    at = at + 1
  end
  return nil
end

local function header(text)
  local name = named(text)
  if name == nil or #name > LONGEST or find(name, '[^ -~]') ~= nil then return nil end
  return find(name, '^[^ ]') ~= nil and find(name, '[^ ]$') ~= nil and name or nil
end

local function readable(headers)
  local length = tonumber(headers:get('content-length') or '') or 0
  if length > LIMIT or headers:get('upgrade') ~= nil then return false end
  local kind = headers:get('content-type')
  if kind == nil then return true end
  kind = string.lower(kind)
  return find(kind, 'json', 1, true) ~= nil or find(kind, 'text/plain', 1, true) == 1
    or find(kind, 'application/x-www-form-urlencoded', 1, true) == 1
end

function envoy_on_request(handle)
  local name, keep = nil, false
  if readable(handle:headers()) then
    local body = handle:body()
    if body == nil or body:length() == 0 then
      keep = true
    else
      local ok, found = pcall(function() return header(body:getBytes(0, body:length())) end)
      name = ok and found or nil
    end
  end
  if name ~= nil then handle:headers():replace(HEADER, name)
  elseif not keep then handle:headers():remove(HEADER) end
  handle:streamInfo():dynamicMetadata():set('{_NAMESPACE}', '{_MARK}', true)
  handle:clearRouteCache()
end
"""


def http_filter() -> Json:
    """The filter as it stands in the chain: off."""
    return script.http_filter(NAME)


def unread() -> Json:
    """The MetadataMatcher of requests whose model has not been looked for yet."""
    path = [{"key": _MARK}]
    return {
        "filter": _NAMESPACE,
        "path": path,
        "value": {"present_match": True},
        "invert": True,
    }


def settings(others: Iterable[str]) -> Json:
    """What turns the filter on for a route: its `typed_per_filter_config`.

    The chain is made for this route and not for the one that the name leads to: so `others`, the
    filters that such a route may turn on, are made too.
    """
    there = {each: {"@type": _FILTER_CONFIG, "config": {}} for each in sorted(others)}
    source = {"inline_string": _SCRIPT}
    return {**there, NAME: {"@type": f"{_TYPE}lua.v3.LuaPerRoute", "source_code": source}}
