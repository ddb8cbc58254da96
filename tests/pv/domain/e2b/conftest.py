"""Reference material of the E2B tests: samples and schemas, or a plain reason to skip."""

from pathlib import Path

import pytest

from pv.adapters.schemas import Schemas

SHARED = Path(__file__).resolve().parents[5] / "shared" / "e2b"


@pytest.fixture(scope="session")
def e2b_shared() -> Path:
    """The reference folder beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("reference material ../shared/e2b is not beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def e2b_samples(e2b_shared: Path) -> list[Path]:
    """FDA's published instances."""
    return sorted((e2b_shared / "samples").glob("*.xml"))


@pytest.fixture(scope="session")
def e2b_schemas(e2b_shared: Path) -> Schemas:
    """ICH's schemas, compiled once."""
    return Schemas(e2b_shared / "xsd")
