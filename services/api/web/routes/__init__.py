"""One file per resource. A route reads the request, calls one office function, and shapes the answer."""
