"""Records as their files tell them: put together, placed, judged on their own, and who wrote which part of them."""
