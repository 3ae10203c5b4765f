"""A browser as a camera: its webcam, over a WebSocket."""
