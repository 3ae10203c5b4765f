"""`python -m services.capture`."""

import sys

from services.capture.command import main

if __name__ == "__main__":
    sys.exit(main())
