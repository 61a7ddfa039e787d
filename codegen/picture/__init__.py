"""Pictures: one layout of shapes and labels, printed as TikZ and as SVG."""
