"""What the command line can do: one module for each group of commands, imported only when one of it is called."""
