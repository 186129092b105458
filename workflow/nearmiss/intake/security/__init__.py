"""What keeps the web application safe: bounded bodies, forged forms, headers, rates, and who is behind a proxy."""
