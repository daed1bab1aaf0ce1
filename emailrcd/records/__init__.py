"""The records frame, and where it rests."""
