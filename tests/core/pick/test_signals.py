"""Metrics of four engines, and of liars."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick.signals import NOTHING, Signals, read

VLLM = b"""# HELP vllm:num_requests_waiting Number of requests waiting
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 99.0
vllm:num_requests_running{engine="0",model_name="meta/llama"} 3.0
vllm:num_requests_waiting{engine="0",model_name="meta/llama"} 7.0
vllm:kv_cache_usage_perc{engine="0",model_name="meta/llama"} 0.25
vllm:cache_config_info{block_size="16",cache_dtype="auto",num_gpu_blocks="27000",engine="0"} 1.0
vllm:lora_requests_info{max_lora="4",running_lora_adapters="a,b",waiting_lora_adapters=""} 1.7e9
vllm:lora_requests_info{max_lora="4",running_lora_adapters="b",waiting_lora_adapters="c"} 1.8e9
"""


def test_vllm() -> None:
    assert read(VLLM) == Signals(
        waiting=7,
        running=3,
        usage=0.25,
        block=16,
        blocks=27_000,
        most_adapters=4,
        adapters=frozenset({"b"}),
        queued_adapters=frozenset({"c"}),
    )


def test_sglang() -> None:
    text = b"""sglang:num_queue_reqs{tp_rank="0"} 2
sglang:num_running_reqs{tp_rank="0"} 5
sglang:token_usage{tp_rank="0"} 0.5
sglang:cache_config_info{page_size="64",num_pages="1000"} 1.0
"""
    assert read(text) == Signals(2, 5, 0.5, 64, 1000)


def test_trtllm_serve() -> None:
    text = b"""trtllm_num_requests_waiting 1
trtllm_num_requests_running 2 1700000000000
trtllm_kv_cache_utilization 0.75
trtllm_kv_cache_tokens_per_block 32
trtllm_kv_cache_max_blocks 500"""
    assert read(text) == Signals(1, 2, 0.75, 32, 500)


def test_triton() -> None:
    text = b"""nv_trt_llm_request_metrics{model="m",request_type="waiting",version="1"} 1
nv_trt_llm_request_metrics{model="m",request_type="scheduled",version="1"} 9
nv_trt_llm_request_metrics{model="m",request_type="max",version="1"} 512
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="m"} 0.125
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per",model="m"} 64
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max",model="m"} 6239
"""
    assert read(text) == Signals(1, 9, 0.125, 64, 6239)


def test_what_cannot_be_is_not_said() -> None:
    for value in (b"-1", b"NaN", b"+Inf", b"1e300", b"many", b""):
        text = b"vllm:num_requests_waiting " + value + b"\nvllm:kv_cache_usage_perc 7\n"
        assert read(text) == NOTHING
    assert not read(b"\x00\xff{{{").said


def test_of_several_models_the_fullest_counts() -> None:
    text = b'vllm:num_requests_waiting{model="a"} 1\nvllm:num_requests_waiting{model="b"} 4\n'
    assert read(text).waiting == 4


@given(st.binary(max_size=300).map(lambda each: each.replace(b"X", b"\nvllm:num_requests_waiting")))
def test_nothing_is_an_error(text: bytes) -> None:
    found = read(text)
    assert found.waiting is None or found.waiting >= 0
