from pathlib import Path

import pytest

from services.api.command import main


def test_the_first_admin_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NERO_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("NERO_DATABASE_URL", raising=False)
    assert main(["first-admin"]) == 0
    assert "Sign in as admin with the one-time password" in capsys.readouterr().out
    assert main(["first-admin"]) == 0
    assert "nothing was changed" in capsys.readouterr().out
