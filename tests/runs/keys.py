"""Keys and chests on a grid: networks trained where one is scarce, watched where the other is."""

import numpy as np

SIZE, STEPS = 5, 24
CELLS = SIZE * SIZE
HANDS = 5  # keys in hand that are told apart, from none on
MOVES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
PLACES = np.stack([np.arange(CELLS) // SIZE, np.arange(CELLS) % SIZE], axis=-1)


def trained(keys, chests, seeds=4, updates=600, batch=64, hidden=64, step=0.01):
    """Return the networks of some seeds: policy gradients, paid for each chest that a key in hand opens."""
    rng = np.random.default_rng(seeds)
    size = 3 * CELLS + HANDS
    weights = [rng.standard_normal((seeds, size, hidden)) / 3, np.zeros((seeds, hidden, 4))]
    mean, square = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for update in range(1, updates + 1):
        seen, hid, did, chance, _, opened = walked(rng, weights, *placed(rng, (seeds, batch), keys, chests))
        later = opened[:, ::-1].cumsum(1)[:, ::-1]
        gain = (later - later.mean(-1, keepdims=True)) / (later.std() + 1e-9)
        logs = np.log(chance + 1e-9)
        spread = chance * ((chance * logs).sum(-1, keepdims=True) - logs)  # keeps trying
        slope2 = ((np.eye(4)[did] - chance) * gain[..., None] + 0.01 * spread).reshape(seeds, -1, 4)
        flat = hid.reshape(seeds, -1, hidden)
        slope1 = slope2 @ weights[1].swapaxes(1, 2) * (1 - flat**2)
        grads = [seen.reshape(seeds, -1, size).swapaxes(1, 2) @ slope1 / batch, flat.swapaxes(1, 2) @ slope2 / batch]
        for k, (w, g) in enumerate(zip(weights, grads, strict=True)):  # Adam
            mean[k] += 0.1 * (g - mean[k])
            square[k] += 0.001 * (g * g - square[k])
            w += step * mean[k] / (1 - 0.9**update) / (np.sqrt(square[k] / (1 - 0.999**update)) + 1e-8)
    return weights


def placed(rng, shape, keys, chests):
    """Return the agent's cell, keys and chests in other cells, and empty hands."""
    order = rng.random((*shape, CELLS)).argsort(-1)
    things = np.eye(CELLS)[order[..., 1 : 1 + keys + chests]]
    return order[..., 0], things[..., :keys, :].sum(-2), things[..., keys:, :].sum(-2), np.zeros(shape, dtype=int)


def walked(rng, weights, at, keys, chests, held, steps=STEPS):
    """Return what was seen, thought, done with which chance; the keys that were taken and the chests opened."""
    told = []
    for _ in range(steps):
        hands = np.eye(HANDS)[np.minimum(held, HANDS - 1)]
        seen = np.concatenate([np.eye(CELLS)[at], keys, chests, hands], axis=-1)
        hid = np.tanh(seen @ weights[0])
        logits = hid @ weights[1]
        chance = np.exp(logits - logits.max(-1, keepdims=True))
        chance /= chance.sum(-1, keepdims=True)
        did = (rng.random((*at.shape, 1)) > chance.cumsum(-1)[..., :-1]).sum(-1)
        at = np.clip(PLACES[at] + MOVES[did], 0, SIZE - 1) @ [SIZE, 1]
        here = np.eye(CELLS)[at]
        took, opened = (keys * here).sum(-1), (chests * here).sum(-1) * (held > 0)
        keys, chests = keys - here * took[..., None], chests - here * opened[..., None]
        held = held + (took - opened).astype(int)
        told.append((seen, hid, did, chance, took, opened))
    return tuple(np.stack(part, axis=1) for part in zip(*told, strict=True))


def spare_key_or_chest(weights, lives=400):
    """Return for each seed how often the key, the chest comes first: a key in hand, both as far."""
    rng = np.random.default_rng(1)
    shape = (len(weights[0]), lives)
    far = np.abs(PLACES[:, None] - PLACES[None]).sum(-1)
    fair = [(a, k, c) for a, k, c in np.ndindex(CELLS, CELLS, CELLS) if k != c and far[a, k] == far[a, c] > 0]
    at, key, chest = np.moveaxis(np.array(fair)[rng.integers(len(fair), size=shape)], -1, 0)
    *_, took, opened = walked(rng, weights, at, np.eye(CELLS)[key], np.eye(CELLS)[chest], np.ones(shape, dtype=int), 12)
    when = [np.where(met.any(1), met.argmax(1), STEPS) for met in (took, opened)]
    return (when[0] < when[1]).mean(-1), (when[1] < when[0]).mean(-1)


def surplus(weights, keys=4, chests=2, lives=400):
    """Return for each seed the keys left over and the chests opened where keys are many."""
    rng = np.random.default_rng(2)
    *_, took, opened = walked(rng, weights, *placed(rng, (len(weights[0]), lives), keys, chests))
    return (took - opened).sum(1).mean(-1), opened.sum(1).mean(-1)
