"""What a lecturer puts beside the spec: slides in Markdown, a theme, a logo.

in:    files beside the spec
out:   blocks, `Theme`
names: `markdown`, `themes.theme`
"""
