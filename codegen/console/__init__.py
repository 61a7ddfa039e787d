"""What the commands share: specs, stages, progress, errors, pdflatex.

in:    arguments
out:   networks, folders that appear whole or not at all
names: `specs`, `stage.Stage`, `typeset.Press`
"""
