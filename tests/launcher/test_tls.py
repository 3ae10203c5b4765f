import ssl
import stat
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from services.launcher.tls import ensure_certificate

NOW = datetime.now(UTC)


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


def test_a_client_that_trusts_the_authority_speaks_https_with_the_server(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ("localhost", "127.0.0.1"), NOW)
    server = HTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{server.server_port}/"
    try:
        trusting = ssl.create_default_context(cafile=str(made.authority))
        assert urllib.request.urlopen(url, context=trusting).read() == b"hello"
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(url, context=ssl.create_default_context())
    finally:
        server.shutdown()
        server.server_close()


def test_private_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path / "tls", ("localhost",), NOW)
    for path in (made.key, made.authority.with_suffix(".key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_kiosks_keep_trusting_when_a_name_is_added_or_the_certificate_ends(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path, ("localhost",), NOW)
    authority, server = first.authority.read_bytes(), first.certificate.read_bytes()
    assert ensure_certificate(tmp_path, ("localhost",), NOW).certificate.read_bytes() == server
    assert ensure_certificate(tmp_path, ("localhost", "hall-a"), NOW).certificate.read_bytes() != server
    later = ensure_certificate(tmp_path, ("localhost", "hall-a"), NOW + timedelta(days=380))
    assert later.authority.read_bytes() == authority
