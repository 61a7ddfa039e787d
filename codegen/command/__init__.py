"""The command `chalkgrad`: a file for each word of it.

in:    the command line
out:   files, text, an exit code
names: `main.main`
"""
