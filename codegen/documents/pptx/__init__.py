"""The slides as a PowerPoint presentation: a picture a step, its words, the speaker's notes.

in:    `Deck`
out:   PPTX
names: `presentation.presentation`
"""
