"""A mark that is the same as long as nobody has committed anything: cheaper than looking at rows again."""

import threading

from sqlalchemy import Engine, PoolProxiedConnection, text


class CommitMark:
    """Reads the mark of one database. Equal marks mean the same rows; another one may mean other rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._raw: PoolProxiedConnection | None = None

    def __call__(self) -> object:
        """Return the mark now."""
        if self._engine.dialect.name == "sqlite":
            return self._data_version()
        with self._engine.connect() as connection:  # which transactions a reader sees: it changes with each commit
            return connection.execute(text("SELECT pg_current_snapshot()::text")).scalar_one()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._raw is not None:
                self._raw.close()
                self._raw = None

    def _data_version(self) -> object:
        """SQLite's own count of other connections' commits; it means something on one and the same connection only."""
        with self._lock:
            if self._raw is None:
                self._raw = self._engine.raw_connection()
            cursor = self._raw.cursor()
            try:
                cursor.execute("PRAGMA data_version")
                return cursor.fetchone()
            finally:
                cursor.close()
