"""The derivation as an article, and in two notations side by side.

in:    `Derivation`
out:   a LaTeX document
names: `article.article`, `renotate.renotation`
"""
