"""Reference values for the kernels and for customers far outside the ordinary: python kernels.py [PROCESSES]

Writes ../kernels.json. Needs mpmath 1.4, with gmpy2 for speed; takes about ten minutes. Inputs are IEEE doubles; each
value is that of exactly those doubles, written with 20 digits. Every value comes by two routes that agree to 1e-18
relative; a case that one route cannot reach, or reaches too slowly, is left out and counted in the file.

quantity                    first route                                   second route
rises and gammas            loggamma and psi, 80 digits                   products and sums; Binet's integrals
leaving (log of integral)   Gauss-Legendre on panels around the maximum   2F1, or other panels on another variable
meanPurchases               integral over p on the logit scale            2F1, nudged off its poles
paretoNbd                   moments of the same integral                  2F1; gradients by differences of it
bgNbd                       lgamma form, differences                      gamma products; psi
discounted                  integral over time of the density             by parts; incomplete gamma functions
"""
import json
import random
import signal
import sys
import time
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path

from mpmath import mp, mpf, mpc, exp, expm1, log, log1p, loggamma, psi, hyp2f1, gammainc, rf, quad, inf, sqrt, pi

mp.dps = 50
AGREE = mpf(10) ** -18
LIMIT_S = 20


# ------------------------------------------------------------------ quadrature
@lru_cache(None)
def rule(n, dps):
    """Gauss-Legendre nodes and weights on [0, 1]."""
    with mp.workdps(dps + 10):
        out = []
        for i in range(n):
            z = mp.cos(pi * (i + mpf(3) / 4) / (n + mpf(1) / 2))
            for _ in range(12):
                last, value = mpf(1), z
                for k in range(1, n):
                    last, value = value, ((2 * k + 1) * z * value - k * last) / (k + 1)
                slope = n * (z * value - last) / (z * z - 1)
                z -= value / slope
            out.append(((1 - z) / 2, 1 / ((1 - z * z) * slope * slope)))
        return out


def outwards(height, top, lo, hi, scale, cap, lowest=140):
    """Ends of panels around `top` that double from `scale` to `cap` until height(top) - height(w) > lowest."""
    ends = [top]
    for sign, end in ((-1, lo), (1, hi)):
        w, step = top, scale
        while sign * (end - w) > 0:
            w = w + sign * step
            w = min(w, end) if sign > 0 else max(w, end)
            ends.append(w)
            if height(top) - height(w) > lowest:
                break
            step = min(2 * step, cap)
    return sorted(set(ends))


def integrate(f, ends, n):
    """Sum over panels; f may return a list."""
    total = None
    for a, b in zip(ends, ends[1:]):
        for node, weight in rule(n, mp.dps):
            value = f(a + (b - a) * node)
            w = weight * (b - a)
            if isinstance(value, list):
                total = [w * v for v in value] if total is None else [t + w * v for t, v in zip(total, value)]
            else:
                total = w * value if total is None else total + w * value
    return total


# ------------------------------------------------------------------ gamma differences
def rises(a, n):
    with mp.workdps(80):
        a, n = mpf(a), mpf(n)
        one = [loggamma(a + n) - loggamma(a), psi(0, a + n) - psi(0, a), psi(1, a + n) - psi(1, a)]
    with mp.workdps(60):
        if n == int(n) and n <= 3000:
            product, first, second = mpf(1), mpf(0), mpf(0)
            for j in range(int(n)):
                product *= a + j
                first += 1 / (a + j)
                second -= 1 / (a + j) ** 2
            two = [log(product), first, second]
        else:
            # psi(1, u) = 1/u + 1/2u^2 + int 2 t/(t^2+u^2)^2 ... is slow; lift, then integrate psi and psi' over [a, a + n]
            f = lambda w: [psi(0, a * exp(w)) * a * exp(w), psi(1, a * exp(w)) * a * exp(w), psi(2, a * exp(w)) * a * exp(w)]
            length = log1p(n / a)
            panels = max(4, int(length * 2))
            two = integrate(f, [length * j / panels for j in range(panels + 1)], 50)
    return one, two


def gammas(a):
    with mp.workdps(80):
        a = mpf(a)
        lg = loggamma(a)
        star = lg - ((a - mpf(1) / 2) * log(a) - a + log(2 * pi) / 2)
        one = [star, lg, psi(0, a), psi(1, a)]
    with mp.workdps(60):
        # by the Stirling series at a + 60
        A, m = a + 60, 60
        B = [mp.bernoulli(2 * k) for k in range(1, 40)]
        tail = sum(B[k - 1] / (2 * k * (2 * k - 1)) / A ** (2 * k - 1) for k in range(1, 40))
        big = (A - mpf(1) / 2) * log(A) - A + log(2 * pi) / 2 + tail
        lg2 = big - log(rf(a, m))
        d = log(A) - 1 / (2 * A) - sum(B[k - 1] / (2 * k) / A ** (2 * k) for k in range(1, 40)) - sum(1 / (a + j) for j in range(m))
        t = 1 / A + 1 / (2 * A * A) + sum(B[k - 1] / A ** (2 * k + 1) for k in range(1, 40)) + sum(1 / (a + j) ** 2 for j in range(m))
        two = [lg2 - ((a - mpf(1) / 2) * log(a) - a + log(2 * pi) / 2), lg2, d, t]
    return one, two


# ------------------------------------------------------------------ the moment of leaving
def leaving(k, s, al, be, tx, T, weights=None, n=44, shift=0):
    """log of the integral of (al+u)^-k (be+u)^-(s+1) over tx < u < T, and means of `weights(u)` under the integrand."""
    m = min(al, be) if shift == 0 else (al + be) / 2
    lo, hi = log(m + tx), log(m + T)
    if shift:  # another variable: u itself, on panels that grow from tx
        f = lambda u: -k * log(al + u) - (s + 1) * log(be + u)
        top = tx
        scale = min((min(al, be) + tx) / (k + s + 1), T - tx)
        ends, w, step = [tx], tx, scale / 2
        while w < T:
            w = min(T, w + step)
            ends.append(w)
            if f(top) - f(w) > 140:
                break
            step = min(2 * step, (min(al, be) + w) / 2)
        total = integrate(lambda u: exp(f(u) - f(top)), ends, n)
        return f(top) + log(total), None
    f = lambda w: w - k * log(exp(w) - m + al) - (s + 1) * log(exp(w) - m + be)
    slope = lambda w: 1 - k * exp(w) / (exp(w) - m + al) - (s + 1) * exp(w) / (exp(w) - m + be)
    top = lo
    if slope(lo) > 0:
        top = hi
        if slope(hi) < 0:
            a, b = lo, hi
            for _ in range(60):
                c = (a + b) / 2
                a, b = (c, b) if slope(c) > 0 else (a, c)
            top = a
    h = mpf(10) ** -15
    bend = sqrt(abs(slope(top + h) - slope(top - h)) / (2 * h))
    scale = 1 / (1 + abs(slope(top)) + bend)
    ends = outwards(f, top, lo, hi, scale, mpf(1))
    g = weights or (lambda u: [])
    sums = integrate(lambda w: [exp(f(w) - f(top))] + [exp(f(w) - f(top)) * v for v in g(exp(w) - m)], ends, n)
    return f(top) + log(sums[0]), [v / sums[0] for v in sums[1:]]


def leaving2(k, s, al, be, tx, T, extra=40):
    """The same in closed form: a difference of two 2F1 (Fader & Hardie 2005, A4 and A5)."""
    if al == be:
        with mp.workdps(mp.dps + extra):
            return log((exp(-(k + s) * log(al + tx)) - exp(-(k + s) * log(al + T))) / (k + s))
    with mp.workdps(mp.dps + extra):
        def A(t):
            if al >= be:
                return hyp2f1(k + s, s + 1, k + s + 1, (al - be) / (al + t)) * exp(-(k + s) * log(al + t))
            return hyp2f1(1, s + 1, k + s + 1, (be - al) / (be + t)) * exp((1 - k) * log(al + t) - (s + 1) * log(be + t))
        return log((A(tx) - A(T)) / (k + s))


def death(k, s, al, be, tx, T):
    args = [mpf(v) for v in (k, s, al, be, tx, T)]
    one, _ = leaving(*args)
    try:
        two = timed(6, leaving2, *args)
    except Exception:
        two = None
    if two is None or not agree(one, two):
        two, _ = leaving(*args, n=60, shift=1)
    return [one], [two]


# ------------------------------------------------------------------ purchases while alive
def mean_purchases(k, tau, a, b, n=40, density=1):
    """E[(1 - (1 + p tau)^-k)/p], p ~ Beta(a, b), over the logit of p; the tails, where it is constant, in closed form."""
    k, tau, a, b = (mpf(v) for v in (k, tau, a, b))
    far = 75 + log1p(k * (1 + tau)) + log1p(b)
    far_high = 75 + log1p(k) + log1p(a)
    centre = log(a / b)
    height = lambda w: -a * log1p(exp(-w)) - b * log1p(exp(w))
    lo, hi = min(-far, centre), max(far_high, centre)
    lo, hi = min(lo, -far), max(hi, far_high)
    spread = sqrt((a + b) / (a * b))
    inner = outwards(height, centre, lo, hi, min(spread, mpf(1)) / density, mpf(1) / density)
    constant = loggamma(a + b) - loggamma(a) - loggamma(b)

    def f(w):
        notp = -log1p(exp(w))
        p = exp(w + notp)
        return exp(constant + height(w)) * -expm1(-k * log1p(p * tau)) / p
    total = integrate(f, inner, n)
    if inner[0] <= lo:
        total += exp(constant + a * lo) / a * k * tau
    if inner[-1] >= hi:
        total += exp(constant - b * hi) / b * -expm1(-k * log1p(tau))
    return total


def mean_purchases2(k, tau, a, b):
    """Fader, Hardie & Lee (2005), eq. 9, after Euler's transformation; a = 1 and a + b = 1 are approached to 1e-45."""
    with mp.workdps(130):
        k, tau, a, b = (mpf(v) for v in (k, tau, a, b))
        if a == 1:
            a += mpf(10) ** -45
        if a + b == 1:
            b += mpf(10) ** -45
        z = tau / (1 + tau)
        return (a + b - 1) / (a - 1) * (1 - exp((a - 1) * log(1 - z)) * hyp2f1(a + b - 1 - k, a - 1, a + b - 1, z))


def mean_case(k, tau, a, b):
    with mp.workdps(40):
        one = mean_purchases(k, tau, a, b)
    try:
        two = timed(4, mean_purchases2, k, tau, a, b)
        if agree(one, two):
            return [one], [two]
    except Exception:
        pass
    with mp.workdps(46):
        return [one], [mean_purchases(k, tau, a, b, n=34, density=mpf('1.37'))]


# ------------------------------------------------------------------ whole customers
def life(s, b, t):
    with mp.workdps(mp.dps + 40):
        w = log1p(t / b)
        return b * w if s == 1 else b * expm1((1 - s) * w) / (1 - s)


def life2(s, b, t):
    w = log1p(t / b)
    panels = int(w * max(1, abs(1 - s)) / 2) + 1
    if panels > 400:
        return life(s, b, t)
    return b * integrate(lambda v: exp((1 - s) * v), [w * j / panels for j in range(panels + 1)], 44)


def pareto(r, alpha, s, beta, x, tx, T, ts):
    R, al, S, be, tX, TT = (mpf(v) for v in (r, alpha, s, beta, tx, T))
    k = R + x
    alive = -k * log(al + TT) - S * log(be + TT)
    front = rise_log(R, x) + R * log(al) + S * log(be)
    weights = lambda u: [log(al + u), 1 / (al + u), log(be + u), 1 / (be + u)]

    def finish(dead, means):
        odds = exp(dead - alive) if dead is not None else mpf(0)
        pa = 1 / (1 + odds)
        out = [front + alive + log1p(odds), pa]
        if means is None:
            means = [mpf(0)] * 4
        mix = lambda at, mean: pa * at + (1 - pa) * mean
        out += [rise_psi(R, x) + log(al) - mix(log(al + TT), means[0]),
                R / al - k * mix(1 / (al + TT), means[1]),
                log(be) - pa * log(be + TT) + (1 - pa) * (1 / S - means[2]),
                S / be - pa * S / (be + TT) - (1 - pa) * (S + 1) * means[3]]
        return out, pa

    dead = means = dead2 = None
    if tx < T:
        with mp.workdps(70):
            integral, means = leaving(k, S, al, be, tX, TT, weights, n=56)
            dead = log(S) + integral
        try:
            dead2 = log(S) + timed(6, leaving2, k, S, al, be, tX, TT)
            if not agree(dead, dead2):
                dead2 = None
        except Exception:
            dead2 = None
        if dead2 is None:
            dead2 = log(S) + leaving(k, S, al, be, tX, TT, n=60, shift=1)[0]
    one, pa = finish(dead, means)
    # the gradient again, by central differences of the log-likelihood
    def loglik(P):
        R2, a2, S2, b2 = P
        alive2 = -(R2 + x) * log(a2 + TT) - S2 * log(b2 + TT)
        dead3 = log(S2) + leaving(R2 + x, S2, a2, b2, tX, TT, n=56)[0] if tx < T else None
        return rise_log(R2, x) + R2 * log(a2) + S2 * log(b2) + alive2 + (log1p(exp(dead3 - alive2)) if dead3 is not None else 0)
    two, pa2 = finish(dead2, means)
    with mp.workdps(70):
        h = mpf(10) ** -22
        for i in range(4):
            up, down = [R, al, S, be], [R, al, S, be]
            up[i] *= 1 + h
            down[i] *= 1 - h
            two[2 + i] = (loglik(up) - loglik(down)) / (up[i] - down[i])
    for t in ts:
        one += [pa * k / (al + TT) * life(S, be + TT, mpf(t)), R / al * life(S, be, mpf(t))]
        two += [pa2 * k / (al + TT) * life2(S, be + TT, mpf(t)), R / al * life2(S, be, mpf(t))]
    return one, two


def rise_log(a, x):
    with mp.workdps(mp.dps + 20):
        return loggamma(a + x) - loggamma(a)


def rise_psi(a, x):
    with mp.workdps(mp.dps + 20):
        return psi(0, a + x) - psi(0, a)


def bg(r, alpha, a, b, x, tx, T, ts):
    R, al, A, Bb, tX, TT = (mpf(v) for v in (r, alpha, a, b, tx, T))

    def loglik(P):
        R, al, A, Bb = P
        base = rise_log(R, x) + R * log(al) - (R + x) * log(al + TT) + rise_log(Bb, x) - rise_log(A + Bb, x)
        if x == 0:
            return base, mpf(1)
        odds = A / (Bb + x - 1) * exp((R + x) * log((al + TT) / (al + tX)))
        return base + log1p(odds), 1 / (1 + odds)
    with mp.workdps(90):
        P = [R, al, A, Bb]
        ll, pa = loglik(P)
        one = [ll, pa]
        h = mpf(10) ** -30
        for i in range(4):
            up, down = list(P), list(P)
            up[i] *= 1 + h
            down[i] *= 1 - h
            one.append((loglik(up)[0] - loglik(down)[0]) / (up[i] - down[i]))
    with mp.workdps(120):
        # gammas written out, then one logarithm
        g = mp.gamma
        t1 = exp(loggamma(Bb + x) - loggamma(A + Bb + x) - (R + x) * log(al + TT))
        t2 = mpf(0) if x == 0 else A * exp(loggamma(Bb + x - 1) - loggamma(A + Bb + x) - (R + x) * log(al + tX))
        top = max(t1, t2)
        ll2 = loggamma(R + x) - loggamma(R) + R * log(al) + loggamma(A + Bb) - loggamma(Bb) + log(top) + log1p(min(t1, t2) / top)
        pa2 = t1 / (t1 + t2)
        left = 1 - pa2
        both = psi(0, A + Bb + x) - psi(0, A + Bb)
        two = [ll2, pa2,
               psi(0, R + x) - psi(0, R) + log(al) - pa2 * log(al + TT) - left * log(al + tX),
               R / al - (R + x) * (pa2 / (al + TT) + left / (al + tX)),
               left / A - both,
               psi(0, Bb + x) - psi(0, Bb) - both - (left / (Bb + x - 1) if x else 0)]
    for t in ts:
        (c1,), (c2,) = mean_case(R + x, mpf(t) / (al + TT), A, Bb + x)
        (n1,), (n2,) = mean_case(R, mpf(t) / al, A, Bb)
        one += [pa * c1, n1]
        two += [pa2 * c2, n2]
    return one, two


# ------------------------------------------------------------------ discounted purchases
def burst(h, scale):
    """Panels over (0, h] in ln(1 + t/scale)."""
    top = log1p(h / scale)
    n = int(top * 2) + 2
    return [top * j / n for j in range(n + 1)]


def discounted_pareto(r, alpha, s, beta, x, tx, T, h, delta):
    R, al, S, be, TT, h, d = (mpf(v) for v in (r, alpha, s, beta, T, h, delta))
    pa = mpf(1)
    if tx < T:
        I, _ = leaving(R + x, S, al, be, mpf(tx), TT)
        pa = 1 / (1 + exp(log(S) + I + (R + x) * log(al + TT) + S * log(be + TT)))
    B = be + TT
    C = pa * (R + x) / (al + TT)
    scale = 1 / (1 / B * (1 + S) + d)
    f = lambda w: exp(w) * scale * exp(-d * scale * expm1(w) - S * log1p(scale * expm1(w) / B))
    one = C * integrate(f, burst(h, scale), 40)
    with mp.workdps(80):
        two = C * exp(S * log(B) + d * B + (S - 1) * log(d)) * (gammainc(1 - S, d * B) - gammainc(1 - S, d * (B + h)))
    return [one], [two]


def discounted_bg(r, alpha, a, b, x, tx, T, h, delta):
    R, al, A, Bb, tX, TT, h, d = (mpf(v) for v in (r, alpha, a, b, tx, T, h, delta))
    k, own = R + x, al + TT
    pa = 1 / (1 + A / (Bb + x - 1) * exp(k * log((al + TT) / (al + tX)))) if x else mpf(1)
    bb = Bb + x
    with mp.workdps(36):
        scale = 1 / (1 / own * (1 + k) + d)
        rate = lambda t: k / own * exp(-(k + 1) * log1p(t / own)) * hyp2f1(k + 1, bb, A + bb, t / (own + t))
        f = lambda w: exp(w) * scale * exp(-d * scale * expm1(w)) * rate(scale * expm1(w))
        one = pa * integrate(f, burst(h, scale), 24)
        N = lambda t: mean_purchases2(k, t / own, A, bb)
        g = lambda w: exp(w) * scale * exp(-d * scale * expm1(w)) * N(scale * expm1(w))
        two = pa * (exp(-d * h) * N(h) + d * integrate(g, burst(h, scale), 24))
    return [one], [two]


# ------------------------------------------------------------------ cases
class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong


def timed(seconds, f, *args):
    """The inner limit; the outer one, LIMIT_S a case, goes on afterwards."""
    left = signal.alarm(seconds)
    try:
        return f(*args)
    finally:
        signal.alarm(max(1, left - seconds) if left else 0)


def agree(a, b):
    return abs(a - b) <= AGREE * max(abs(a), abs(b)) or (a == 0 and abs(b) < mpf(10) ** -40)


def lu(rng, lo, hi):
    return float(f'{10 ** rng.uniform(lo, hi):.6g}')


def some(rng):
    """A parameter: mostly 1e-3 to 1e4, at times 1e-6 to 1e6."""
    return lu(rng, -3, 4) if rng.random() < 0.7 else lu(rng, -6, 6)


def history(rng):
    T = lu(rng, -2, 4) if rng.random() < 0.7 else lu(rng, -6, 6)
    x = rng.choice([0, 1, 2, 3, int(lu(rng, 0.5, 3)), int(lu(rng, 1, 5))])
    share = rng.choice([1, rng.random(), rng.random(), 1 - lu(rng, -9, -1), lu(rng, -9, -1)])
    return x, 0.0 if x == 0 else T * share if share == 1 else min(T, float(f'{T * share:.6g}')), T


def rise_cases(rng):
    ns = [1, 2, 3, 10, 100, 1000, 1e5, 1e6, 0.5, 1e-3, 1e-6]
    for a in (1e-9, 1e-3, 0.5, 1.0, 9.5, 10.0, 10.5, 1e3, 1e6, 1e9):
        for n in ns:
            yield a, n
    for _ in range(120):
        n = lu(rng, -6, 6)
        yield lu(rng, -9, 9), rng.choice([n, float(int(n) + 1)])
    for _ in range(40):
        yield rng.uniform(0.01, 12), float(rng.randint(1, 20))


def gamma_cases(rng):
    for a in (1e-300, 1e-9, 1e-3, 0.5, 1.0, 1.0000001, 1.4616321449683622, 1.5, 2.0, 1.9999999, 3.0, 9.99, 10.0, 10.01, 1e9):
        yield (a,)
    for _ in range(60):
        yield (lu(rng, -9, 9),)
    for _ in range(60):
        yield (rng.uniform(0.01, 15),)


def death_cases(rng):
    for _ in range(200):
        wild = rng.random() < 0.6
        p = (lambda: lu(rng, -6, 6)) if wild else (lambda: some(rng))
        k = rng.choice([lu(rng, -6, 0), lu(rng, 0, 3), lu(rng, 1, 5), 1.0, 1 + lu(rng, -12, -1)])
        al = p()
        be = rng.choice([p(), p(), al, al * (1 + lu(rng, -14, -2)), al * (1 - lu(rng, -14, -2))])
        T = lu(rng, -6, 6)
        tx = rng.choice([0.0, T * rng.random(), T * (1 - lu(rng, -9, -1)), T * lu(rng, -9, -1)])
        yield k, p(), al, be, tx, T


def mean_cases(rng):
    for k in (1e-6, 0.5, 3.0, 1e3, 1e5):
        for tau in (1e-6, 1.0, 1e4):
            for a, b in ((1.0, 2.5), (0.25, 0.75), (1e-6, 1.0), (1.0, 1e-6), (1e-6, 1e-6), (1e6, 1e6), (1e-6, 1e6), (1e6, 1e-6), (1 + 1e-9, 3.0)):
                yield k, tau, a, b
    for _ in range(120):
        p = (lambda: lu(rng, -6, 6)) if rng.random() < 0.5 else (lambda: lu(rng, -3, 3))
        yield lu(rng, -6, 5.3), lu(rng, -9, 9), p(), p()


def customer_cases(rng):
    for _ in range(220):
        P = [some(rng) for _ in range(4)]
        if rng.random() < 0.15:
            P[3] = P[1] * rng.choice([1.0, 1 + lu(rng, -13, -3)])
        if rng.random() < 0.1:
            P[2] = rng.choice([1.0, 1 + lu(rng, -12, -3)])
        yield (*P, *history(rng), [lu(rng, -1, 3), lu(rng, -6, 6)])


def discount_cases(rng):
    for _ in range(60):
        P = [lu(rng, -1.5, 1.5), lu(rng, -1, 3), lu(rng, -2, 1), lu(rng, -1, 3)]
        yield (*P, *gentle(rng), lu(rng, 0, 4), lu(rng, -5, 0))
    for _ in range(30):
        P = [some(rng) for _ in range(4)]
        x, tx, T = history(rng)
        yield (*P, min(x, 2000), tx, T, lu(rng, -2, 6), lu(rng, -6, 1))
    for P in ([0.5533, 10.578, 0.6061, 11.669], [0.243, 4.414, 0.793, 2.426]):
        for x, tx, T in ((2, 30.43, 38.86), (0, 0.0, 0.0), (1, 0.5, 1.0), (200, 38.0, 38.86), (0, 0.0, 38.86)):
            for h in (52, 520):
                yield (*P, x, tx, T, float(h), 0.0018)


def gentle(rng):
    T = lu(rng, -1, 3)
    x = rng.choice([0, 1, 3, int(lu(rng, 0, 2.5))])
    return x, 0.0 if x == 0 else float(f'{T * rng.random():.6g}'), T


GRADIENT = {'pareto': ['r', 'alpha', 's', 'beta'], 'bg': ['r', 'alpha', 'a', 'b']}


def customer_row(kind):
    names = GRADIENT[kind]

    def row(case, v):
        *P, x, tx, T, ts = case
        return {'parameters': dict(zip(names, P)), 'x': x, 'tx': tx, 'T': T, 'log_likelihood': v[0], 'p_alive': v[1],
                'gradient': v[2:6], 'horizons': ts, 'expected_purchases': v[6::2], 'expected_purchases_new': v[7::2]}
    return row


def discount_row(kind):
    def row(case, v):
        *P, x, tx, T, h, delta = case
        return {'parameters': dict(zip(GRADIENT[kind], P)), 'x': x, 'tx': tx, 'T': T, 'horizon': h, 'delta': delta, 'value': v[0]}
    return row


def plain(inputs, outputs):
    return lambda case, v: {**dict(zip(inputs, case)), **dict(zip(outputs, v))}


JOBS = {
    'rises': (rise_cases, rises, plain(['a', 'n'], ['logRising', 'digammaRise', 'trigammaRise'])),
    'gammas': (gamma_cases, gammas, plain(['a'], ['logGammaStar', 'logGamma', 'digamma', 'trigamma'])),
    'leaving': (death_cases, death, plain(['k', 's', 'alpha', 'beta', 'tx', 'T'], ['logIntegral'])),
    'meanPurchases': (mean_cases, mean_case, plain(['k', 'tau', 'a', 'b'], ['value'])),
    'paretoNbd': (customer_cases, pareto, customer_row('pareto')),
    'bgNbd': (customer_cases, bg, customer_row('bg')),
    'discountedParetoNbd': (discount_cases, discounted_pareto, discount_row('pareto')),
    'discountedBgNbd': (discount_cases, discounted_bg, discount_row('bg')),
}


def negligible(name, values, i):
    """A gradient component far below the others is known only relative to them; see test/btyd/accuracy.test.ts."""
    return name in ('paretoNbd', 'bgNbd') and 2 <= i < 6


def run(job):
    name, case = job
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT_S)
    start = time.time()
    try:
        one, two = JOBS[name][1](*case)
        scale = None
        if name in ('paretoNbd', 'bgNbd'):
            scale = max(abs(v) * mpf(p) for v, p in zip(one[2:6], case[:4]))
        for i, (a, b) in enumerate(zip(one, two)):
            if agree(a, b):
                continue
            if negligible(name, one, i) and abs(a - b) * mpf(case[i - 2]) <= AGREE * scale:
                continue
            return name, case, None, f'value {i}: {mp.nstr(a, 22)} against {mp.nstr(b, 22)}'
        for v in one:
            if not mp.isfinite(v) or isinstance(v, mpc):
                return name, case, None, 'not finite'
        return name, case, [mp.nstr(v, 20, min_fixed=-4, max_fixed=7) for v in one], f'{time.time() - start:.1f}'
    except Exception as error:
        return name, case, None, f'{type(error).__name__} {error}'[:120]
    finally:
        signal.alarm(0)


def main():
    wanted = sys.argv[2:] or list(JOBS)
    jobs = []
    for name in wanted:
        jobs += [(name, case) for case in JOBS[name][0](random.Random(f'clv/{name}'))]
    target = Path(__file__).resolve().parent.parent / 'kernels.json'
    known = json.loads(target.read_text()) if len(sys.argv) > 2 and target.exists() else {'values': {}, 'left_out': {}}
    out, left_out = known['values'], known['left_out']
    left_out.update({name: 0 for name in wanted})
    for name in wanted:
        out[name] = []
    with Pool(int(sys.argv[1]) if len(sys.argv) > 1 else 2) as pool:
        for name, case, values, note in pool.imap(run, jobs):
            if values is None:
                left_out[name] += 1
                print('LEFT OUT', name, case, note, flush=True)
            else:
                out[name].append(JOBS[name][2](case, values))
    lines = [f'  {json.dumps(name)}: [\n' + ',\n'.join('   ' + json.dumps(row) for row in rows) + '\n  ]' for name, rows in ((name, out[name]) for name in JOBS if name in out)]
    target.write_text(f'{{"digits": 20, "agreement": "1e-18", "left_out": {json.dumps(left_out)},\n "values": {{\n' + ',\n'.join(lines) + '\n }\n}\n')
    print({name: (len(out[name]), left_out[name]) for name in wanted}, flush=True)


if __name__ == '__main__':
    main()
