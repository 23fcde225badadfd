"""What is offered, and what terminals are told of it."""
