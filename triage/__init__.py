"""Triage logs what families write to a council, so that no complaint is lost."""

__version__ = "0.1.0"
