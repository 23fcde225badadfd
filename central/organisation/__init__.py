"""Who serves: centres, departments, windows, officers."""
