"""The client against things that are not a healthy instance."""

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portway.adapters.admin.client import AdminClient, AdminClientError, NotRunningError

JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"


@contextmanager
def answering(path: Path, answer: bytes | None) -> Iterator[None]:
    """Listens, and gives the one who asks this answer; None: no answer at all."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer_one() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                if answer is not None:
                    connection.sendall(answer)
                else:
                    connection.recv(1)  # until the client gives up

        thread = threading.Thread(target=answer_one)
        thread.start()
        yield
        thread.join(10)
        assert not thread.is_alive()


def test_a_dead_socket_is_nobody_running(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "s"))
    with pytest.raises(NotRunningError):
        AdminClient(tmp_path / "s").get("/status")


def test_a_file_is_nobody_running(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    with pytest.raises(NotRunningError):
        AdminClient(tmp_path / "s").get("/status")


def test_another_users_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(AdminClientError, match="another user"):
        AdminClient(tmp_path / "s").get("/status")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-x\r\n", "does not speak HTTP"),
        (b"", "does not speak HTTP|reset|closed"),
        (JSON + b"{", "not JSON"),
    ],
)
def test_strange_answers(tmp_path: Path, answer: bytes, words: str) -> None:
    with (
        answering(tmp_path / "s", answer),
        pytest.raises(AdminClientError, match=words),
    ):
        AdminClient(tmp_path / "s").get("/status")


def test_an_instance_that_hangs(tmp_path: Path) -> None:
    with (
        answering(tmp_path / "s", None),
        pytest.raises(AdminClientError, match=r"within 0\.05 seconds"),
    ):
        AdminClient(tmp_path / "s", timeout=0.05).get("/status")


def test_json_is_decoded(tmp_path: Path) -> None:
    with answering(tmp_path / "s", JSON + b'{"a": [1]}'):
        assert AdminClient(tmp_path / "s").get("/status") == {"a": [1]}
