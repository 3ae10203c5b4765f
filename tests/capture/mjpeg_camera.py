"""A network camera: an HTTP server of motion JPEG, that can go away and come back at the same address."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.capture.scenes import scene_jpeg


class MjpegCamera:
    """Serves numbered scenes at `fps`."""

    def __init__(self, port: int = 0, fps: float = 25.0) -> None:
        self._gone = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler(fps))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/video.mjpg"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self, fps: float) -> type[BaseHTTPRequestHandler]:
        gone = self._gone

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                number = 0
                while not gone.wait(1 / fps):
                    jpeg = scene_jpeg(number % 256)
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    try:
                        self.wfile.write(head.encode() + jpeg + b"\r\n")
                    except OSError:
                        return
                    number += 1

            def log_message(self, *_args: object) -> None:
                pass

        return Handler
