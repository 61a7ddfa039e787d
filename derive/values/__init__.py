"""Numbers of a derivation, worked out apart from all generated code.

in:    `Network` or `Derivation`, and values of its inputs
out:   arrays, exact entries, products along paths
names: `numbers.numbers_of`, `entries.Exact`, `paths`, `written.evaluate_written`
"""
