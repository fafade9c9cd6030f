"""Asks the real Envoy whether it would accept a configuration.

Knows `envoy --mode validate` and how to find Envoy's own words in what it prints. Must not know
what the configuration is for: it gets a finished bootstrap and gives back one sentence or None.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portway.adapters.envoy.binary import Binary

_TIMEOUT_SECONDS = 20.0
_LONGEST_ANSWER = 2000
_OPENING = re.compile(r"^(?:error initializing configuration '[^']*':|[Cc]aught exception:)\s*")
_DUMP = "goo.gle/debug"
_OWN_PATH = re.compile(r"\s*\(?'?/[^\s'\")]*?portway-validate-[^\s'\")]*'?\)?:?")
_STAMP = re.compile(r"^\[\d{4}-\d\d-\d\d [^\]]*\]\[\d+\]\[\w+\]\[[\w ]+\] (?:\[[^\]]*\] )?")


class ValidationFailureError(Exception):
    """The check itself could not be made. The message says why; it says nothing of the config."""


async def validate(
    binary: Binary, config: Mapping[str, Any], *, limit_seconds: float = _TIMEOUT_SECONDS
) -> str | None:
    """Envoy's opinion of a whole static bootstrap.

    Args:
        binary: the Envoy to ask.
        config: a Bootstrap in JSON form.
        limit_seconds: how long until the check is given up; the process is killed then.

    Returns:
        None when Envoy accepts it, otherwise Envoy's own words without paths of ours.

    Raises:
        ValidationFailureError: Envoy could not be started, or did not finish in time.
        TypeError: the configuration holds values JSON cannot carry.
    """
    content = json.dumps(config)
    folder = Path(tempfile.mkdtemp(prefix="portway-validate-"))
    try:
        file = folder / "bootstrap.json"
        _write_private(file, content)
        status, output = await _run(binary, file, limit_seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None if status == 0 else own_words(output, status)


def _write_private(file: Path, content: str) -> None:
    """Nobody else may read what is checked: it may hold private keys."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(content)


async def _run(binary: Binary, file: Path, limit_seconds: float) -> tuple[int, str]:
    """Exit status and output of one check."""
    arguments = ("--mode", "validate", "-c", str(file), "--disable-hot-restart")
    quiet = ("--log-level", "error", "--concurrency", "1")
    try:
        process = await asyncio.create_subprocess_exec(
            binary.path,
            *arguments,
            *quiet,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise ValidationFailureError(f"{binary.path} did not start: {error}") from error
    try:
        async with asyncio.timeout(limit_seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        raise ValidationFailureError(
            f"{binary.path} gave no answer within {limit_seconds:g} s"
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, output.decode(errors="replace")


def own_words(output: str, status: int) -> str:
    """The error in Envoy's output: its last log record, without stamp, opening and our paths."""
    records: list[list[str]] = []
    for line in output.splitlines():
        if _STAMP.match(line):
            records.append([_STAMP.sub("", line)])
        elif records:
            records[-1].append(line)
        elif line.strip():
            records.append([line])
    texts = [text for text in map(reason, ("\n".join(record) for record in records)) if text]
    if not texts:
        return f"Envoy refused the configuration without a word (exit status {status})"
    return texts[-1][:_LONGEST_ANSWER]


def reason(message: str) -> str:
    """Envoy's reason in one line, from a log record or from the error detail of a NACK.

    Where Envoy prints the whole refused message in front of the reason, that is left out.
    """
    text = _OPENING.sub("", message.strip())
    before, dump, rest = text.partition(_DUMP)
    if dump:
        text = before + rest.rpartition("\n: ")[2]
    return " ".join(_OWN_PATH.sub("", text).split())
