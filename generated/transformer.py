"""The network transformer: its loss, its gradients and its output, in NumPy.

    x (N, 6, 8) --multi_head_attention--> y_att (N, 6, 8)
    x, y_att --add--> y_res1 --layer_norm--> y_norm1 (N, 6, 8) --dense--> v_up
      --gelu--> y_up (N, 6, 16) --dense--> v_down (N, 6, 8)
    y_norm1, v_down --add--> y_res2 --layer_norm--> y_norm2 (N, 6, 8)
      --squared_error--> L (N,) --mean--> loss

N is the number of samples, the first axis of the data. A comment gives the shape of a value and
the number of its equation in the derivation (`chalkgrad show` prints it; constants have no line).
dWq_att is the derivative of the loss by Wq_att.

    params = init()
    loss, grads = loss_and_grads(params, x, y)
    params = Params(*(w - 0.1 * dw for w, dw in zip(params, grads)))  # gradient descent

Written by chalkgrad. `python transformer.py` checks the gradients.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    """The parameters, or the gradients with respect to them."""

    Wq_att: np.ndarray       # (8, 2, 4)
    Wk_att: np.ndarray       # (8, 2, 4)
    Wv_att: np.ndarray       # (8, 2, 4)
    Wo_att: np.ndarray       # (2, 4, 8)
    bq_att: np.ndarray       # (2, 4)
    bk_att: np.ndarray       # (2, 4)
    bv_att: np.ndarray       # (2, 4)
    bo_att: np.ndarray       # (8,)
    gamma_norm1: np.ndarray  # (8,)
    beta_norm1: np.ndarray   # (8,)
    W_up: np.ndarray         # (8, 16)
    b_up: np.ndarray         # (16,)
    W_down: np.ndarray       # (16, 8)
    b_down: np.ndarray       # (8,)
    gamma_norm2: np.ndarray  # (8,)
    beta_norm2: np.ndarray   # (8,)


class Inputs(NamedTuple):
    """The gradients with respect to the inputs."""

    x: np.ndarray  # (N, 6, 8)


class Cache(NamedTuple):
    """What backward needs of forward."""

    x: np.ndarray               # (N, 6, 8)
    y: np.ndarray               # (N, 6, 8)
    q_att: np.ndarray           # (N, 6, 2, 4)
    k_att: np.ndarray           # (N, 6, 2, 4)
    v_att: np.ndarray           # (N, 6, 2, 4)
    w_att: np.ndarray           # (N, 2, 6, 6)
    z_att: np.ndarray           # (N, 6, 2, 4)
    z_norm1: np.ndarray         # (N, 6, 8)
    y_norm1: np.ndarray         # (N, 6, 8)
    v_up: np.ndarray            # (N, 6, 16)
    y_up: np.ndarray            # (N, 6, 16)
    z_norm2: np.ndarray         # (N, 6, 8)
    y_norm2: np.ndarray         # (N, 6, 8)
    y_res1_centred: np.ndarray  # (N, 6, 8)
    z_norm1_sqrt: np.ndarray    # (N, 6)
    y_up_erf: np.ndarray        # (N, 6, 16)
    y_res2_centred: np.ndarray  # (N, 6, 8)
    z_norm2_sqrt: np.ndarray    # (N, 6)


SHAPES = {  # of the parameters, the inputs and the targets; N is the batch
    "Wq_att": (8, 2, 4),
    "Wk_att": (8, 2, 4),
    "Wv_att": (8, 2, 4),
    "Wo_att": (2, 4, 8),
    "bq_att": (2, 4),
    "bk_att": (2, 4),
    "bv_att": (2, 4),
    "bo_att": (8,),
    "gamma_norm1": (8,),
    "beta_norm1": (8,),
    "W_up": (8, 16),
    "b_up": (16,),
    "W_down": (16, 8),
    "b_down": (8,),
    "gamma_norm2": (8,),
    "beta_norm2": (8,),
    "x": ("N", 6, 8),
    "y": ("N", 6, 8),
}


def softmax(z, axis):
    """exp(z) / sum(exp(z)) along axis, shifted by the maximum."""
    e = np.exp(z - z.real.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def erf(z):
    """2/sqrt(pi) times the integral of exp(-t*t) from 0 to z, within 2 units in the last place.

    Near 0 the rational approximation of Sun's fdlibm (s_erf.c, 1993), elsewhere that of
    W. J. Cody, Mathematics of Computation 23 (1969), 631-637, for 1 - erf.
    """
    x = np.clip(z.real, -6, 6)  # beyond, erf is 1 to the last digit
    y, square = np.abs(x), x * x
    over = (-2.37630166566501626e-5, -5.77027029648944159e-3, -2.84817495755985105e-2)
    over += (-0.325042107247001499, 0.128379167095512559)
    under = (-3.96022827877536812e-6, 1.32494738004321645e-4, 5.08130628187576563e-3)
    under += (6.50222499887672944e-2, 0.397917223959155353, 1)
    near = x + x * (np.polyval(over, square) / np.polyval(under, square))
    over = (2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594)
    over += (66.1191906371416295, 298.635138197400131, 881.95222124176909)
    over += (1712.04761263407058, 2051.07837782607147, 1230.33935479799725)
    under = (1, 15.7449261107098347, 117.693950891312499, 537.181101862009858)
    under += (1621.38957456669019, 3290.79923573345963, 4362.61909014324716)
    under += (3439.36767414372164, 1230.33935480374942)
    far = 1 - np.exp(-square) * np.polyval(over, y) / np.polyval(under, y)
    value = np.where(y < 0.84375, near, np.copysign(far, x)).astype(x.dtype)
    if np.iscomplexobj(z):  # first order in the imaginary part: the complex step of a check
        return value + 1j * z.imag * (1.1283791670955126 * np.exp(-z.real * z.real))
    return value


def forward(params, x, y):
    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""
    params, x, y = checked(params, x, y)
    return forward_unchecked(params, x, y)


def forward_unchecked(params, x, y):
    """forward for arrays known to fit; they may be complex (for self_check)."""
    Wq_att, Wk_att, Wv_att, Wo_att = params.Wq_att, params.Wk_att, params.Wv_att, params.Wo_att
    bq_att, bk_att, bv_att, bo_att = params.bq_att, params.bk_att, params.bv_att, params.bo_att
    gamma_norm1, beta_norm1, W_up = params.gamma_norm1, params.beta_norm1, params.W_up
    b_up, W_down, b_down = params.b_up, params.W_down, params.b_down
    gamma_norm2, beta_norm2 = params.gamma_norm2, params.beta_norm2
    N = x.shape[0]
    # (N, 6, 2, 4)  eq. 1
    q_att = (x.reshape(-1, 8) @ Wq_att.reshape(8, 8)).reshape(N, 6, 2, 4) + bq_att
    # (N, 6, 2, 4)  eq. 2
    k_att = (x.reshape(-1, 8) @ Wk_att.reshape(8, 8)).reshape(N, 6, 2, 4) + bk_att
    # (N, 6, 2, 4)  eq. 3
    v_att = (x.reshape(-1, 8) @ Wv_att.reshape(8, 8)).reshape(N, 6, 2, 4) + bv_att
    # (N, 2, 6, 6)  eq. 4
    a_att = q_att.transpose(0, 2, 1, 3) @ k_att.transpose(0, 2, 3, 1) / 4**0.5
    # (N, 2, 6, 6)  eq. 5
    w_att = softmax(np.where(np.arange(6) <= np.arange(6)[:, None], a_att, -np.inf), axis=-1)
    z_att = (w_att @ v_att.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)  # (N, 6, 2, 4)  eq. 6
    # (N, 6, 8)  eq. 7
    y_att = (z_att.reshape(-1, 8) @ Wo_att.reshape(8, 8)).reshape(N, 6, 8) + bo_att
    y_res1 = x + y_att                                   # (N, 6, 8)     eq. 8
    mu_norm1 = y_res1.sum(axis=2) / 8                    # (N, 6)        eq. 9
    y_res1_centred = y_res1 - mu_norm1[:, :, None]       # (N, 6, 8)     eq. 10
    var_norm1 = (y_res1_centred**2).sum(axis=2) / 8      # (N, 6)        eq. 10
    z_norm1_sqrt = np.sqrt(var_norm1 + 1e-05)            # (N, 6)        eq. 11
    z_norm1 = y_res1_centred / z_norm1_sqrt[:, :, None]  # (N, 6, 8)     eq. 11
    y_norm1 = z_norm1 * gamma_norm1 + beta_norm1         # (N, 6, 8)     eq. 12
    v_up = y_norm1 @ W_up + b_up                         # (N, 6, 16)    eq. 13
    y_up_erf = erf(v_up / 2**0.5)                        # (N, 6, 16)    eq. 14
    y_up = v_up * (1 + y_up_erf) / 2                     # (N, 6, 16)    eq. 14
    v_down = y_up @ W_down + b_down                      # (N, 6, 8)     eq. 15
    y_res2 = y_norm1 + v_down                            # (N, 6, 8)     eq. 16
    mu_norm2 = y_res2.sum(axis=2) / 8                    # (N, 6)        eq. 17
    y_res2_centred = y_res2 - mu_norm2[:, :, None]       # (N, 6, 8)     eq. 18
    var_norm2 = (y_res2_centred**2).sum(axis=2) / 8      # (N, 6)        eq. 18
    z_norm2_sqrt = np.sqrt(var_norm2 + 1e-05)            # (N, 6)        eq. 19
    z_norm2 = y_res2_centred / z_norm2_sqrt[:, :, None]  # (N, 6, 8)     eq. 19
    y_norm2 = z_norm2 * gamma_norm2 + beta_norm2         # (N, 6, 8)     eq. 20
    l = (y - y_norm2) ** 2 / 48                          # (N, 6, 8)     eq. 21
    L = l.sum(axis=(1, 2))                               # (N,)          eq. 22
    loss = L.sum() / N                                   # ()            eq. 23
    cache = Cache(
        x,
        y,
        q_att,
        k_att,
        v_att,
        w_att,
        z_att,
        z_norm1,
        y_norm1,
        v_up,
        y_up,
        z_norm2,
        y_norm2,
        y_res1_centred,
        z_norm1_sqrt,
        y_up_erf,
        y_res2_centred,
        z_norm2_sqrt,
    )
    return loss, cache


def predict(params, x):
    """y_norm2 (N, 6, 8) for a batch of inputs."""
    params, x = checked(params, x)
    Wq_att, Wk_att, Wv_att, Wo_att = params.Wq_att, params.Wk_att, params.Wv_att, params.Wo_att
    bq_att, bk_att, bv_att, bo_att = params.bq_att, params.bk_att, params.bv_att, params.bo_att
    gamma_norm1, beta_norm1, W_up = params.gamma_norm1, params.beta_norm1, params.W_up
    b_up, W_down, b_down = params.b_up, params.W_down, params.b_down
    gamma_norm2, beta_norm2 = params.gamma_norm2, params.beta_norm2
    N = x.shape[0]
    # (N, 6, 2, 4)  eq. 1
    q_att = (x.reshape(-1, 8) @ Wq_att.reshape(8, 8)).reshape(N, 6, 2, 4) + bq_att
    # (N, 6, 2, 4)  eq. 2
    k_att = (x.reshape(-1, 8) @ Wk_att.reshape(8, 8)).reshape(N, 6, 2, 4) + bk_att
    # (N, 6, 2, 4)  eq. 3
    v_att = (x.reshape(-1, 8) @ Wv_att.reshape(8, 8)).reshape(N, 6, 2, 4) + bv_att
    # (N, 2, 6, 6)  eq. 4
    a_att = q_att.transpose(0, 2, 1, 3) @ k_att.transpose(0, 2, 3, 1) / 4**0.5
    # (N, 2, 6, 6)  eq. 5
    w_att = softmax(np.where(np.arange(6) <= np.arange(6)[:, None], a_att, -np.inf), axis=-1)
    z_att = (w_att @ v_att.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)  # (N, 6, 2, 4)  eq. 6
    # (N, 6, 8)  eq. 7
    y_att = (z_att.reshape(-1, 8) @ Wo_att.reshape(8, 8)).reshape(N, 6, 8) + bo_att
    y_res1 = x + y_att                                   # (N, 6, 8)     eq. 8
    mu_norm1 = y_res1.sum(axis=2) / 8                    # (N, 6)        eq. 9
    y_res1_centred = y_res1 - mu_norm1[:, :, None]       # (N, 6, 8)     eq. 10
    var_norm1 = (y_res1_centred**2).sum(axis=2) / 8      # (N, 6)        eq. 10
    z_norm1_sqrt = np.sqrt(var_norm1 + 1e-05)            # (N, 6)        eq. 11
    z_norm1 = y_res1_centred / z_norm1_sqrt[:, :, None]  # (N, 6, 8)     eq. 11
    y_norm1 = z_norm1 * gamma_norm1 + beta_norm1         # (N, 6, 8)     eq. 12
    v_up = y_norm1 @ W_up + b_up                         # (N, 6, 16)    eq. 13
    y_up_erf = erf(v_up / 2**0.5)                        # (N, 6, 16)    eq. 14
    y_up = v_up * (1 + y_up_erf) / 2                     # (N, 6, 16)    eq. 14
    v_down = y_up @ W_down + b_down                      # (N, 6, 8)     eq. 15
    y_res2 = y_norm1 + v_down                            # (N, 6, 8)     eq. 16
    mu_norm2 = y_res2.sum(axis=2) / 8                    # (N, 6)        eq. 17
    y_res2_centred = y_res2 - mu_norm2[:, :, None]       # (N, 6, 8)     eq. 18
    var_norm2 = (y_res2_centred**2).sum(axis=2) / 8      # (N, 6)        eq. 18
    z_norm2_sqrt = np.sqrt(var_norm2 + 1e-05)            # (N, 6)        eq. 19
    z_norm2 = y_res2_centred / z_norm2_sqrt[:, :, None]  # (N, 6, 8)     eq. 19
    y_norm2 = z_norm2 * gamma_norm2 + beta_norm2         # (N, 6, 8)     eq. 20
    return y_norm2


def backward(params, cache, inputs=True):
    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""
    Wq_att, Wk_att, Wv_att, Wo_att = params.Wq_att, params.Wk_att, params.Wv_att, params.Wo_att
    gamma_norm1, W_up, W_down = params.gamma_norm1, params.W_up, params.W_down
    gamma_norm2 = params.gamma_norm2
    x, y, q_att, k_att, v_att = cache.x, cache.y, cache.q_att, cache.k_att, cache.v_att
    w_att, z_att, z_norm1, y_norm1 = cache.w_att, cache.z_att, cache.z_norm1, cache.y_norm1
    v_up, y_up, z_norm2, y_norm2 = cache.v_up, cache.y_up, cache.z_norm2, cache.y_norm2
    y_res1_centred, z_norm1_sqrt = cache.y_res1_centred, cache.z_norm1_sqrt
    y_up_erf, y_res2_centred = cache.y_up_erf, cache.y_res2_centred
    z_norm2_sqrt = cache.z_norm2_sqrt
    N = x.shape[0]
    dy_norm2 = (y_norm2 - y) / (24 * N)                   # (N, 6, 8)     eq. 27
    dgamma_norm2 = (z_norm2 * dy_norm2).sum(axis=(0, 1))  # (8,)          eq. 28
    dbeta_norm2 = dy_norm2.sum(axis=(0, 1))               # (8,)          eq. 29
    dz_norm2 = dy_norm2 * gamma_norm2                     # (N, 6, 8)     eq. 30
    # (N, 6)  eq. 31
    dvar_norm2 = -1 / 2 * (dz_norm2 * y_res2_centred).sum(axis=2) / (z_norm2_sqrt**2 * z_norm2_sqrt)
    dy_res2_centred = (  # (N, 6, 8)  eq. 31
        (dvar_norm2 / 4)[:, :, None] * y_res2_centred + dz_norm2 / z_norm2_sqrt[:, :, None]
    )
    dmu_norm2 = -dy_res2_centred.sum(axis=2)              # (N, 6)        eq. 32
    dy_res2 = (dmu_norm2 / 8)[:, :, None] + dy_res2_centred  # (N, 6, 8)     eq. 33
    dv_down = dy_res2                                     # (N, 6, 8)     eq. 34
    dW_down = y_up.reshape(-1, 16).T @ dv_down.reshape(-1, 8)  # (16, 8)       eq. 35
    db_down = dv_down.sum(axis=(0, 1))                    # (8,)          eq. 36
    dy_up = dv_down @ W_down.T                            # (N, 6, 16)    eq. 37
    dv_up = (  # (N, 6, 16)  eq. 38
        dy_up * (2**0.5 / (2 * np.pi**0.5) * v_up * np.exp(-1 / 2 * v_up**2) + (1 + y_up_erf) / 2)
    )
    dW_up = y_norm1.reshape(-1, 8).T @ dv_up.reshape(-1, 16)  # (8, 16)       eq. 39
    db_up = dv_up.sum(axis=(0, 1))                        # (16,)         eq. 40
    dy_norm1 = dv_up @ W_up.T + dy_res2                   # (N, 6, 8)     eq. 41
    dgamma_norm1 = (z_norm1 * dy_norm1).sum(axis=(0, 1))  # (8,)          eq. 42
    dbeta_norm1 = dy_norm1.sum(axis=(0, 1))               # (8,)          eq. 43
    dz_norm1 = dy_norm1 * gamma_norm1                     # (N, 6, 8)     eq. 44
    # (N, 6)  eq. 45
    dvar_norm1 = -1 / 2 * (dz_norm1 * y_res1_centred).sum(axis=2) / (z_norm1_sqrt**2 * z_norm1_sqrt)
    dy_res1_centred = (  # (N, 6, 8)  eq. 45
        (dvar_norm1 / 4)[:, :, None] * y_res1_centred + dz_norm1 / z_norm1_sqrt[:, :, None]
    )
    dmu_norm1 = -dy_res1_centred.sum(axis=2)              # (N, 6)        eq. 46
    dy_res1 = (dmu_norm1 / 8)[:, :, None] + dy_res1_centred  # (N, 6, 8)     eq. 47
    dy_att = dy_res1                                      # (N, 6, 8)     eq. 48
    # (2, 4, 8)  eq. 49
    dWo_att = (z_att.reshape(-1, 8).T @ dy_att.reshape(-1, 8)).reshape(2, 4, 8)
    dbo_att = dy_att.sum(axis=(0, 1))                     # (8,)          eq. 50
    # (N, 6, 2, 4)  eq. 51
    dz_att = (dy_att.reshape(-1, 8) @ Wo_att.reshape(8, 8).T).reshape(N, 6, 2, 4)
    dw_att = dz_att.transpose(0, 2, 1, 3) @ v_att.transpose(0, 2, 3, 1)  # (N, 2, 6, 6)  eq. 52
    da_att = np.where(  # (N, 2, 6, 6)  eq. 53
        np.arange(6) <= np.arange(6)[:, None],
        w_att * (dw_att - (dw_att * w_att).sum(axis=3)[:, :, :, None]),
        0,
    )
    # (N, 6, 2, 4)  eq. 54
    dv_att = (np.swapaxes(w_att, -1, -2) @ dz_att.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
    dWv_att = (x.reshape(-1, 8).T @ dv_att.reshape(-1, 8)).reshape(8, 2, 4)  # (8, 2, 4)     eq. 55
    dbv_att = dv_att.sum(axis=(0, 1))                     # (2, 4)        eq. 56
    dk_att = (  # (N, 6, 2, 4)  eq. 57
        (np.swapaxes(da_att, -1, -2) @ q_att.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3) / 4**0.5
    )
    dWk_att = (x.reshape(-1, 8).T @ dk_att.reshape(-1, 8)).reshape(8, 2, 4)  # (8, 2, 4)     eq. 58
    dbk_att = dk_att.sum(axis=(0, 1))                     # (2, 4)        eq. 59
    # (N, 6, 2, 4)  eq. 60
    dq_att = (da_att @ k_att.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3) / 4**0.5
    dWq_att = (x.reshape(-1, 8).T @ dq_att.reshape(-1, 8)).reshape(8, 2, 4)  # (8, 2, 4)     eq. 61
    dbq_att = dq_att.sum(axis=(0, 1))                     # (2, 4)        eq. 62
    grads = Params(
        dWq_att,
        dWk_att,
        dWv_att,
        dWo_att,
        dbq_att,
        dbk_att,
        dbv_att,
        dbo_att,
        dgamma_norm1,
        dbeta_norm1,
        dW_up,
        db_up,
        dW_down,
        db_down,
        dgamma_norm2,
        dbeta_norm2,
    )
    if not inputs:
        return grads, None
    dx = (  # (N, 6, 8)  eq. 63
        (dq_att.reshape(-1, 8) @ Wq_att.reshape(8, 8).T).reshape(N, 6, 8)
        + (dk_att.reshape(-1, 8) @ Wk_att.reshape(8, 8).T).reshape(N, 6, 8)
        + (dv_att.reshape(-1, 8) @ Wv_att.reshape(8, 8).T).reshape(N, 6, 8)
        + dy_res1
    )
    return grads, Inputs(dx)


def loss_and_grads(params, x, y):
    """(loss, Params): one pass forward and one backward."""
    loss, cache = forward(params, x, y)
    return loss, backward(params, cache, inputs=False)[0]


def init(seed=0, dtype=np.float64):
    """Params to start from: random weights (normal, variance 1 / fan-in), zeros, ones."""
    rng = np.random.default_rng(seed)
    return Params(
        Wq_att=(rng.standard_normal((8, 2, 4)) / 8**0.5).astype(dtype),
        Wk_att=(rng.standard_normal((8, 2, 4)) / 8**0.5).astype(dtype),
        Wv_att=(rng.standard_normal((8, 2, 4)) / 8**0.5).astype(dtype),
        Wo_att=(rng.standard_normal((2, 4, 8)) / 8**0.5).astype(dtype),
        bq_att=np.zeros((2, 4), dtype),
        bk_att=np.zeros((2, 4), dtype),
        bv_att=np.zeros((2, 4), dtype),
        bo_att=np.zeros((8,), dtype),
        gamma_norm1=np.ones((8,), dtype),
        beta_norm1=np.zeros((8,), dtype),
        W_up=(rng.standard_normal((8, 16)) / 8**0.5).astype(dtype),
        b_up=np.zeros((16,), dtype),
        W_down=(rng.standard_normal((16, 8)) / 16**0.5).astype(dtype),
        b_down=np.zeros((8,), dtype),
        gamma_norm2=np.ones((8,), dtype),
        beta_norm2=np.zeros((8,), dtype),
    )


def example(seed=0, dtype=np.float64, batch=3):
    """(params, data) to check with: random, and no bias left at zero."""
    rng = np.random.default_rng([seed, 1])
    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))
    params = Params(*(w.astype(dtype) for w in noisy))
    x = rng.standard_normal((batch, 6, 8)).astype(dtype)
    y = rng.uniform(0.1, 0.9, (batch, 6, 8)).astype(dtype)
    return params, (x, y)


def checked(params, *data):
    """(params, *data) as arrays that fit together; ValueError says what is wrong with which.

    Lists and numbers take the precision of the first array, else float64; arrays must have it.
    """
    if not isinstance(params, tuple) or len(params) != len(Params._fields):
        raise ValueError(f"params: expected Params, got {type(params).__name__}")
    arrays = (*params, *data)
    if type(params) is not Params or not all([type(a) is np.ndarray and a.shape for a in arrays]):
        arrays = as_arrays(arrays)
        params, data = Params(*arrays[: len(params)]), arrays[len(params) :]
    fits(tuple([(a.dtype, a.shape) for a in arrays]))
    return params, *data


def as_arrays(values):
    """Lists and numbers as arrays; a number is a batch of one where one is asked for."""
    floats = [v.dtype for v in values if hasattr(v, "dtype")]
    dtype = np.float32 if floats[:1] == [np.float32] else np.float64
    arrays = []
    for name, value in zip(SHAPES, values):
        try:
            array = np.asarray(value)
        except ValueError as fault:
            raise ValueError(f"{name}: expected an array, got a ragged list") from fault
        if not hasattr(value, "dtype") and array.dtype.kind in "iuf":
            array = array.astype(dtype)
        one = array.ndim == 0 and SHAPES[name] == ("N",)
        arrays.append(array.reshape(1) if one else array)
    return tuple(arrays)


@lru_cache
def fits(kinds):
    """ValueError unless arrays of these precisions and shapes do; what does is remembered."""
    dtype = np.dtype(np.float32 if kinds and kinds[0][0] == np.float32 else np.float64)
    N = None
    for (name, shape), (kind, found) in zip(SHAPES.items(), kinds):
        if kind != dtype:
            raise ValueError(f"{name}: expected {dtype}, got {kind}")
        if len(found) == len(shape) and shape[:1] == ("N",):
            N = N or found[0] or "N"
            shape = (N, *shape[1:])
        if found != shape:
            expected = str(shape).replace("'N'", "N >= 1")
            raise ValueError(f"{name}: expected shape {expected}, got {found}")


def self_check(seed=0, step=1e-30):
    """{name: relative error} of every gradient along a random direction u.

    Expected is the complex step: the loss at w + i*step*u has the imaginary part step * slope.
    No two numbers are subtracted, so that even a vanishing gradient is judged to its last digits;
    an error that rounding could cause is forgiven. How much it causes, the points nearby tell,
    where other digits are lost: a gradient that cancels to zero is nothing else.
    """
    rng = np.random.default_rng(seed)
    params, data = example(seed)
    point = dict(zip(SHAPES, (*params, *data)))

    def split(point):
        values = [*point.values()]
        return Params(*values[: len(params)]), *values[len(params) :]

    def gradients(point):
        grads, inputs = backward(split(point)[0], forward(*split(point))[1])
        return {**grads._asdict(), **inputs._asdict()}

    directions = {name: rng.standard_normal(grad.shape) for name, grad in gradients(point).items()}

    def terms(point):
        """{name: the gradient along u, entry by entry, and last what it should add up to}"""
        made = {}
        for name, grad in gradients(point).items():
            u = directions[name]
            moved = {**point, name: point[name] + 1j * step * u}
            made[name] = np.append(grad * u, np.imag(forward_unchecked(*split(moved))[0]) / step)
        return made

    def near(point):
        return {
            k: v * (1 + 2.0**-40 * rng.standard_normal(v.shape)) if k in directions else v
            for k, v in point.items()
        }

    here, nearby = terms(point), [terms(near(point)) for _ in range(6)]
    errors = {}
    for name, found in here.items():
        noise = max(abs(other[name] - found).sum() for other in nearby)
        gap = abs(found[:-1].sum() - found[-1])
        errors[name] = gap / (abs(found[:-1]).sum() + 1e12 * noise + 1e-300)
    return errors


if __name__ == "__main__":
    errors = self_check()
    for name, error in errors.items():
        print(f"d{name:<12} error {error:.1e}  {'ok' if error < 1e-10 else 'FAILED'}")
    raise SystemExit(0 if all(error < 1e-10 for error in errors.values()) else 1)
