"""What the command line uses to ask a running instance.

Knows HTTP over a unix socket and how to say that nobody is there. Must not know what the answers
mean. Synchronous and of the standard library only: the command line starts fast.
"""

import errno
import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

MAX_ANSWER_BYTES: Final = 256 * 1024 * 1024


class AdminClientError(Exception):
    """The question got no answer; the text says why and what to do."""


class NotRunningError(AdminClientError):
    """No instance listens on the socket."""


class RefusedError(AdminClientError):
    """An instance answered, but not with success. `answer` is the decoded body."""

    def __init__(self, status: int, answer: Any) -> None:
        self.status, self.answer = status, answer
        reason = answer.get("error") if isinstance(answer, Mapping) else None
        super().__init__(reason or f"the instance answered with HTTP status {status}")


class AdminClient:
    """Asks the instance behind one unix socket."""

    def __init__(self, path: Path, *, timeout: float = 10.0) -> None:
        """`timeout`: seconds for connecting and for each read."""
        self._path, self._timeout = path, timeout

    def get(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> Any:
        """The answer to a GET: decoded JSON, or the text of what is not JSON.

        Raises NotRunningError, RefusedError or AdminClientError.
        """
        target = path + ("?" + urlencode(query, doseq=True) if query else "")
        return self._ask("GET", target, None)

    def post(self, path: str, body: Any) -> Any:
        """The answer to a POST of a JSON-able value. Raises as `get` does."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, target: str, body: bytes | None) -> Any:
        connection = _UnixConnection(self._path, self._timeout)
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            data = response.read(MAX_ANSWER_BYTES + 1)
        except OSError as error:
            raise self._unreachable(error) from error
        except http.client.HTTPException as error:
            message = f"what listens on {self._path} does not speak HTTP: {error!r}"
            raise AdminClientError(message) from error
        finally:
            connection.close()
        if len(data) > MAX_ANSWER_BYTES:
            raise AdminClientError(
                f"the answer to {target} is larger than {MAX_ANSWER_BYTES} bytes"
            )
        answer = _decoded(data, response.headers.get_content_type())
        if not 200 <= response.status < 300:
            raise RefusedError(response.status, answer)
        return answer

    def _unreachable(self, error: OSError) -> AdminClientError:
        if isinstance(error, TimeoutError):
            return AdminClientError(f"no answer on {self._path} within {self._timeout:g} seconds")
        if error.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTSOCK):
            return NotRunningError(
                f"no Portway is running here (nothing listens on {self._path}); start one with "
                "`portway run`, or name its socket"
            )
        if error.errno in (errno.EACCES, errno.EPERM):
            return AdminClientError(
                f"{self._path} belongs to another user; ask as the user that runs Portway"
            )
        return AdminClientError(f"{self._path}: {error.strerror or error}")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _decoded(data: bytes, content_type: str) -> Any:
    text = data.decode("utf-8", "replace")
    if content_type != "application/json":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise AdminClientError(f"the answer is not JSON: {error}") from error
