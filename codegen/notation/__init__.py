"""How the symbols of a network are written: the presets, and a notation of one's own.

in:    `Network`, the name of a notation
out:   `Symbols`: the LaTeX and the plain name of every tensor
names: `symbols.symbols_of`, `model.Notation`, `presets`
"""
