"""A training run of `chalkgrad train`: made, measured, drawn, printed.

in:    a network with data, options
out:   history, figures, report
names: `command.train_spec`
"""
