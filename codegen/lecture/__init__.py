"""A lecture: the pages of `deck:` made from derivations, item by item.

in:    networks of a spec, a language
out:   `Deck`
names: `plan.lecture`, `plan.planned`
"""
