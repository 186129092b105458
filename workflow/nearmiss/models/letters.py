"""Characters that no document of ours may hold: known without loading any model."""

from __future__ import annotations

import re

_NONCHARACTERS = "".join(f"{chr(plane + 0xFFFE)}-{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
UNWRITABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]")
"""All controls but tab and newline, other line ends, the byte-order mark, halves of pairs, and noncharacters."""
