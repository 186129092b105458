"""What a replay found, for people, programs and reviewers."""
