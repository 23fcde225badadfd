"""What a terminal may call."""
