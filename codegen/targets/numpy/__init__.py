"""The standalone NumPy module: its functions, its check of itself, its template.

in:    `Derivation`
out:   NAME.py
names: `module.numpy_module`
"""
