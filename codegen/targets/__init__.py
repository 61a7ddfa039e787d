"""The libraries that code is generated for: a folder each; what all of them say alike.

in:    `Program`
out:   the text of a module
names: `diagram.diagram_text`, `loading.load_module`, `loading.module_from`
"""
