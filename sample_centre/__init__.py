"""A centre as data: its departments, items, forms, certificates and registers (README.md). Nothing here is logic."""

from pathlib import Path

FOLDER = Path(__file__).parent
