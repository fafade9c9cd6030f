"""The origin answers after the whole request, wherever it is asked, and keeps the connection."""

from pathlib import Path

import httpx
import pytest

from bench.inference.origin import origin

pytestmark = pytest.mark.envoy


async def test_large_requests_one_after_the_other(tmp_path: Path) -> None:
    async with origin(tmp_path) as arm, httpx.AsyncClient(verify=False, trust_env=False) as web:
        for address in ("127.0.0.1", "127.0.0.8"):
            url = f"http://{address}:{arm.target.port}/v1/completions"
            for _ in range(3):
                answer = await web.post(url, content=b"x" * 220_000)
                assert (answer.status_code, len(answer.content)) == (200, 1024)
                assert answer.headers.get("connection") != "close"
