"""`python -m services.api web` or `python -m services.api ingest`."""

import sys

from services.api.command import main

if __name__ == "__main__":
    sys.exit(main())
