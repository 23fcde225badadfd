"""What takes unflushed writes away, what is written meanwhile, and what must be there afterwards."""
