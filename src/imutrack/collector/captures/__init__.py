"""From the ring to files: every notification is captured, then decoded for health, movement and buttons."""
