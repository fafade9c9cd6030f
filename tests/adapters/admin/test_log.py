"""Log lines."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from portway.adapters.admin.log import Format, event, set_up


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Other tests of this process have servers, and uvicorn sets its logger's level for good."""
    root, server = logging.getLogger(), logging.getLogger("uvicorn.error")
    handlers, level, servers = root.handlers[:], root.level, server.level
    server.setLevel(logging.NOTSET)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    server.setLevel(servers)


def logged(form: Format, level: str = "info") -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    set_up(level, form, stream)
    return logging.getLogger("portway.adapters.folder"), stream


def test_a_line_for_people() -> None:
    log, stream = logged("text")
    event(log, "info", "listed", files=3, path="/a b", ok=True, none=None, odd='a="b"')
    (line,) = stream.getvalue().splitlines()
    time, rest = line.split(" ", 1)
    assert time.endswith("Z")
    assert rest == 'info    folder: listed files=3 path="/a b" ok=true none=- odd="a=\\"b\\""'


def test_a_line_for_machines() -> None:
    log, stream = logged("json")
    event(log, "warning", "odd", path="a\nb", files=3, level="mine")
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "folder",
        "message": "odd",
        "path": "a\nb",
        "files": 3,
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_one_event_is_one_line(form: Format) -> None:
    log, stream = logged(form)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("failed\r\nbadly \x1b[31m")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: two\\nlines" in line
    assert "Traceback" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_not_logged(form: Format) -> None:
    log, stream = logged(form)
    key = "-----BEGIN PRIVATE KEY-----\nMIIhunter2\n-----END PRIVATE KEY-----"
    event(log, "info", f"got {key}", text=key, password="hunter2", data=b"hunter2")
    log.error("failed: %s", key)
    assert "hunter2" not in stream.getvalue()


def test_levels_and_chatty_libraries() -> None:
    log, stream = logged("text")
    event(log, "debug", "detail")
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("watchfiles.main").info("1 change")
    assert stream.getvalue() == ""
    logging.getLogger("uvicorn.error").warning("odd")
    assert "uvicorn.error: odd" in stream.getvalue()
    log, stream = logged("text", "debug")
    event(log, "debug", "detail")
    assert "detail" in stream.getvalue()


def test_a_level_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="debug, info, warning, error"):
        set_up("loud")


def test_setting_up_twice_logs_once() -> None:
    logged("text")
    log, stream = logged("text")
    event(log, "info", "once")
    assert stream.getvalue().count("once") == 1


def test_what_watches_files_never_writes_of_changes() -> None:
    """The log may be a file that is watched: each line would be the cause of the next."""
    _, stream = logged("text", "debug")
    logging.getLogger("uvicorn.error").debug("details")
    logging.getLogger("watchfiles.main").debug("1 change detected")
    assert "details" in stream.getvalue()
    assert "change" not in stream.getvalue()
