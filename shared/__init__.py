"""What every Nero process shares: the event contract, the broker, keys, settings, logs and metrics."""
