"""Who asks, and what they may do: passwords, sessions, kiosk tokens, roles."""
