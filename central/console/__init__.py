"""The staff's console: Django's admin, named, calmed, and limited to an officer's own centre."""
