"""What goes into a CSV that people open in a spreadsheet."""

# What a spreadsheet runs as a formula, or takes for its own sign of a text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, as text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
