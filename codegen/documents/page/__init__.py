"""The lecture as one HTML file that works its numbers out again.

in:    `Deck`, the boards' numbers
out:   HTML with MathML
names: `page.html_page`
"""
