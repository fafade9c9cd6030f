"""What an answer of a model server says about the tokens that it took, as it passes.

A script of ours in Envoy looks for `usage` in each piece of an answer, whole or a stream of events,
and writes what it finds into the request's metadata (`METADATA`), from where access logs and
metrics have it. Every piece goes on as it came: nothing is held, and a part of a line is kept.

Knows how OpenAI's and Anthropic's APIs report tokens, by the names of the members: no body is
parsed. Text that a model wrote cannot pass for a report, since quotes are escaped in it. Must not
know pools or what is done with the numbers. As with prompts (`filters.prompt`) the filter stands in
every chain, turned off and empty, and a route brings the script. Compressed answers, and whatever
else is not understood, have no usage; if the script fails the answer goes on all the same.
"""

from typing import Any, Final, TypeAlias

from portway.core.filters import script

Json: TypeAlias = dict[str, Any]

NAME: Final = "portway.dev/usage"
METADATA: Final = NAME
"""The namespace of what was found: `model` (if the answer names one), and the numbers `prompt`,
`completion` and `total`, all three of them or none."""
LONGEST_REPORT: Final = 1024
"""The largest `usage` object in bytes that is read; those of engines have some hundred."""
LONGEST_MODEL: Final = 128
"""Bytes of a model's name; what is longer names none."""

_TYPE: Final = "type.googleapis.com/envoy.extensions.filters.http.lua.v3."
# Answers are cut into pieces anywhere. What is kept of one is enough for the name of a model that
# the next one ends.
_KEPT: Final = LONGEST_MODEL + 32
# The name of the model is near the beginning; behind a system prompt that is sent back, at most.
_MODEL_WITHIN: Final = 64 * 1024

# Anthropic counts what it had cached apart, everybody else as part of the prompt. A report may come
# in parts (Anthropic's), or again and again with growing numbers: the last of each member counts.
_SCRIPT: Final = f"""
local MEMBERS = {{
  prompt_tokens = 'prompt', input_tokens = 'prompt',
  completion_tokens = 'completion', output_tokens = 'completion',
  total_tokens = 'total',
  cache_read_input_tokens = 'read', cache_creation_input_tokens = 'written',
}}
local LONGEST, KEPT, WITHIN = {LONGEST_REPORT}, {_KEPT}, {_MODEL_WITHIN}
local find, match, sub = string.find, string.match, string.sub

local function readable(headers)
  local kind = headers:get('content-type')
  if kind == nil or find(kind, '^application/json') == nil
    and find(kind, '^text/event%-stream') == nil then return false end
  local coding = headers:get('content-encoding')
  return coding == nil or coding == 'identity'
end

local function named(text)
  local start = find(text, '"model"', 1, true)
  if start == nil then return nil end
  local near = sub(text, start, start + KEPT)
  local model = match(near, '^"model"%s*:%s*"([^"\\\\%c\\128-\\255]+)"')
  if model ~= nil and #model <= {LONGEST_MODEL} then return model end
end

local function begun(near)
  return #near < LONGEST and (find(near, '^"usage"%s*$') ~= nil
    or find(near, '^"usage"%s*:%s*$') ~= nil
    or find(near, '^"usage"%s*:%s*{{') ~= nil)
end

local function take(report, found)
  local any = false
  if find(report, '{{', 2, true) ~= nil then
    report = string.gsub(sub(report, 2, -2), '%b{{}}', '')
  end
  for name, digits in string.gmatch(report, '"([%l_]+)"%s*:%s*(%d+)') do
    local field = MEMBERS[name]
    if field ~= nil and #digits <= 12 then
      found[field] = tonumber(digits)
      any = true
    end
  end
  return any
end

local function publish(handle, found, model)
  local completion = found.completion or 0
  local prompt = found.prompt or math.max((found.total or 0) - completion, 0)
  prompt = prompt + (found.read or 0) + (found.written or 0)
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set('{METADATA}', 'prompt', prompt)
  metadata:set('{METADATA}', 'completion', completion)
  metadata:set('{METADATA}', 'total', found.total or prompt + completion)
  if model ~= nil then metadata:set('{METADATA}', 'model', model) end
end

function envoy_on_response(handle)
  if not readable(handle:headers()) then return end
  local found, model, rest, seen = {{}}, nil, '', 0
  for chunk in handle:bodyChunks() do
    local size = chunk:length()
    local text = rest .. chunk:getBytes(0, size)
    if model == nil and seen < WITHIN then model = named(text) end
    seen = seen + size
    local from, any = 1, false
    rest = nil
    while rest == nil do
      local start, stop = find(text, '"usage"', from, true)
      if start == nil then
        rest = sub(text, math.max(from, #text - KEPT + 1))
      else
        local near = sub(text, start, start + LONGEST - 1)
        local report = match(near, '^"usage"%s*:%s*(%b{{}})')
        if report ~= nil then
          any = take(report, found) or any
          from = stop + 1
        elseif begun(near) then
          rest = sub(text, start)
        else
          from = stop + 1
        end
      end
    end
    if any then publish(handle, found, model) end
  end
end
"""


def http_filter() -> Json:
    """The filter as it stands in the chain: off."""
    return script.http_filter(NAME)


def settings() -> Json:
    """What turns the filter on for a route or a share: its `typed_per_filter_config`."""
    return {NAME: script.settings(NAME, _SCRIPT)}
