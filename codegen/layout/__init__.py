"""How much room blocks take, and pages that are too full split.

in:    `Deck`
out:   `Deck` whose pages fit
names: `paging.paginate`, `extent`, `measures`
"""
