"""The standalone NumPy module: how operations print, its functions, its check, its template.

in:    `Derivation`
out:   NAME.py
names: `module.numpy_module`
"""
