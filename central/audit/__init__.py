"""The terminals' audit logs as the centre keeps and verifies them."""
