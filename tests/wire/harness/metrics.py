"""Portway's own metrics, as a Prometheus server would read them.

Knows the text format. Must not know what is counted.
"""

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """The samples of one moment, by name and labels."""

    def __init__(self, text: str) -> None:
        families = list(text_string_to_metric_families(text))
        self.families = {family.name for family in families}
        self.samples = [
            (sample.name, sample.labels, sample.value)
            for family in families
            for sample in family.samples
        ]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that carry the labels; 0 when there are none."""
        wanted = labels.items()
        return sum(v for n, found, v in self.samples if n == name and wanted <= found.items())


async def scrape(admin_port: int) -> Scrape:
    """Reads /metrics. Raises httpx.HTTPError."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.get(f"http://127.0.0.1:{admin_port}/metrics")
        answer.raise_for_status()
        return Scrape(answer.text)
