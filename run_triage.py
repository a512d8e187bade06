"""Starts Triage: `python run_triage.py COMMAND`. Everything else is in `triage.cli`."""

import sys

from triage.cli import main

if __name__ == "__main__":
    sys.exit(main())
