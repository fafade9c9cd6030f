"""The documents of a bundle."""

from pathlib import Path

from tests.conformance.harness.bundle import documents


def test_every_document_of_every_file_but_the_kustomization(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("kind: B\n---\n---\nkind: C\n")
    (tmp_path / "a.yaml").write_text("kind: A\n")
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "notes.txt").write_text("kind: X\n")
    assert [each["kind"] for each in documents(tmp_path)] == ["A", "B", "C"]
