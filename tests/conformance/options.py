"""What one can ask of a run, and what follows from it for the suite's flags.

Knows the command line here and the suite's. Must not start anything.
"""

import argparse
import os
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.conformance.suites import INFERENCE, RELEASES, Suite

ROOT: Final = Path(__file__).resolve().parent.parent.parent
WORK: Final = ROOT / ".conformance"
REPORTS: Final = ROOT / "conformance" / "reports"
POOL: Final = "127.80.0.0/24"
_USABLE: Final = "127.80.0.250"  # of the pool, which is given out from its other end
_UNUSABLE: Final = "203.0.113.7"  # TEST-NET-3 (RFC 5737): nobody's
GATEWAY_CLASS: Final = "portway"


class Options(argparse.Namespace):
    """A run."""

    run: str
    profiles: str
    minutes: int
    debug: bool
    suite: Path | None
    release: str
    inference: bool
    own_picker: bool
    inside: Path | None

    @property
    def whole(self) -> bool:
        """Whether it is all of the suite, whose report is kept."""
        return not (self.run or self.profiles or self.suite or self.own_picker)

    @property
    def chosen(self) -> Suite:
        """The suite that is run."""
        return INFERENCE if self.inference else RELEASES[self.release]

    @property
    def kept_report(self) -> Path:
        """Where the report ends up: named as the suite's own collection of reports is."""
        name = Path(self.chosen.report.format(version=version()))
        return REPORTS / name if self.whole else WORK / name.name


def parse(arguments: Sequence[str]) -> Options:
    """The options of a command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance",
        description="An upstream conformance suite against `portway run`.",
    )
    parser.add_argument("--run", default="", metavar="TEST", help="one test, by its short name")
    parser.add_argument(
        "--profiles", default="", help="by comma [those of the routes that are claimed]"
    )
    parser.add_argument("--minutes", type=int, default=60, help="time limit [%(default)s]")
    parser.add_argument("--debug", action="store_true", help="the suite says more")
    parser.add_argument(
        "--release",
        choices=RELEASES,
        default=next(iter(RELEASES)),
        help="of the Gateway API, and of its suite [%(default)s]",
    )
    parser.add_argument(
        "--suite",
        type=Path,
        metavar="FOLDER",
        help="a Go module that asks for another version of the suite, as tests/conformance/suite",
    )
    parser.add_argument(
        "--inference", action="store_true", help="the suite of the Inference Extension instead"
    )
    parser.add_argument(
        "--own-picker", action="store_true", help="with --inference: ask `portway picker`"
    )
    parser.add_argument("--inside", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    return parser.parse_args(arguments, namespace=Options())


def portway_options() -> list[str]:
    """Further options of `portway run`, as the tests on the wire take them."""
    return os.environ.get("PORTWAY_TEST_OPTIONS", "").split()


def suite_flags(options: Options, profiles: Iterable[str], report: Path) -> list[str]:
    """The flags of the suite: nothing is skipped and no feature is named, so that it takes what
    the GatewayClass claims. ``profiles``: without any it has its own; ``report``: where it writes
    its report."""
    named = ",".join(profiles)
    flags = {
        "gateway-class": GATEWAY_CLASS,
        "organization": "portway",
        "project": "portway",
        "url": "https://portway.dev",
        "version": version(),
        "contact": "https://portway.dev",
        "report-output": str(report),
        "usable-address": _USABLE,
        "unusable-address": _UNUSABLE,
        "cleanup-base-resources": "false",
        **({"conformance-profiles": named} if named else {}),
        **({"run-test": options.run} if options.run else {}),
        **({"debug": "true"} if options.debug else {}),
    }
    # The suite's package has tests of itself beside it, which are not ours to run.
    tests = f"^TestConformance$/^{options.run}$" if options.run else "^TestConformance$"
    return [
        *("-test.v", f"-test.timeout={options.minutes}m", f"-test.run={tests}"),
        *(f"-{name}={value}" for name, value in flags.items()),
    ]


def version() -> str:
    """Portway's."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
