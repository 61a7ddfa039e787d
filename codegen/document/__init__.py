"""The documents of a lecture: slides, article, snippets and their pictures as files."""
