"""Finds the vectors and documents of the repository for the tests."""

import json
import unittest
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
SPEC = REPOSITORY / "packages" / "protocol" / "SPEC.md"
# Vectors published by others lie beside the repository.
PUBLISHED = REPOSITORY.parent / "shared" / "vectors"


def load_vectors(path: str) -> Any:
    """`path` is relative to packages/."""
    return json.loads((REPOSITORY / "packages" / path).read_text(encoding="utf-8"))


def load_published_vectors(path: str) -> Any:
    """Skips the test with the reason when they are not there."""
    file = PUBLISHED / path
    if not file.is_file():
        raise unittest.SkipTest(f"published vectors are not there: {file.relative_to(REPOSITORY.parent)}")
    return json.loads(file.read_text(encoding="utf-8"))
