"""The terminals: enrolment, state, and every envelope that they sent."""
