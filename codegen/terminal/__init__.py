"""The derivation in the terminal.

in:    `Derivation`, a rich console
out:   text
names: `show.show`, `show.explain`, `printable.printable`
"""
