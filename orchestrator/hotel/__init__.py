"""What the staff of a hotel reports by telephone: the state of rooms, and what guests took."""
