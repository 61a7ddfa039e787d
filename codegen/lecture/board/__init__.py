"""One network as a lecture shows it: symbols, formulas, certified numbers.

in:    `Network`, a notation, words
out:   `Board`, and the `Context` that items share
names: `board.Board`, `context.Context`
"""
