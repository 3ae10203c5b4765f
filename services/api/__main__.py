"""`python -m services.api web`, `ingest` or `office`."""

import sys

from services.api.command import main

if __name__ == "__main__":
    sys.exit(main())
