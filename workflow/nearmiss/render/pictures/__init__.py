"""Pictures of the lessons site as inline SVG: pure functions from values that are worded already to markup."""
