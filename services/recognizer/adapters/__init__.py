"""The libraries that run face networks, each behind `Embedder`."""
