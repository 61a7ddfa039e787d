"""What the LaTeX documents share: blocks, layers, colours, chalkgrad.sty.

in:    blocks
out:   LaTeX
names: `blocks.blocks_tex`, `sty.style_file`
"""
