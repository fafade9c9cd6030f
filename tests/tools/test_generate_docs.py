"""The generated pages are complete, and `--check` sees when one is not current."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from portway.core import api, filters
from portway.core.analyze import markdown
from portway.core.status.features import SUPPORTED_FEATURES

ROOT = Path(__file__).parents[2]


def _tool() -> ModuleType:
    """The script as a module; `tools` is no package."""
    spec = importlib.util.spec_from_file_location("docs_tool", ROOT / "tools/generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return _tool()


@pytest.fixture(scope="module")
def written(tool: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pages that were just written."""
    root = tmp_path_factory.mktemp("root")
    (root / "docs").mkdir()
    assert tool.main([], root) == 0
    return root


def rows(root: Path, section: str) -> dict[str, str]:
    """The rows of one table of docs/support.md, by their first cell."""
    page = (root / "docs/support.md").read_text()
    table = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0].splitlines()
    found = [line for line in table if line.startswith("| ")][2:]
    return {line.split(" | ")[0].removeprefix("| "): line for line in found}


def test_what_was_just_written_is_current(tool: ModuleType, written: Path) -> None:
    assert tool.main(["--check"], written) == 0


def test_a_page_that_is_not_current_is_shown_and_left_alone(
    tool: ModuleType, written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    for page in (written / "docs").iterdir():
        (tmp_path / "docs" / page.name).write_text(page.read_text())
    file = tmp_path / "docs/support.md"
    edited = file.read_text().replace("| CORS | served |", "| CORS | not served |")
    file.write_text(edited)
    assert tool.main(["--check"], tmp_path) == 1
    shown = capsys.readouterr()
    assert "-| CORS | not served |" in shown.out
    assert "+| CORS | served |" in shown.out
    assert shown.err == "docs/support.md is not current: run `make docs` and read the diff\n"
    assert file.read_text() == edited


def test_a_missing_page_is_not_current(tool: ModuleType, tmp_path: Path) -> None:
    assert tool.main(["--check"], tmp_path) == 1


def test_the_codes_are_the_table_of_codes(written: Path) -> None:
    assert (written / "docs/codes.md").read_text() == markdown()


def test_every_kind_has_a_row_that_says_whether_it_is_served(written: Path) -> None:
    found = rows(written, "Kinds")
    assert list(found) == list(api.KINDS)
    assert "| served, has a status |" in found["HTTPRoute"]
    assert "| served, has a status |" in found["ListenerSet"]
    assert "| read |" in found["Service"]


def test_filters_and_features_are_all_there(written: Path) -> None:
    found = rows(written, "Filters")
    assert list(found) == [kind.type for kind in filters.ORDER]
    assert "| TokenLimit (portway.dev) |" in found["ExtensionRef"]
    page = (written / "docs/support.md").read_text()
    listed = [line.removeprefix("- ") for line in page.splitlines() if line.startswith("- ")]
    assert sorted(listed) == sorted(SUPPORTED_FEATURES)


def test_links_lead_somewhere(written: Path) -> None:
    page = (written / "docs/support.md").read_text()
    targets = set(re.findall(r"\]\(\.\./([^)]+)\)", page))
    assert targets
    reports = {each for each in targets if each.startswith("conformance/reports/")}
    assert all((ROOT / target).is_file() for target in reports)
    assert all((ROOT / target / "in.yaml").is_file() for target in targets - reports)


def test_every_report_of_a_conformance_suite_is_linked(written: Path) -> None:
    page = (written / "docs/support.md").read_text()
    reports = list((ROOT / "conformance/reports").rglob("*.yaml"))
    assert len(reports) > 1
    for report in reports:
        assert f"(../{report.relative_to(ROOT)})" in page
    assert rows(written, "Conformance")
