"""What a technician carries by USB stick: asked for at the screen, done by units beside it (docs/appliance.md)."""
