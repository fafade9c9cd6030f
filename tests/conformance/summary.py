"""The suite's report as a table.

Knows the report's format. Must not know how it came to be. It is read, never written: what the
suite says is what is kept.
"""

from collections.abc import Iterator
from typing import Any

import yaml

Document = dict[str, Any]


def table(text: str) -> str:
    """A line for each profile and the names of what failed or was skipped."""
    report: Document = yaml.load(text, yaml.CSafeLoader)
    profiles = report.get("profiles") or []
    rows = [("profile", "core", "extended", "features"), *(_row(each) for each in profiles)]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    version, channel = report["gatewayAPIVersion"], report["gatewayAPIChannel"]
    inference = report.get("GatewayAPIInferenceExtensionVersion")
    extension = f"Inference Extension {inference}, " if inference else ""
    lines.insert(0, f"{extension}Gateway API {version}, {channel}; passed/failed/skipped")
    lines += [line for each in profiles for line in _names(each)]
    return "\n".join(line.rstrip() for line in lines)


def failed(text: str) -> bool:
    """Whether any test of any profile failed."""
    report: Document = yaml.load(text, yaml.CSafeLoader)
    return any(
        (profile.get(part) or {}).get("failedTests")
        for profile in report.get("profiles") or []
        for part in ("core", "extended")
    )


def _row(profile: Document) -> tuple[str, str, str, str]:
    extended = profile.get("extended") or {}
    have = len(extended.get("supportedFeatures") or ())
    lack = len(extended.get("unsupportedFeatures") or ())
    return (
        profile["name"],
        _numbers(profile.get("core") or {}),
        _numbers(extended),
        f"{have} of {have + lack}",
    )


def _numbers(part: Document) -> str:
    counted = part.get("statistics") or {}
    return "/".join(str(counted.get(each, 0)) for each in ("Passed", "Failed", "Skipped"))


def _names(profile: Document) -> Iterator[str]:
    for what in ("failed", "skipped"):
        names = [
            name
            for part in ("core", "extended")
            for name in (profile.get(part) or {}).get(f"{what}Tests") or ()
        ]
        if names:
            yield f"{profile['name']} {what}: {', '.join(sorted(names))}"
