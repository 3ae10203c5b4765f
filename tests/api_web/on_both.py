"""The office on SQLite and on PostgreSQL: with `office_url = on_both.office_url`, a module's tests run on both."""

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
    cluster: Cluster = request.getfixturevalue("office_cluster")
    name = cluster.new_database(template=_template(cluster))
    yield cluster.url(name)
    cluster.drop(name)


@cache
def _template(cluster: Cluster) -> str:
    name = cluster.new_database()
    with_users(cluster.url(name))
    return name
