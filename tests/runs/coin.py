"""A coin and a flag on a grid: networks trained where both are together, watched where they are apart."""

import numpy as np

ROWS, COLUMNS, STEPS = 5, 7, 14
MOVES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])


def trained(salience, seeds=8, updates=600, batch=64, hidden=32, step=0.02, together=1.0):
    """Return the networks of some seeds: policy gradients for the coin; ``together``: how often the flag is with it."""
    rng = np.random.default_rng(seeds)
    size = 3 * ROWS * COLUMNS
    w1 = rng.standard_normal((seeds, size, hidden)) / np.sqrt(3)
    w2 = np.zeros((seeds, hidden, 4))
    mean, square = [np.zeros_like(w) for w in (w1, w2)], [np.zeros_like(w) for w in (w1, w2)]
    for update in range(1, updates + 1):
        coin = places(rng, (seeds, batch))
        flag = np.where(rng.random((seeds, batch, 1)) < together, coin, opposite(rng, coin))
        seen, hid, did, chance, alive, _, won = walked(rng, (w1, w2), salience, flag, coin)
        gain = (won - won.mean(1, keepdims=True))[:, None] * alive
        slope2 = (np.eye(4)[did] - chance) * gain[..., None]
        slope1 = (slope2 @ w2.swapaxes(1, 2)[:, None]) * (1 - hid**2)
        grads = [np.einsum("stbi,stbh->sih", seen, slope1) / batch, np.einsum("stbh,stbo->sho", hid, slope2) / batch]
        for k, (w, g) in enumerate(zip((w1, w2), grads, strict=True)):  # Adam
            mean[k] += 0.1 * (g - mean[k])
            square[k] += 0.001 * (g * g - square[k])
            w += step * mean[k] / (1 - 0.9**update) / (np.sqrt(square[k] / (1 - 0.999**update)) + 1e-8)
    return w1, w2


def places(rng, shape):
    """Return places in the outer columns."""
    return np.stack([rng.integers(ROWS, size=shape), rng.choice([0, COLUMNS - 1], size=shape)], axis=-1)


def opposite(rng, place):
    """Return places in the other outer column."""
    return np.stack([rng.integers(ROWS, size=place.shape[:2]), COLUMNS - 1 - place[..., 1]], axis=-1)


def walked(rng, weights, salience, flag, coin):
    """Return what was seen, thought, done with which chance, who was under way, what was met first, and success."""
    (w1, w2), shape = weights, flag.shape[:2]
    at = np.stack([rng.integers(ROWS, size=shape), np.full(shape, COLUMNS // 2)], axis=-1)
    met = np.full(shape, "neither", dtype=object)
    told = []
    for _ in range(STEPS):
        alive = met == "neither"
        seen = np.concatenate([plane(at, 1.0), plane(flag, salience[0]), plane(coin, salience[1])], axis=-1)
        hid = np.tanh(seen @ w1)
        logits = hid @ w2
        chance = np.exp(logits - logits.max(-1, keepdims=True))
        chance /= chance.sum(-1, keepdims=True)
        did = (rng.random((*shape, 1)) > chance.cumsum(-1)[..., :-1]).sum(-1)
        at = np.where(alive[..., None], np.clip(at + MOVES[did], 0, [ROWS - 1, COLUMNS - 1]), at)
        for name, place in (("flag", flag), ("coin", coin)):
            met[alive & (at == place).all(-1)] = name
        told.append((seen, hid, did, chance, alive.astype(float)))
    won = (met == "coin").astype(float)
    return *(np.stack(part, axis=1) for part in zip(*told, strict=True)), met, won


def plane(place, height):
    """Return one-hot planes of the given height."""
    number = place[..., 0] * COLUMNS + place[..., 1]
    return np.eye(ROWS * COLUMNS)[number] * height


def apart(weights, salience, lives=400):
    """Return for each seed the shares of lives in which the coin, the flag, neither is met first, in other columns."""
    rng = np.random.default_rng(1)
    seeds = len(weights[0])
    flag = places(rng, (seeds, lives))
    *_, met, _ = walked(rng, weights, salience, flag, opposite(rng, flag))
    return np.stack([(met == name).mean(1) for name in ("coin", "flag", "neither")], axis=-1)


def success(weights, salience, lives=400):
    """Return how often the coin is met where it is with the flag, seed by seed."""
    rng = np.random.default_rng(2)
    coin = places(rng, (len(weights[0]), lives))
    return walked(rng, weights, salience, coin, coin)[-1].mean(1)
