"""What another policy would have said of every step that was taken."""
