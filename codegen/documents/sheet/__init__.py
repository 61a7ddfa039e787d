"""The pages as an article to read or to hand out.

in:    `Deck`
out:   LaTeX
names: `article_pages.article_pages`
"""
