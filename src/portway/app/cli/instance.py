"""Asking the running instance, with its absence in one clear sentence."""

from pathlib import Path
from typing import Any

from portway.adapters.admin.client import (
    AdminClient,
    AdminClientError,
    NotRunningError,
    RefusedError,
)
from portway.app.cli.failure import FINDINGS, NOT_RUNNING, USAGE, Failure
from portway.app.settings import SettingError, find_admin_socket


def get(name: str, data: Path | None, path: str) -> Any:
    """The answer of the instance's admin endpoint to a GET. Raises Failure."""
    return _ask(name, data, path, None)


def post(name: str, data: Path | None, path: str, body: Any) -> Any:
    """The answer to a POST of a JSON-able value. Raises Failure."""
    return _ask(name, data, path, body)


def _ask(name: str, data: Path | None, path: str, body: Any) -> Any:
    try:
        client = AdminClient(find_admin_socket(name, data))
        return client.get(path) if body is None else client.post(path, body)
    except SettingError as error:
        raise Failure(str(error), USAGE) from None
    except NotRunningError as error:
        raise Failure(str(error), NOT_RUNNING) from None
    except RefusedError as error:
        raise Failure(str(error), USAGE if error.status == 400 else FINDINGS) from None
    except AdminClientError as error:
        raise Failure(str(error), NOT_RUNNING) from None
