"""The documents of a lecture: a folder a kind, all print one paginated deck.

in:    `Deck`
out:   file name -> text, by output
names: `lecture_files.lectures`, `lecture_files.Lecture`
"""
