"""The centre's server: what terminals talk to, what officers work with, what anybody may verify."""
