"""See `services.recognizer.evaluate.cli`."""

import sys

from services.recognizer.evaluate.cli import main

if __name__ == "__main__":
    sys.exit(main())
