"""How this terminal is connected: cables, Wi-Fi, addresses."""
