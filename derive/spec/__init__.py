"""What a spec file says, checked field by field; nothing is built yet.

in:    a path, a mapping, `--set KEY=VALUE`
out:   `Spec`: names, shapes, layer uses, options, the deck, all of the right kind
names: `spec.load_specs`, `spec.Spec`, `schema.json_schema`,
`strict_yaml.load_text`
"""
