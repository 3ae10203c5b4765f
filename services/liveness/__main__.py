"""`python -m services.liveness`."""

import sys

from services.liveness.process import main

if __name__ == "__main__":
    sys.exit(main())
