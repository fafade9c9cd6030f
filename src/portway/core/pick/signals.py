"""What an engine says of itself, out of its metrics (model server protocol, proposal 003).

Knows the names of vLLM, SGLang, TensorRT-LLM and Triton, and Prometheus' text as far as it is
needed: the lines of a handful of names, found by search, since an engine writes hundreds. Must not
know how the text came here. What cannot be (a negative count, a share above one, a word for a
number) is as if it had not been said; nothing an engine writes is an error.
"""

import math
import re
from typing import Final

import msgspec

_MOST: Final = 1e9
_LABEL: Final = re.compile(rb'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*+)"')


class Signals(msgspec.Struct, frozen=True):
    """None: not said. ``waiting`` and ``running`` requests; ``usage`` of the cache from 0 to 1;
    ``block`` tokens and ``blocks`` of the cache; LoRA adapters by name."""

    waiting: int | None = None
    running: int | None = None
    usage: float | None = None
    block: int | None = None
    blocks: int | None = None
    most_adapters: int | None = None
    adapters: frozenset[str] = frozenset()
    queued_adapters: frozenset[str] = frozenset()

    @property
    def said(self) -> bool:
        """Whether there was anything in it."""
        return self != NOTHING


NOTHING: Final = Signals()

# Name of the metric, what it must be labelled with, and the label whose value counts (none: the
# sample's own).
_Source = tuple[bytes, bytes, bytes]
_TRITON: Final = b"nv_trt_llm_request_metrics"
_TRITON_CACHE: Final = b"nv_trt_llm_kv_cache_block_metrics"
_SOURCES: Final[dict[str, tuple[_Source, ...]]] = {
    "waiting": (
        (b"vllm:num_requests_waiting", b"", b""),
        (b"sglang:num_queue_reqs", b"", b""),
        (b"trtllm_num_requests_waiting", b"", b""),
        (_TRITON, b'request_type="waiting"', b""),
    ),
    "running": (
        (b"vllm:num_requests_running", b"", b""),
        (b"sglang:num_running_reqs", b"", b""),
        (b"trtllm_num_requests_running", b"", b""),
        (_TRITON, b'request_type="scheduled"', b""),
    ),
    "usage": (
        (b"vllm:kv_cache_usage_perc", b"", b""),
        (b"vllm:gpu_cache_usage_perc", b"", b""),
        (b"sglang:token_usage", b"", b""),
        (b"trtllm_kv_cache_utilization", b"", b""),
        (_TRITON_CACHE, b'kv_cache_block_type="fraction"', b""),
    ),
    "block": (
        (b"vllm:cache_config_info", b"", b"block_size"),
        (b"sglang:cache_config_info", b"", b"page_size"),
        (b"trtllm_kv_cache_tokens_per_block", b"", b""),
        (_TRITON_CACHE, b'kv_cache_block_type="tokens_per"', b""),
    ),
    "blocks": (
        (b"vllm:cache_config_info", b"", b"num_gpu_blocks"),
        (b"sglang:cache_config_info", b"", b"num_pages"),
        (b"trtllm_kv_cache_max_blocks", b"", b""),
        (_TRITON_CACHE, b'kv_cache_block_type="max"', b""),
    ),
}
_LORA: Final = b"vllm:lora_requests_info"


def read(text: bytes) -> Signals:
    """What is said in a page of metrics."""
    text = b"\n" + text
    found = {name: _first(text, sources) for name, sources in _SOURCES.items()}
    usage = found["usage"]
    lora = _lora(text)
    return Signals(
        waiting=_count(found["waiting"]),
        running=_count(found["running"]),
        usage=usage if usage is not None and usage <= 1 else None,
        block=_count(found["block"]) or None,
        blocks=_count(found["blocks"]) or None,
        most_adapters=_count(_number(lora.get(b"max_lora", b""))) or None,
        adapters=_names(lora.get(b"running_lora_adapters", b"")),
        queued_adapters=_names(lora.get(b"waiting_lora_adapters", b"")),
    )


def _first(text: bytes, sources: tuple[_Source, ...]) -> float | None:
    for name, wanted, label in sources:
        values = [
            _number(_labels(labels).get(label, b"")) if label else _number(value)
            for labels, value in _samples(text, name)
            if wanted in labels
        ]
        good = [each for each in values if each is not None]
        if good:
            # An engine that serves several models in one process has a sample for each.
            return max(good)
    return None


def _samples(text: bytes, name: bytes) -> list[tuple[bytes, bytes]]:
    """Labels and value of each sample of a metric."""
    found: list[tuple[bytes, bytes]] = []
    at = text.find(b"\n" + name)
    while at >= 0 and len(found) < 64:
        end = text.find(b"\n", at + 1)
        line = text[at + 1 + len(name) : end if end >= 0 else len(text)].strip()
        if line[:1] == b"{":
            labels, _, value = line[1:].rpartition(b"}")
            found.append((labels, value.strip()))
        elif line and text[at + 1 + len(name) : at + 2 + len(name)].isspace():
            found.append((b"", line))
        at = text.find(b"\n" + name, end) if end >= 0 else -1
    return found


def _labels(text: bytes) -> dict[bytes, bytes]:
    return dict(_LABEL.findall(text))


def _number(text: bytes) -> float | None:
    """The number a value begins with (a timestamp may follow); None for what cannot be."""
    try:
        value = float(text.split(None, 1)[0])
    except (ValueError, IndexError):
        return None
    return value if math.isfinite(value) and 0 <= value <= _MOST else None


def _count(value: float | None) -> int | None:
    return None if value is None else int(value)


def _lora(text: bytes) -> dict[bytes, bytes]:
    """The labels of the newest sample: its value says when it held."""
    samples = [(_time(value), labels) for labels, value in _samples(text, _LORA)]
    return _labels(max(samples)[1]) if samples else {}


def _time(text: bytes) -> float:
    """Seconds since 1970 are more than anything that is counted."""
    try:
        value = float(text.split(None, 1)[0])
    except (ValueError, IndexError):
        return 0.0
    return value if math.isfinite(value) else 0.0


def _names(text: bytes) -> frozenset[str]:
    words = text.decode("utf-8", "replace").split(",")
    return frozenset(each.strip() for each in words if each.strip())
