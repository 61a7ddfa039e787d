"""Index equations as array operations that name no library: the passes from a derivation to a
`Program`.

in:    `Derivation`
out:   `Program`: forward, predict, backward and kinks as statements over arrays
names: `program.build`, `program.Program`, `arrays`
"""
