"""Reference values for the distribution functions of src/kernels: python special.py

Writes ../special.json. Needs mpmath 1.4, with gmpy2 for speed; takes some minutes. Inputs are IEEE doubles; each value is
that of exactly those doubles, written with 20 digits. Every value comes by two routes that agree to 1e-18 relative; a
case whose smaller tail lies below 1e-305 is not drawn.

quantity            first route                                   second route
gamma cdf, tail     power series, in digits enough for 1 - P      Gauss-Legendre on panels, on the scale of ln x
beta cdf, tail      power series from the nearer end              Gauss-Legendre on panels, on the logit scale
negative binomial   log-gamma form                                product over the purchases
quantiles           root of a sum of power series                 the integrals, a hair below and above it
"""
import json
import random
from pathlib import Path

from mpmath import mp, mpf, exp, log, log1p, loggamma, sqrt, nstr, floor

from kernels import rule

AGREE = mpf(10) ** -18
LOWEST = mpf(10) ** -305
NODES = 40


def integral(height, start, sign, end, step, cap):
    """Integral of exp(height) from `start` towards `end` over panels that double from `step` to cap(w)."""
    total, w = mpf(0), start
    while sign * (end - w) > 0:
        after = w + sign * step
        after = min(after, end) if sign > 0 else max(after, end)
        part = sum(weight * exp(height(w + (after - w) * node)) for node, weight in rule(NODES, 30)) * abs(after - w)
        total += part
        if part < total * mpf(10) ** -24:
            break
        w, step = after, min(2 * step, cap(after))
    return total


# ------------------------------------------------------------------ gamma
def gamma_series(a, x):
    """P, Q."""
    lost = max(0, int((x - a * log(x / a) - a) / log(10))) if x > a else 0
    if lost > 320:
        return mpf(1), mpf(0)
    with mp.workdps(60 + lost):
        term = total = mpf(1)
        k, least = 0, mpf(10) ** (5 - mp.dps)
        while term > total * least:
            k += 1
            term *= x / (a + k)
            total += term
        p = exp(a * log(x) - x - loggamma(a + 1)) * total
        return p, 1 - p


def gamma_integral(a, x):
    with mp.workdps(40):
        height = lambda w: a * w - exp(w) - loggamma_a
        loggamma_a = loggamma(a)
        mode, at = log(a), log(x)
        step = lambda w: min(mpf(1) / 4, 1 / sqrt(a), 15 / abs(a - exp(w) + mpf(10) ** -30))
        left = lambda start, end: integral(height, start, -1, end, step(start), lambda w: max(mpf(1) / 2, mode - w))
        right = lambda start, end: integral(height, start, 1, end, step(start), lambda w: mpf(1) / 2)
        far = -mpf(10) ** 12
        if at < mode:
            p = left(at, far)
            q = 1 - p if p > mpf('1e-3') and a > 1 else right(at, mode) + right(mode, mpf(40))
        else:
            q = right(at, mpf(40))
            p = 1 - q
        return (1 - q if q < mpf('1e-3') else p), q


def gamma_inputs():
    draw = random.Random(8_11_4)
    for a in [1e-6, 1e-3, 0.03, 0.3, 0.5, 0.9, 0.999999, 1.0]:
        yield from ((a, x) for x in [1e-300, 1e-12, 1e-3, 0.2, 0.5, 0.999, 1.0, 1.001, 2.0, 5.0, 40.0, 300.0, 690.0])
    for a in [1.000001, 1.5, 3.7, 10.0, 19.999, 20.0, 33.3, 150.0, 1e3, 1e4, 12345.678, 1e5, 999983.25, 1e6]:
        yield from ((a, max(0.0, a + z * a ** 0.5)) for z in [-36, -20, -8, -3, -0.5, 0, 1e-4, 0.7, 4, 12, 37])
        yield from ((a, a * ratio) for ratio in [1e-3, 0.2, 0.3099, 0.3101, 0.7, 1.4, 2.2999, 2.3001, 6.0])
    for _ in range(60):
        a = 10 ** draw.uniform(-6, 6)
        yield a, max(1e-300, a + draw.uniform(-6, 6) * max(a ** 0.5, 0.5))


# ------------------------------------------------------------------ beta
def beta_series(a, b, p, q):
    """I_p(a, b) and one minus it, p not above the mean by much."""
    with mp.workdps(60):
        term = total = mpf(1)
        k, least = 0, mpf(10) ** -50
        while term > total * least:
            term *= p * (a + b + k) / (a + 1 + k)
            total += term
            k += 1
            if k > 300_000:
                return None
        value = exp(a * log(p) + b * log(q) + loggamma(a + b) - loggamma(a + 1) - loggamma(b)) * total
        return value, 1 - value


def beta_one(a, b, p, q):
    """cdf, tail."""
    if p <= (a + 1) / (a + b + 2):
        return beta_series(a, b, p, q)
    found = beta_series(b, a, q, p)
    return found and found[::-1]


def beta_integral(a, b, p, q):
    with mp.workdps(40):
        norm = loggamma(a + b) - loggamma(a) - loggamma(b)

        def height(w):
            low = log1p(exp(-abs(w)))
            return norm + (-a * low - b * (w + low) if w > 0 else a * (w - low) - b * low)

        mode, at = log(a / b), log(p) - log(q)
        slope = lambda w: abs(a / (1 + exp(w)) - b / (1 + exp(-w))) + mpf(10) ** -30
        step = lambda w: min(mpf(1) / 4, sqrt((a + b) / a / b), 15 / slope(w))
        low, high = min(mode, 0), max(mode, 0)
        left = lambda start, end: integral(height, start, -1, end, step(start), lambda w: max(mpf(1) / 2, (low - w) / 2))
        right = lambda start, end: integral(height, start, 1, end, step(start), lambda w: max(mpf(1) / 2, (w - high) / 2))
        far = mpf(10) ** 12
        if at < mode:
            return left(at, -far), right(at, mode) + right(mode, far)
        return left(at, mode) + left(mode, -far), right(at, far)


def beta_inputs():
    draw = random.Random(8_17_22)
    shapes = [(1e-6, 1e-6), (1e-6, 1.0), (1e-6, 1e6), (1e-3, 0.5), (0.2, 300.0), (0.5, 0.5), (0.9, 1e4), (1.0, 1e-6),
              (1.0, 1e5), (2.5, 0.01), (3.0, 4.0), (7.0, 1e-6), (40.0, 25.0), (300.0, 1e4), (1e4, 1e4), (1e4, 3.3),
              (1e5, 0.7), (1e5, 1e-6), (1e5, 123.25), (1e6, 1e6), (12.5, 1e6), (1e5, 2e4)]
    for a, b in shapes:
        mean, sd = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
        for z in [-25, -7, -2, 0, 1, 6, 20]:
            p = mean + z * sd
            yield (a, b, p, 1 - p)
        yield from ((a, b, p, 1 - p) for p in [1e-300, 1e-9, 0.03, 0.5])
        yield from ((a, b, 1 - q, q) for q in [1e-200, 1e-7, 0.1])
    for _ in range(60):
        a, b = 10 ** draw.uniform(-6, 5), 10 ** draw.uniform(-6, 5)
        mean, sd = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
        p = mean + draw.uniform(-5, 5) * sd
        yield (a, b, p, 1 - p)


# ------------------------------------------------------------------ negative binomial
def negative_binomial_inputs():
    draw = random.Random(2009)
    for n, r, tau in [(0, 1e-6, 1e6), (0, 1e6, 1e-4), (1, 1e-6, 0.5), (1, 1e6, 1e-6), (100_000, 1e6, 0.1), (100_000, 1e6, 0.0935),
                      (100_000, 0.5, 1e5), (100_000, 1e-6, 1e3), (100_000, 1e4, 10.0), (100_000, 1e4, 15.0), (3, 0.24, 1e-12),
                      (2, 0.24, 1e12), (50_000, 1e6, 0.05), (10, 1e6, 1e-5)]:
        yield n, r, tau
    for _ in range(46):
        r, tau = 10 ** draw.uniform(-6, 6), 10 ** draw.uniform(-5, 3)
        spread = (r * tau * (1 + tau)) ** 0.5
        yield int(min(100_000, max(0, r * tau + draw.uniform(-5, 5) * spread))), r, tau


def negative_binomial(n, r, tau):
    with mp.workdps(60):
        r, tau = mpf(r), mpf(tau)
        one = exp(loggamma(r + n) - loggamma(r) - loggamma(mpf(n + 1)) + n * log(tau / (1 + tau)) - r * log1p(tau))
        two, step = exp(-r * log1p(tau)), tau / (1 + tau)
        for k in range(n):
            two *= (r + k) / (k + 1) * step
        if n == 0:
            return (one, mpf(1)), (two, mpf(1))
        p, q = tau / (1 + tau), 1 / (1 + tau)
        return (one, beta_one(n, r, p, q)[0]), (two, beta_integral(mpf(n), r, p, q)[0])


# ------------------------------------------------------------------ quantiles of mixtures
MIXTURES = [
    ('gamma', [0.3, 0.7], [0.2, 12.0], [0.002, 3.0]),
    ('gamma', [0.9, 0.1], [0.5, 2000.0], [10.0, 1.0]),
    ('gamma', [1.25, -0.25], [2.0, 3.0], [1.0, 2.0]),
    ('beta', [0.6, 0.4], [0.2, 40.0], [3.0, 0.5]),
    ('beta', [0.45, 0.55], [200.0, 1.0], [2.0, 900.0]),
]
PROBABILITIES = [1e-30, 1e-6, 0.05, 0.5, 0.95, 0.999999]


def mixture(family, share, first, second, w, route):
    """cdf, tail at ln x = w, or at log-odds w."""
    sums = [mpf(0), mpf(0)]
    for s, f, g in zip(share, first, second):
        s, f, g = mpf(s), mpf(f), mpf(g)
        if family == 'gamma':
            found = (gamma_series if route == 1 else gamma_integral)(f, g * exp(w))
        else:
            p, q = 1 / (1 + exp(-w)), 1 / (1 + exp(w))
            found = (beta_one if route == 1 else beta_integral)(f, g, p, q)
        sums = [t + s * v for t, v in zip(sums, found)]
    return sums


def quantile(family, share, first, second, probability):
    with mp.workdps(40):
        target = mpf(probability)
        below, above = mpf(-700), mpf(14) if family == 'gamma' else mpf(700)
        # far below, the first route is cheap; it stops where the bracket is narrow
        for _ in range(110):
            middle = (below + above) / 2
            if mixture(family, share, first, second, middle, 1)[0] < target:
                below = middle
            else:
                above = middle
        for hair, sign in ((-mpf(10) ** -16, -1), (mpf(10) ** -16, 1)):
            assert sign * (mixture(family, share, first, second, middle + hair, 2)[0] - target) > 0, (family, share, probability)
        return exp(middle) if family == 'gamma' else 1 / (1 + exp(-middle))


# ------------------------------------------------------------------
def digits(value):
    with mp.workdps(60):
        return nstr(value, 20, strip_zeros=False, min_fixed=0, max_fixed=0) if value != 0 else '0'


def agreed(one, two, at):
    for u, v in zip(one, two):
        assert abs(u - v) <= AGREE * abs(u), (at, u, v)
    return [digits(u) for u in one]


def main():
    mp.dps = 60
    out = {'gamma': [], 'beta': [], 'negativeBinomial': [], 'quantiles': []}
    for a, x in dict.fromkeys(gamma_inputs()):
        if x <= 0:
            continue
        one = gamma_series(mpf(a), mpf(x))
        if min(one) < LOWEST:
            continue
        cdf, tail = agreed(one, gamma_integral(mpf(a), mpf(x)), (a, x))
        out['gamma'].append(dict(shape=a, x=x, cdf=cdf, tail=tail))
    print(len(out['gamma']), 'gamma', flush=True)
    for a, b, p, q in dict.fromkeys(beta_inputs()):
        if not (0 < p and 0 < q < 1.0000001 and p <= 1):
            continue
        # the truth is the one below ½; the other is its rounded complement
        P, Q = (mpf(p), 1 - mpf(p)) if p < 0.5 else (1 - mpf(q), mpf(q))
        one = beta_one(mpf(a), mpf(b), P, Q)
        if one is None or min(one) < LOWEST:
            continue
        cdf, tail = agreed(one, beta_integral(mpf(a), mpf(b), P, Q), (a, b, p, q))
        out['beta'].append(dict(a=a, b=b, p=p, q=q, cdf=cdf, tail=tail))
    print(len(out['beta']), 'beta', flush=True)
    for n, r, tau in dict.fromkeys(negative_binomial_inputs()):
        one, two = negative_binomial(n, r, tau)
        if min(one) < LOWEST:
            continue
        mass, tail = agreed(one, two, (n, r, tau))
        out['negativeBinomial'].append(dict(n=n, r=r, tau=tau, mass=mass, tail=tail))
    print(len(out['negativeBinomial']), 'negative binomial', flush=True)
    for family, share, first, second in MIXTURES:
        for probability in PROBABILITIES:
            out['quantiles'].append(dict(family=family, share=share, first=first, second=second, probability=probability,
                                         x=digits(quantile(family, share, first, second, probability))))
    lines = ['{', ' "values": {']
    for i, (name, cases) in enumerate(out.items()):
        lines.append(f'  "{name}": [')
        lines.extend('   ' + json.dumps(case) + (',' if j < len(cases) - 1 else '') for j, case in enumerate(cases))
        lines.append('  ]' + (',' if i < len(out) - 1 else ''))
    lines += [' }', '}']
    (Path(__file__).parent.parent / 'special.json').write_text('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
