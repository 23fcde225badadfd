"""What is plugged in: devices found by asking around, before any of them is configured."""
