"""The network: planned, drawn, its edges named; what is laid over it.

in:    `Board`'s network, `NetworkOptions`
out:   `Scene`
names: `network.network_scene`, `model.NetworkOptions`, `arcs`, `regions`
"""
