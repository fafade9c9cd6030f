"""What the command line says, as the settings of a picker.

Knows the options of `portway picker`, and which of them go together.
"""

from pathlib import Path
from typing import Any

from portway.app.cli.failure import USAGE, Failure
from portway.app.picker import configured, listed
from portway.app.picker.followed import Name
from portway.app.picker.process import PickerSettings

_ALONE: Name = ("", "endpoints")


def settings_of(
    *,
    pools: tuple[str, ...],
    endpoints: str,
    endpoints_file: Path | None,
    address: str,
    config: Path | None,
    certificate: tuple[Path, Path] | None,
    hold: float | None,
    health_address: str,
    probe_address: str,
    explain_address: str,
    explain: bool,
    test_headers: bool,
    until_stdin_ends: bool,
    scrape_interval: float,
    drain_time: float,
    **same: Any,
) -> PickerSettings:
    """Raises Failure for options that do not go together."""
    given = [bool(pools), bool(endpoints), endpoints_file is not None]
    if sum(given) != 1:
        raise Failure("give one of --pool, --endpoints and --endpoints-file", USAGE)
    if same["plaintext"] and certificate:
        raise Failure("--plaintext shows no certificate; leave out one of both", USAGE)
    endpoints = endpoints.replace(",", "\n")
    try:
        listed.parse(endpoints)
    except listed.BadList as error:
        raise Failure(f"--endpoints: {error}", USAGE) from None
    profile, flow = configured.read(config, hold)
    return PickerSettings(
        pools=_pools(pools, address) if pools else {_ALONE: address},
        endpoints=endpoints,
        endpoints_file=endpoints_file,
        certificate=certificate,
        profile=profile,
        flow=flow,
        health=health_address,
        probes=probe_address,
        questions=explain_address,
        explains=explain,
        steered=test_headers,
        attached=until_stdin_ends,
        scrape_seconds=scrape_interval,
        drain_seconds=drain_time,
        **same,
    )


def _pools(texts: tuple[str, ...], address: str) -> dict[Name, str]:
    found: dict[Name, str] = {}
    for text in texts:
        name, _, own = text.partition("=")
        namespace, slash, short = name.partition("/")
        if not (namespace and slash and short) or "/" in short:
            raise Failure(f"--pool {text}: use NAMESPACE/NAME or NAMESPACE/NAME=ADDRESS", USAGE)
        found[namespace, short] = own or address
    if len(set(found.values())) != len(found):
        raise Failure("several pools need an address each: --pool NAMESPACE/NAME=HOST:PORT", USAGE)
    return found
