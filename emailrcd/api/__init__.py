"""What the vendor publishes, and one signed call."""
