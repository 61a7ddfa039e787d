"""Every display and picture as a file for another document.

in:    `Deck`
out:   LaTeX, one file each
names: `snippets.snippets`
"""
