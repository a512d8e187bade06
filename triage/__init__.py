"""Triage logs what families write to a council, so that no complaint is lost."""

from pathlib import Path

__version__ = "0.1.0"

# The folder of run_triage.py. Relative paths in a configuration count from here: a command works from wherever it is called.
HOME = Path(__file__).resolve().parents[1]
