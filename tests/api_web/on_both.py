"""The office on SQLite and on PostgreSQL: with `office_url = on_both.office_url`, a module's tests run on both.

With `office_url = on_both.postgres_url` they run on PostgreSQL alone.
"""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.api.postgres import Cluster
from tests.api_web.conftest import with_users


@pytest.fixture(params=["sqlite", "postgres"])
def office_url(request: pytest.FixtureRequest, new_database: Path, tmp_path: Path) -> Iterator[str]:
    """The test's own database, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(new_database, tmp_path / "nero.db")
        yield f"sqlite:///{tmp_path / 'nero.db'}"
        return
    yield from _copied(request.getfixturevalue("office_cluster"))


@pytest.fixture
def postgres_url(office_cluster: Cluster) -> Iterator[str]:
    """The test's own PostgreSQL database."""
    yield from _copied(office_cluster)


def _copied(cluster: Cluster) -> Iterator[str]:
    name = cluster.new_database(template=_template(cluster))
    yield cluster.url(name)
    cluster.drop(name)


@cache
def _template(cluster: Cluster) -> str:
    name = cluster.new_database()
    with_users(cluster.url(name))
    return name
