"""What printed lines claim, as trees, and whether it is true: evaluated, never looked up.

in:    `Network`, the sides of a line
out:   a verdict: the value, the error, true or not
names: `claim.Claim`, `claims.Claims`, `relation.Relation`, `truth.Truth`, `steps.StepTruth`
"""
