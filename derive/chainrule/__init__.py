"""The derivatives: one partial at a time, swept backwards, contracted.

in:    `Network`
out:   `Derivation`: every adjoint with its chain, its local Jacobian, its contracted sum
names: `sweep.derive`, `derivation.Derivation`, `second.hessian_vector`, `gauss_newton`,
`sample.per_sample`
"""
