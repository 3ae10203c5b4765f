"""`python -m tests.office.benchmark NAME …`: measures one thing of the office, by the module of that name."""

import sys
from importlib import import_module

if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].isidentifier():
        sys.exit("usage: python -m tests.office.benchmark NAME [options]")
    sys.exit(import_module(f"tests.office.benchmark.{sys.argv[1]}").main(sys.argv[2:]))
