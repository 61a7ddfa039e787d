"""Parts of pages that several items show.

in:    `Board`
out:   blocks
names: `forward`, `numbers`, `paths`, `update`, `drawings`, `room`
"""
