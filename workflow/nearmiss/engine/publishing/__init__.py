"""Publishing: what may leave the team for the site of lessons, and the data that the site is made from."""
