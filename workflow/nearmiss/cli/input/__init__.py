"""Input: what a person types, pastes, edits or attaches, and what somebody meant who mistyped."""
