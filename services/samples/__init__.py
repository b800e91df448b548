"""Sample facts and offices: what `make run` shows. Where each comes from stands in PROVENANCE.md."""

from pathlib import Path

REPORTED = Path(__file__).parent / "reported.ndjson"
OFFICES = Path(__file__).parent / "offices.json"
PROVENANCE = Path(__file__).parent / "PROVENANCE.md"
