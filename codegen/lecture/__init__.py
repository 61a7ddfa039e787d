"""A lecture: pages made from derivations (`items/`), printed as slides, page, notebook, article."""
