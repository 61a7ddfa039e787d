"""The workloads of `make bench`: one step (loss and gradients) of each network, three times.

`textbook` is what a good course shows; `expert` is what someone writes who has all day and a
profiler: workspaces that live from step to step, in-place operations, fused products.
"""

from workloads.dense import DENSE
from workloads.images import IMAGES
from workloads.sequences import SEQUENCES

WORKLOADS = (*DENSE, *IMAGES, *SEQUENCES)
