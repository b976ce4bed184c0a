"""What goes into a CSV that people open in a spreadsheet."""


def defused(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, as text."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
