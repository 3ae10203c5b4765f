"""`nero admin verify-audit`, as an auditor types it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, delete
from typer.testing import CliRunner, Result

from services.api import audit
from services.api.anchor import Head, move_on, read_head
from services.api.db.engine import make_engine, writing
from services.api.db.migrate import migrate
from services.api.db.tables import AuditEntry
from services.api.printed_heads import marked
from services.launcher.__main__ import make_app
from tests.api.story import at


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NERO_DATABASE_URL", raising=False)
    monkeypatch.setenv("NERO_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def chain(data: Path) -> Engine:
    """Twenty entries, anchored."""
    engine = make_engine(f"sqlite:///{data / 'nero.db'}")
    migrate(engine)
    audit.anchor_at(engine, data / "audit-head.json")
    with writing(engine) as session:
        for number in range(20):
            audit.record(session, at=at("09:00"), actor="user:1", action="test", subject=f"student:{number}")
    return engine


def test_a_chain_that_holds(chain: Engine, data: Path) -> None:
    result = _verify()
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"The audit chain holds: 20 entries, the last one 20:{_head(data).hash}")
    assert "held against the anchored head, entry 20" in result.stdout


def test_the_first_broken_entry_is_named_and_the_exit_code_is_one(chain: Engine) -> None:
    with writing(chain) as session:
        session.get_one(AuditEntry, 7).actor = "user:2"
    result = _verify()
    assert result.exit_code == 1
    assert "BROKEN at entry 7: entry 7 was changed" in result.stdout


def test_a_cut_that_took_the_anchor_along_is_found_by_a_sealed_report_and_by_its_typed_head(
    chain: Engine, data: Path
) -> None:
    head = _head(data)
    report = data / "roster.csv"
    report.write_text(f"S1,Ada\n{marked(head)}\n")
    _cut_last_ten(chain, data)
    assert _verify().exit_code == 0
    for options in (["--sealed", str(report)], ["--head", f"{head.seq}:{head.hash}"]):
        result = _verify(*options)
        assert result.exit_code == 1
        assert "BROKEN at entry 11: entries 11 to 20 are gone" in result.stdout
    assert "roster.csv, WHICH IS NOT THE FILE THAT IS STORED HERE" in _verify("--sealed", str(report)).stdout


def test_what_is_no_sealed_report_no_head_and_no_office_is_said(chain: Engine, data: Path) -> None:
    (data / "letter.pdf").write_bytes(b"%PDF-1.4")
    assert "this is no sealed report" in _verify("--sealed", str(data / "letter.pdf")).stderr
    assert "a head is typed as SEQ:HASH" in _verify("--head", "20").stderr
    assert _verify("--sealed", str(data / "nothing.pdf")).exit_code == 2
    (data / "nero.db").rename(data / "away.db")
    result = _verify()
    assert result.exit_code == 1
    assert "there is no office database at" in result.stderr
    assert not (data / "nero.db").exists(), "looking made none"


def _verify(*options: str) -> Result:
    return CliRunner().invoke(make_app("admin"), ["admin", "verify-audit", *options])


def _head(data: Path) -> Head:
    head = read_head(data / "audit-head.json")
    assert head is not None
    return head


def _cut_last_ten(engine: Engine, data: Path) -> None:
    with writing(engine) as session:
        session.exec(delete(AuditEntry).where(col(AuditEntry.seq) > 10))
    (data / "audit-head.json").unlink()
    with writing(engine) as session:
        move_on(data / "audit-head.json", audit.last_head(session))  # type: ignore[arg-type]
