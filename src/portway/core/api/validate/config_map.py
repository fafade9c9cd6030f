"""Rules on ConfigMap.

Knows keys and sizes. Must not know what the values are.
"""

from collections.abc import Iterator

from portway.core.api.config_map import ConfigMap
from portway.core.api.validate.rule import Report, Violation, Violations, rule
from portway.core.api.validate.secret import DATA_LIMIT


@rule("config-map-key-once", "keep the key in data or in binaryData")
def key_once(config_map: ConfigMap) -> Iterator[Violation]:
    """Both become files of one directory when mounted."""
    for key in config_map.binary_data:
        if key in config_map.data:
            yield Violation(f"binaryData[{key}]", "is also a key of data")


@rule("config-map-size", "keep keys and values below 1048576 bytes in total")
def size(config_map: ConfigMap) -> Violations:
    """The API server's limit."""
    total = sum(len(key) + len(value.encode()) for key, value in config_map.data.items())
    total += sum(len(key) + len(value) for key, value in config_map.binary_data.items())
    return (Violation("data", f"is {total} bytes in total"),) if total > DATA_LIMIT else ()


CONFIG_MAP_RULES = (key_once, size)
RULES = CONFIG_MAP_RULES


def check_config_map(config_map: ConfigMap, version: str, report: Report) -> None:
    """Every rule of a ConfigMap."""
    report.apply(CONFIG_MAP_RULES, config_map, "")
