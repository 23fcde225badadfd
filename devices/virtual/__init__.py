"""Virtual hardware at the far end of the real stacks; each piece can be told to fail."""
