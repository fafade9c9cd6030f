"""Where an API server is, whom we trust to be it, and who we are.

Knows TLS contexts and tokens. Must not know where any of it is written: kubeconfig files and
service accounts have a module each.
"""

import contextlib
import ssl
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

_TOKEN_SECONDS: Final = 60.0
"""How long a token's file is not read again; the kubelet renews it long before it runs out."""


class AccessError(Exception):
    """There is no way to an API server. The message says what is missing and where."""


class Token(httpx.Auth):
    """A bearer token, from a file that is read again as it changes, or fixed."""

    def __init__(
        self,
        text: str = "",
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` counts seconds. Raises AccessError for a file that cannot be read."""
        self._text = text
        self._path = path
        self._clock = clock
        self._read_at = clock()
        if path is not None:
            try:
                self._text = path.read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise AccessError(f"the token in {path} cannot be read: {error}") from None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """With the token; once more with a fresh one where the server does not know this one."""
        if self._clock() - self._read_at >= _TOKEN_SECONDS:
            self._renew()
        sent = self._text
        if sent:
            request.headers["Authorization"] = f"Bearer {sent}"
        response = yield request
        if response.status_code == 401 and self._renew() != sent:
            request.headers["Authorization"] = f"Bearer {self._text}"
            yield request

    def _renew(self) -> str:
        if self._path is not None:
            self._read_at = self._clock()
            # In the middle of a change, perhaps: then what we have is as good as before.
            with contextlib.suppress(OSError, UnicodeDecodeError):
                self._text = self._path.read_text().strip() or self._text
        return self._text


@dataclass(frozen=True, slots=True)
class Access:
    """One API server, as one user.

    Attributes:
        server: its URL, perhaps with a path.
        context: for https; trusts the cluster's authority and shows our certificate, if any.
        token: who we are where no certificate says it.
        proxy: URL of a proxy to go through; empty: none, whatever the environment says.
        name: that the server's certificate has to be for, and that it is asked for (SNI); empty:
            the host of the URL.
    """

    server: str
    context: ssl.SSLContext
    token: Token = field(default_factory=Token)
    proxy: str = ""
    name: str = ""


def context(
    authority: str | None = None,
    authority_file: Path | None = None,
    *,
    insecure: bool = False,
) -> ssl.SSLContext:
    """A context that trusts one authority (PEM), or the system's where none is given.

    Raises AccessError if the authority cannot be used.
    """
    try:
        made = ssl.create_default_context(
            cadata=authority, cafile=None if authority_file is None else str(authority_file)
        )
    except (OSError, ValueError) as error:
        place = authority_file or "the kubeconfig"
        raise AccessError(f"the certificate authority in {place} is unusable: {error}") from None
    if insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def show_certificate(made: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Let a context show a client certificate (PEM). Raises AccessError if it cannot be used."""
    # OpenSSL takes them from files alone; these are nobody's but ours and gone at once.
    with tempfile.TemporaryDirectory() as folder:
        paths = (Path(folder) / "client.crt", Path(folder) / "client.key")
        for path, content in zip(paths, (certificate, key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(content)
        try:
            made.load_cert_chain(*paths, password=_no_password)
        except (OSError, ValueError) as error:
            raise AccessError(f"the client certificate is unusable: {error}") from None


def _no_password() -> str:
    raise ValueError("its key asks for a password")
