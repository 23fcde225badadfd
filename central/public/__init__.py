"""Pages for everybody: is this certificate genuine, and where is my case."""
