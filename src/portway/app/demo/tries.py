"""Requests to try in the demo: the curl line a person would type, and what it has to show.

Knows the demo's site. A try is run with curl where there is one, so that what is checked is the
very line that was printed; without curl the same request is made with the standard library.
"""

import http.client
import shlex
import shutil
import subprocess
from dataclasses import dataclass

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Try:
    """One request. `shows` are texts that the answer, headers included, has to contain."""

    title: str
    host: str
    path: str
    shows: tuple[str, ...]
    header: tuple[str, str] | None = None
    body: str = ""

    def line(self, address: str) -> str:
        """The curl line for a gateway at `address` (host:port)."""
        words = ["curl", "-sSiN", "-H", f"Host: {self.host}"]
        if self.header:
            words += ["-H", ": ".join(self.header)]
        if self.body:
            words += ["-H", "Content-Type: application/json", "-d", self.body]
        return shlex.join([*words, f"http://{address}{self.path}"])

    def run(self, address: str) -> str:
        """The answer as curl -i prints it. Raises OSError or CalledProcessError."""
        if shutil.which("curl"):
            done = subprocess.run(
                shlex.split(self.line(address)),
                capture_output=True,
                text=True,
                check=True,
                timeout=_SECONDS,
            )
            return done.stdout
        return self._ask(address)

    def _ask(self, address: str) -> str:
        connection = http.client.HTTPConnection(address, timeout=_SECONDS)
        headers = {"Host": self.host, **dict([self.header] if self.header else [])}
        if self.body:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(
                "POST" if self.body else "GET", self.path, self.body or None, headers
            )
            answer = connection.getresponse()
            head = "".join(f"{name}: {value}\n" for name, value in answer.getheaders())
            return f"HTTP/1.1 {answer.status}\n{head}\n{answer.read().decode()}"
        finally:
            connection.close()

    def missing(self, answer: str) -> tuple[str, ...]:
        """What the answer should show and does not."""
        return tuple(each for each in self.shows if each.lower() not in answer.lower())


TRIES = (
    Try(
        "A route by host. The answer tells what the backend received.",
        "shop.example.com",
        "/hello",
        ("HTTP/1.1 200", '"service":"shop"'),
    ),
    Try(
        "A rule by header; the response carries a header of its own.",
        "shop.example.com",
        "/hello",
        ("HTTP/1.1 200", '"service":"shop-next"', "x-served-by: shop-next"),
        ("X-Preview", "yes"),
    ),
    Try(
        "A split by weight: about one in ten says shop-next.",
        "shop.example.com",
        "/cart",
        ("HTTP/1.1 200", '"service":"shop'),
    ),
    Try(
        "A redirect that keeps the rest of the path.",
        "shop.example.com",
        "/basket/7?x=1",
        ("HTTP/1.1 301", "/cart/7?x=1"),
    ),
    Try(
        "A stream of events, as they come.",
        "shop.example.com",
        "/stream?n=3&delay=100ms",
        ("HTTP/1.1 200", "text/event-stream", "data:"),
    ),
    Try(
        "A sample model behind an OpenAI-style API.",
        "model.example.com",
        "/v1/chat/completions",
        ("HTTP/1.1 200", '"choices"'),
        None,
        '{"model": "sample", "messages": [{"role": "user", "content": "Hello"}]}',
    ),
    Try(
        "A host that no route claims.",
        "nobody.example.com",
        "/",
        ("HTTP/1.1 404",),
    ),
)
