"""Parts of pages that several items show.

in:    `Board`
out:   blocks
names: one function for each file
"""
