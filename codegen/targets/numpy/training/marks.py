"""The lines that stand for a long function of the program where a page cannot show it whole."""

MARK = "  #:"  # at the end of such a line of a part; no program has it
