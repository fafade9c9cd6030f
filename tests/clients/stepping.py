"""One kubectl that is driven step by step.

Knows how a step's result is held against what it must be. Must not know which steps there are.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

Check = Callable[[str], bool]


class Client:
    """One kubectl; counts what it did and what went wrong."""

    def __init__(self, program: Path, kubeconfig: Path) -> None:
        self.program = program
        self.environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
        self.environment["HOME"] = str(kubeconfig.parent)
        self.version = self.run("version", "--client", "-o", "json")[1]
        self.steps = 0
        self.failures: list[str] = []

    @property
    def minor(self) -> int:
        """The minor version, for what old ones do not have."""
        found = re.search(r'"gitVersion": *"v1\.(\d+)', self.version)
        return int(found[1]) if found else 99

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> tuple[int, str]:
        """(exit code, everything it said)"""
        done = subprocess.run(
            [str(self.program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**self.environment, **environment},
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def step(
        self,
        what: str,
        command: str,
        *more: str,
        stdin: str = "",
        has: str | tuple[str, ...] = (),
        code: int = 0,
        check: Check | None = None,
        **environment: str,
    ) -> str:
        """Run a command, with ``more`` words at its end, and hold its result against what it must
        be."""
        self.steps += 1
        got, output = self.run(*shlex.split(command), *more, stdin=stdin, **environment)
        wanted = (has,) if isinstance(has, str) else has
        missing = [each for each in wanted if each not in output]
        bad = got != code or missing or (check is not None and not check(output))
        if bad:
            told = f"{what}: exit {got} (wanted {code}), missing {missing}\n{output.strip()[:600]}"
            self.failures.append(told)
        print(f"  {'FAIL' if bad else 'ok  '} {what}", flush=True)
        return output
