"""Writes ../more-models.json: models and quantities that ../accuracy.json lacks.

    python more_models.py [STAGE ...]     stages A C B D E F G; none named: all of them, some fifteen minutes on one core

The file is written anew after each stage; stages that are not run keep what the file has. Needs mpmath (and gmpy2, for speed).

Values are computed by two routes that agree to 1e-22 relative (a gradient: of 1e-3 of its largest component):

  lifetimes (Pareto/NBD, GG/NBD)  quadrature over the time of death | quadrature after integration by parts; closed forms with
                                  2F1 (pmf of the Pareto/NBD up to n = 5, idle, expectations, DERT) where there are any
  BG/NBD, MBG/NBD                 2F1 and log-gamma | tanh-sinh quadrature over p, or over lambda and p
  BG/CNBD-k, MBG/CNBD-k           sums of negative binomial stage counts | quadrature over lambda of Poisson stage counts,
                                  moments of 1-p by quadrature
  BG/BB, BdW                      log-gamma | quadrature over p, theta
  Sarmanov                        four Pareto/NBD likelihoods | quadrature over lambda and mu
  Gamma-Gamma spend               incomplete beta | quadrature over nu

Not so: the gradient of the Sarmanov by r, alpha, s, beta (1e-18, extrapolated differences of the quadrature route); the discounted sums
of the BdW except for t = 1 and 12 with b > 0.04 (one route).
"""
import json, os, sys, time
from pathlib import Path
from models import (mp, mpf, ParetoNBD, BGNBD, MBGNBD, gradient, lbeta, hyp2f1, hyperu, log, exp, loggamma, rf, digamma)

mp.dps = 50
FILE = Path(__file__).resolve().parent.parent / 'more-models.json'
RATE = 0.15 / 52
D = 0.1
TOL = mpf(10) ** -22
CHECKS = {}  # quantity -> number of values that had a second route


def text(v):
    return mp.nstr(v, 25, min_fixed=-4, max_fixed=7)


def agree(a, b, what, floor=0):
    assert mp.isfinite(a) and mp.isfinite(b), (what, a, b)
    gap = abs(a - b) / max(abs(a), abs(b), mpf(floor)) if a != b else mpf(0)
    assert gap < TOL, (what, mp.nstr(a, 25), mp.nstr(b, 25), mp.nstr(gap, 3))
    return a


# ---------------------------------------------------------------- quadrature
def legendre(n, dps=60):
    with mp.workdps(dps):
        out = []
        for i in range(1, n + 1):
            x = mp.cos(mp.pi * (i - mpf(1) / 4) / (n + mpf(1) / 2))
            for _ in range(9):
                p0, p1 = mpf(1), x
                for k in range(2, n + 1):
                    p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
                dp = n * (x * p1 - p0) / (x * x - 1)
                x -= p1 / dp
            out.append((x, 2 / ((1 - x * x) * dp * dp)))
        return out


NODES = legendre(26)


def integral(f, lo, hi, tol=mpf(10) ** -24, cuts=30):
    """Adaptive Gauss-Legendre for a function with a list of values; first cuts are geometric towards `lo`.

    A panel is halved until its two halves change nothing at `tol`; what is kept is the halves, many digits better."""
    lo, hi = mpf(lo), mpf(hi)
    if lo == hi:
        return [mpf(0) for _ in f(lo)]

    def panel(a, b):
        h, m, out = (b - a) / 2, (a + b) / 2, None
        for x, w in NODES:
            v = f(m + h * x)
            out = [w * q for q in v] if out is None else [o + w * q for o, q in zip(out, v)]
        return [h * o for o in out]
    pts = [lo] + [lo + (hi - lo) / 2 ** j for j in range(cuts, -1, -1)]
    todo = [(a, b, panel(a, b)) for a, b in zip(pts, pts[1:])]
    scale = [sum(abs(t[2][i]) for t in todo) for i in range(len(todo[0][2]))]
    total = [mpf(0)] * len(scale)
    depth = 0
    while todo:
        depth += 1
        assert depth < 3000, 'no convergence'
        a, b, v = todo.pop()
        m = (a + b) / 2
        l, r = panel(a, m), panel(m, b)
        halves = [p + q for p, q in zip(l, r)]
        if all(abs(h - o) <= tol * s for h, o, s in zip(halves, v, scale)):
            total = [t + h for t, h in zip(total, halves)]
        else:
            todo += [(a, m, l), (m, b, r)]
            scale = [max(s, abs(h)) for s, h in zip(scale, halves)]
    return total


def beta_nodes(a, b, h=None):
    """[(weight, p, 1-p)] with the weights of Beta(a, b): tanh-sinh, p = 1/(1+exp(-y)), y = m + pi sinh v."""
    a, b = mpf(a), mpf(b)
    m = log(a / b)
    n = a + b
    width = mp.sqrt(1 / a + 1 / b)
    h = h or min(mpf(1) / 40, width / 16)
    ln = lbeta(a, b)

    def node(v):
        y = m + mp.pi * mp.sinh(v)
        if y < 0:
            e = exp(y)
            lp, lq = y - mp.log1p(e), -mp.log1p(e)
        else:
            e = exp(-y)
            lp, lq = -mp.log1p(e), -y - mp.log1p(e)
        return exp(a * lp + b * lq - ln) * mp.pi * mp.cosh(v) * h, exp(lp), exp(lq)
    out = []
    for sign in (1, -1):
        k = 0 if sign == 1 else 1
        small = 0
        while small < 3:
            t = node(sign * k * h)
            out.append(t)
            small = small + 1 if t[0] < mpf(10) ** -48 else 0
            k += 1
    return out


def gamma_nodes(K, A, power=0):
    """[(weight, lambda)] with the weights of Gamma(K, rate A): lambda = max(K,1)/A exp(v - exp(-v)).

    Fine and wide enough for moments up to lambda^power, also where those lie far in a tail."""
    K, A = mpf(K), mpf(A)
    h = min(mpf(1) / 32, 1 / (mpf(4) * mp.sqrt(K + power)))
    c, ln = max(K, 1), loggamma(K)

    def node(v):
        y = v - exp(-v)
        l = c * exp(y)
        return exp(K * log(l) - l - ln) * (1 + exp(-v)) * h, l / A
    out, start = [], mpf('0.567')
    for sign in (1, -1):
        k = 0 if sign == 1 else 1
        small = 0
        while small < 3:
            t = node(start + sign * k * h)
            out.append(t)
            small = small + 1 if t[0] < mpf(10) ** (-48 - 4 * power) else 0
            k += 1
    return out


# ---------------------------------------------------------------- pieces
def nb(K, A, t, n):
    """P(n events in t), rate Gamma(K, A)."""
    if t == 0:
        return mpf(n == 0)
    return exp(loggamma(K + n) - loggamma(K) - loggamma(n + 1) + K * log(A / (A + t)) + n * log(t / (A + t)))


def nb_tail(K, A, t, n):
    """P(n or more events in t)."""
    if n <= 0:
        return mpf(1)
    z = t / (A + t)
    if z == 0:
        return mpf(0)
    # Euler-transformed: nb(n) 2F1(1, K+n; n+1; z) = nb(n) / (1-z)^K 2F1(n, 1-K; n+1; z)
    return nb(K, A, t, n) * exp(-K * log(1 - z)) * hyp2f1(n, 1 - K, n + 1, z)


def gamma_cdf(K, A, v):
    z = A * v
    return exp(K * log(z) - z - loggamma(K + 1)) * mp.hyp1f1(1, K + 1, z)


def gamma_cdf2(K, A, v):
    return mp.gammainc(K, 0, A * v, regularized=True)


def life_pmf(K, A, S, f, t, ns):
    """P(n events in (0, t]), rate Gamma(K, A), lifetime with survival S and density f: two routes."""
    head = {n: exp(loggamma(K + n) - loggamma(K) - loggamma(n + 1)) for n in ns}

    def NB(n, u):
        return head[n] * exp(K * log(A / (A + u))) * (u / (A + u)) ** n

    def one(u):
        q, z, d = exp(K * log(A / (A + u))), u / (A + u), f(u)
        return [head[n] * q * z ** n * d for n in ns]

    def two(u):
        q, z, s = exp(K * log(A / (A + u))), u / (A + u), S(u)
        return [head[n] * q * s * ((z ** (n - 1) * (n * A - K * u) / (A + u) ** 2) if n else -K / (A + u)) for n in ns]
    I1, I2 = integral(one, 0, t), integral(two, 0, t)
    return {n: (NB(n, t) * S(t) + I1[i], mpf(n == 0) + I2[i]) for i, n in enumerate(ns)}


def pareto_pmf_closed(r, al, s, be, t, x):
    """Fader & Hardie (2006), Deriving an expression for P(X(t) = x) under the Pareto/NBD."""
    with mp.workdps(mp.dps + 60):
        def F(i, t):
            c = r + s + x + 1
            if al >= be:
                return hyp2f1(r + s + i, s + 1, c, (al - be) / (al + t)) * exp(-(r + s + i) * log(al + t))
            return hyp2f1(r + s + i, r + x, c, (be - al) / (be + t)) * exp(-(r + s + i) * log(be + t))
        total = F(0, mpf(0)) - sum(rf(r + s, i) * t ** i / mp.factorial(i) * F(i, t) for i in range(x + 1))
        front = exp(r * log(al) + s * log(be) + lbeta(r + x, s + 1) - lbeta(r, s))
        return nb(r, al, t, x) * exp(s * log(be / (be + t))) + front * total


class Out:
    def __init__(self, head):
        self.row, self.head = dict(head), head

    def put(self, key, a, b=None, floor=0):
        """Store `a`; `b` is the second route's value."""
        if b is not None:
            if key == 'log_likelihood' and abs(a) < mpf(10) ** -30:
                a = mpf(0)
                floor = 1
            agree(a, b, (self.head.get('tag'), self.head.get('parameters'), key), floor)
            q = key.split(':')[0]
            CHECKS[q] = CHECKS.get(q, 0) + 1
        *path, last = key.split(':')
        o = self.row
        for p in path:
            o = o.setdefault(p, {})
        o[last] = text(a)


def put_gradient(out, names, g1, g2=None, key='gradient'):
    top = max(abs(g) for g in g1)
    for i, n in enumerate(names):
        a, b = g1[i], None if g2 is None else g2[i]
        if abs(a) < mpf(10) ** -30 * max(top, 1):
            a = mpf(0)
        out.put(f'{key}:{n}', a, b, floor=max(top * mpf(10) ** -3, mpf(10) ** -12))


def head(tag, names, P, x, tx, T, **more):
    return {'tag': tag, 'parameters': dict(zip(names, P)), **more, 'x': x, 't_x': float(tx), 'T': float(T)}


def two_points(mean):
    """Two short decimals about half and twice the mean."""
    return [float(mp.nstr(mean / 2, 2)), float(mp.nstr(mean * 2, 2))]


# ---------------------------------------------------------------- A
TS, NS, WINDOWS = [1, 39, 400], [0, 1, 2, 5, 20, 100], [(5, 10), (40, 80)]


def pareto(tag, P, x, tx, T):
    names = ParetoNBD.names
    out = Out(head(tag, names, P, x, tx, T))
    M = [mpf(p) for p in P]
    r, al, s, be = M
    tx, T, rate = mpf(tx), mpf(T), mpf(RATE)
    pref, alive, dead = ParetoNBD.parts(M, x, tx, T)
    k, A, Bt = r + x, al + T, be + T
    # second route to the odds: quadrature over the time of death
    dens = lambda u: s / (be + u) * exp(k * log(A / (al + u)) + s * log(Bt / (be + u)))
    dead2 = integral(lambda u: [dens(u)], tx, T)[0]
    out.put('log_likelihood', pref + alive + log(1 + dead), log(rf(r, x)) + r * log(al) + s * log(be) + alive + log(1 + dead2))
    pa, pa2 = 1 / (1 + dead), 1 / (1 + dead2)
    out.put('p_alive', pa, pa2)
    S = lambda u: exp(s * log(Bt / (Bt + u)))
    f = lambda u: s / (Bt + u) * S(u)
    mu = gamma_nodes(s, Bt)
    for t in TS:
        out.put(f'survival:{t}', S(t), sum(w * exp(-m * t) for w, m in mu))
    for t in TS:
        life = Bt * log((Bt + t) / Bt) if s == 1 else Bt / (s - 1) * (1 - exp((s - 1) * log(Bt / (Bt + t))))
        out.put(f'conditional_expected_purchases:{t}', pa * k / A * life, pa2 * k / A * integral(lambda u: [S(u)], 0, t)[0])
    for t in TS:
        pm = life_pmf(k, A, S, f, mpf(t), NS)
        for n in NS:
            a, b = (pa * v + (1 - pa) * (n == 0) for v in pm[n])
            out.put(f'pmf:{t}:{n}', a, b)
            if n <= 5:
                c = pa * pareto_pmf_closed(k, A, s, Bt, mpf(t), n) + (1 - pa) * (n == 0)
                agree(a, c, (tag, 'closed pmf', t, n))
    for lo, hi in WINDOWS:
        p0 = pareto_pmf_closed(k, A, s, Bt + lo, mpf(hi - lo), 0)
        v = integral(lambda u: [exp(k * log(A / (A + u))) * f(lo + u)], 0, hi - lo)[0]
        v += exp(k * log(A / (A + hi - lo))) * S(mpf(hi))
        out.put(f'idle:{lo}-{hi}', 1 - pa * S(lo) + pa * S(lo) * p0, 1 - pa2 * S(lo) + pa2 * v)
    z = rate * Bt
    far = mpf(120) / rate
    d2 = integral(lambda u: [exp(-rate * u) * S(u)], 0, far)[0]
    out.put('dert_rate', pa * k / A * Bt * exp((s - 1) * log(z)) * hyperu(s, s, z), pa2 * k / A * d2)
    # posterior of the rate: mixture over alive / died at u; and as a ratio of likelihoods with r + 1, or from its density
    mean = (k / A + integral(lambda u: [dens(u) * k / (al + u)], tx, T)[0]) / (1 + dead2)
    up = ParetoNBD.loglik([r + 1, al, s, be], x, tx, T)
    out.put('rate_mean', mean, r / al * exp(up - pref - alive - log(1 + dead)))
    for v in two_points(mean):
        q = mpf(v)
        a = pa2 * (gamma_cdf(k, A, q) + integral(lambda u: [dens(u) * gamma_cdf(k, al + u, q)], tx, T)[0])

        def density(y):  # of log(q / lambda)
            l = q * exp(-y)
            d = exp(-l * T + s * log(be / (be + T)))
            if tx < T:
                d += s * exp(l * be) * (exp(s * log(be / (be + tx))) * mp.expint(s + 1, l * (be + tx)) - exp(s * log(be / (be + T))) * mp.expint(s + 1, l * (be + T)))
            return [exp(k * log(l) - al * l + pref - loggamma(k) - s * log(be) - const) * d]
        const = pref + alive + log(1 + dead)
        b = integral(density, 0, 70 / k + log(1 + q * A) + 5, cuts=10)[0]
        out.put(f'rate_cdf:{v!r}', a, b)
    return out.row


def geo(cls):
    e = cls.shift

    def row(tag, P, x, tx, T):
        out = Out(head(tag, cls.names, P, x, tx, T))
        M = [mpf(p) for p in P]
        r, al, a, b = M
        tx, T, rate = mpf(tx), mpf(T), mpf(RATE)
        base, odds = cls.parts(M, x, tx, T)
        out.put('log_likelihood', base + log(1 + odds), cls.loglik2(M, x, tx, T))
        k, A, bb = r + x, al + T, b + x + e
        prior = beta_nodes(a, b)
        # alive and left straight from the definition: quadrature over p
        live = sum(w * q ** (x + e) for w, p, q in prior) * exp(-k * log(A))
        left = sum(w * p * q ** (x + e - 1) for w, p, q in prior) * exp(-k * log(al + tx)) if x + e else mpf(0)
        pa, pa2 = 1 / (1 + odds), live / (live + left)
        out.put('p_alive', pa, pa2)
        nodes = beta_nodes(a, bb)
        E = lambda g: sum(w * g(p, q) for w, p, q in nodes)
        surv = lambda t, A=A: hyp2f1(k, a, a + bb, -t / A)
        for t in TS:
            out.put(f'survival:{t}', surv(mpf(t)), E(lambda p, q: exp(-k * log(1 + p * t / A))))
        for t in TS:
            out.put(f'conditional_expected_purchases:{t}', pa * cls.mean(k, A, a, bb, mpf(t)),
                    pa2 * E(lambda p, q: -mp.expm1(-k * mp.log1p(p * t / A)) / p))
        moments = {n: (E(lambda p, q: q ** n), E(lambda p, q: p * q ** (n - 1)) if n else mpf(0)) for n in NS}
        lam = gamma_nodes(k, A, max(NS))
        for t in TS:
            acc = [exp(-l * t) for w, l in lam]  # Poisson probabilities by recursion, over the nodes of lambda
            pois, cdf = {0: list(acc)}, {}
            below = [mpf(0)] * len(lam)
            for n in range(1, max(NS) + 1):
                below = [s + c for s, c in zip(below, acc)]
                acc = [c * l * t / n for c, (w, l) in zip(acc, lam)]
                if n in NS:
                    pois[n], cdf[n] = list(acc), list(below)
            for n in NS:
                v = exp(lbeta(a, bb + n) - lbeta(a, bb)) * nb(k, A, mpf(t), n)
                if n:
                    v += exp(lbeta(a + 1, bb + n - 1) - lbeta(a, bb)) * nb_tail(k, A, mpf(t), n)
                v2 = moments[n][0] * sum(w * c for (w, l), c in zip(lam, pois[n]))
                if n:  # 1 - P(fewer than n) loses digits where the tail is small
                    tail = sum(w * (1 - c if c < mpf('0.5') else poisson_tail(l * t, n)) for (w, l), c in zip(lam, cdf[n]))
                    v2 += moments[n][1] * tail
                out.put(f'pmf:{t}:{n}', pa * v + (1 - pa) * (n == 0), pa2 * v2 + (1 - pa2) * (n == 0))
        for lo, hi in WINDOWS:
            g = hi - lo
            v = surv(mpf(lo)) - exp(k * log(A / (A + g))) * surv(mpf(lo), A + g)
            v2 = E(lambda p, q: exp(-k * log(1 + p * lo / A)) - exp(-k * log(1 + (p * lo + g) / A)))
            out.put(f'idle:{lo}-{hi}', 1 - pa * v, 1 - pa2 * v2)
        # E[lambda / (rate + lambda p)]: over lambda in closed form, over p by quadrature; and over both by quadrature
        d1 = E(lambda p, q: k * exp(k * log(A * rate / p)) * hyperu(k + 1, k + 1, A * rate / p) / p)
        d2 = mpf(0)
        for w, l in lam:
            c = rate / l
            d2 += w * sum(v / (c + p) for v, p, q in nodes)
        out.put('dert_rate', pa * d1, pa2 * d2)
        mean = pa * k / A + (1 - pa) * k / (al + tx)
        out.put('rate_mean', mean, pa2 * sum(w * l for w, l in lam) + (1 - pa2) * k / (al + tx))
        for v in two_points(mean):
            q = mpf(v)
            out.put(f'rate_cdf:{v!r}', pa * gamma_cdf(k, A, q) + (1 - pa) * gamma_cdf(k, al + tx, q),
                    pa2 * gamma_cdf2(k, A, q) + (1 - pa2) * gamma_cdf2(k, al + tx, q))
        return out.row
    return row


def poisson_tail(m, n):
    term = exp(-m + n * log(m) - loggamma(n + 1))
    total, i = term, n
    while term > total * mpf(10) ** -(mp.dps + 2):
        i += 1
        term *= m / i
        total += term
    return total


def nbd(tag, P, x, tx, T):
    names = ['r', 'alpha']
    out = Out(head(tag, names, P, x, tx, T))
    r, al = M = [mpf(p) for p in P]
    T, rate = mpf(T), mpf(RATE)
    k, A = r + x, al + T
    ll = lambda M: loggamma(M[0] + x) - loggamma(M[0]) + M[0] * log(M[1]) - (M[0] + x) * log(M[1] + T)
    prior = gamma_nodes(r, al)
    out.put('log_likelihood', ll(M), log(sum(w * l ** x * exp(-l * T) for w, l in prior)))
    put_gradient(out, names, gradient(ll, M), [digamma(k) - digamma(r) + log(al / A), r / al - k / A])
    out.put('p_alive', mpf(1))
    lam = gamma_nodes(k, A, max(NS))
    for t in TS:
        out.put(f'survival:{t}', mpf(1))
        out.put(f'conditional_expected_purchases:{t}', k * t / A, sum(w * l * t for w, l in lam))
    for t in TS:
        for n in NS:
            out.put(f'pmf:{t}:{n}', nb(k, A, mpf(t), n), sum(w * exp(-l * t) * (l * t) ** n for w, l in lam) / mp.factorial(n))
    for lo, hi in WINDOWS:
        out.put(f'idle:{lo}-{hi}', exp(k * log(A / (A + hi - lo))), sum(w * exp(-l * (hi - lo)) for w, l in lam))
    out.put('dert_rate', k / A / rate, sum(w * l for w, l in lam) / rate)
    out.put('rate_mean', k / A, sum(w * l for w, l in lam))
    for v in two_points(k / A):
        out.put(f'rate_cdf:{v!r}', gamma_cdf(k, A, mpf(v)), gamma_cdf2(k, A, mpf(v)))
    return out.row


def customers():
    yield 'ordinary', (2, 30.43, 38.86)
    yield 'x=0', (0, 0, 38.86)
    yield 't_x=T', (3, 20.0, 20.0)
    yield 'T=0', (0, 0, 0)
    yield 'x=200', (200, 300.5, 365.0)
    yield 'early last purchase', (1, 1.71, 38.86)


def stage_A():
    O = (2, 30.43, 38.86)
    P = [0.5533, 10.578, 0.6061, 11.669]
    rows = [pareto(t, P, *c) for t, c in customers()]
    for t, Q, c in [('s=1', [0.5533, 10.578, 1.0, 11.669], O), ('r=0.05, alpha=500', [0.05, 500.0, 0.6061, 11.669], O),
                    ('beta=0.01', [0.5533, 10.578, 0.6061, 0.01], O), ('alpha=beta', [0.55, 10.0, 0.6, 10.0], O),
                    ('large s, beta', [5.0, 2.0, 3.0, 100.0], (4, 11.0, 12.5)), ('x=40, T=1000', P, (40, 700.0, 1000.0)),
                    ('s=0.05, beta=0.01', [0.55, 10.0, 0.05, 0.01], O), ('large r, alpha, s, beta', [50.0, 1000.0, 30.0, 1000.0], O)]:
        rows.append(pareto(t, Q, *c))
    yield 'pareto-nbd', rows
    for model, cls, P in (('bg-nbd', BGNBD, [0.243, 4.414, 0.793, 2.426]), ('mbg-nbd', MBGNBD, [0.525, 6.183, 0.891, 1.614])):
        row = geo(cls)
        rows = [row(t, P, *c) for t, c in customers()]
        for t, Q, c in [('a=1', P[:2] + [1.0, 2.4], O), ('a+b<1', P[:2] + [0.3, 0.4], O), ('a+b<1, x=0', P[:2] + [0.3, 0.4], (0, 0, 38.86)),
                        ('r=0.05, alpha=500', [0.05, 500.0] + P[2:], O), ('a+b=1', P[:2] + [0.25, 0.75], O), ('a=b=0.05', P[:2] + [0.05, 0.05], O),
                        ('large a, b', P[:2] + [5.0, 20.0], (4, 11.0, 12.5)), ('large r, alpha', [50.0, 1000.0] + P[2:], O)]:
            rows.append(row(t, Q, *c))
        yield model, rows
    rows = [nbd(t, [0.385, 12.07], *c) for t, c in customers()]
    for t, Q, c in [('r=1', [1.0, 12.0], O), ('r=0.05, alpha=500', [0.05, 500.0], O), ('alpha=0.01', [0.385, 0.01], O), ('r=50, alpha=1000', [50.0, 1000.0], O),
                    ('x=40, T=1000', [0.385, 12.07], (40, 700.0, 1000.0)), ('r=0.001', [0.001, 1.0], O), ('alpha=1e4', [2.0, 1e4], (1, 3.0, 7.0)), ('r=5, alpha=2', [5.0, 2.0], (4, 11.0, 12.5))]:
        rows.append(nbd(t, Q, *c))
    yield 'nbd', rows


# ---------------------------------------------------------------- C
def ggom(tag, P, x, tx, T):
    names = ['r', 'alpha', 'b', 's', 'beta']
    out = Out(head(tag, names, P, x, tx, T))
    r, al, b, s, be = M = [mpf(p) for p in P]
    tx, T, rate = mpf(tx), mpf(T), mpf(RATE)
    k, A = r + x, al + T
    # all terms relative to `top`, the logarithm of the survivor term (alpha+tx)^-k S(tx)
    D = lambda u: be + mp.expm1(b * u)
    top = -k * log(al + tx) + s * (log(be) - log(D(tx)))

    def survivor(u):
        """(alpha+u)^-k S(u) and its derivatives by each parameter, over the value."""
        d, lu, la = D(u), log(be), log(al + u)
        v = exp(-k * la + s * (lu - log(d)) - top)
        return v, [-la, -k / (al + u), -s * u * exp(b * u) / d, lu - log(d), s / be - s / d]

    def death(u):  # density of the death time
        d, e = D(u), exp(b * u)
        v, g = survivor(u)
        v *= b * s * e / d
        g = [g[0], g[1], g[2] + 1 / b + u - u * e / d, g[3] + 1 / s, g[4] - 1 / d]
        return [v] + [v * q for q in g]

    def parts(u):  # after integration by parts: -k (alpha+u)^-(k+1) S(u)
        v, g = survivor(u)
        v *= -k / (al + u)
        g = [g[0] + 1 / k, g[1] - 1 / (al + u), g[2], g[3], g[4]]
        return [v] + [v * q for q in g]
    alive, ga = survivor(T)
    start, gs = survivor(tx)
    I1, I2 = integral(death, tx, T), integral(parts, tx, T)
    L1, L2 = alive + I1[0], start + I2[0]
    pref = [digamma(k) - digamma(r) + log(al), r / al, 0, 0, 0]
    out.put('log_likelihood', loggamma(k) - loggamma(r) + r * log(al) + top + log(L1), log(rf(r, x)) + r * log(al) + top + log(L2))
    g1 = [p + (alive * g + i) / L1 for p, g, i in zip(pref, ga, I1[1:])]
    g2 = [p + (start * g + i) / L2 for p, g, i in zip(pref, gs, I2[1:])]
    put_gradient(out, names, g1, g2)
    pa, pa2 = alive / L1, alive / L2
    out.put('p_alive', pa, pa2)
    # alive at T: eta ~ Gamma(s, D(T)), lambda ~ Gamma(k, A)
    G, B = exp(b * T), D(T)
    S = lambda t: exp(s * (log(B) - log(B + G * mp.expm1(b * t))))
    f = lambda t: S(t) * s * b * G * exp(b * t) / (B + G * mp.expm1(b * t))
    for t in TS:  # second route: over y = log(eta / its scale)
        h = B / (B + G * mp.expm1(b * t))
        v = integral(lambda y: [exp(-s * y - exp(-y)) + exp(s * y - exp(y))], 0, 5 + 90 / s, cuts=8)[0]
        out.put(f'survival:{t}', S(t), v * exp(s * log(h) - loggamma(s)))
    c = (1 - be) / G
    with mp.workdps(mp.dps + 30):
        cc = (1 - be) / exp(b * T)
        life = lambda t: exp(s * log((be + mp.expm1(b * T)) / exp(b * T))) / (b * s) * (hyp2f1(s, s, s + 1, cc) - exp(-b * t * s) * hyp2f1(s, s, s + 1, cc * exp(-b * t)))
        lives = {t: life(mpf(t)) for t in TS}
    for t in TS:
        out.put(f'conditional_expected_purchases:{t}', pa * k / A * lives[t], pa2 * k / A * integral(lambda u: [S(u)], 0, t)[0])
    ns = [0, 1, 5, 20]
    for t in TS:
        pm = life_pmf(k, A, S, f, mpf(t), ns)
        for n in ns:
            v, v2 = pm[n]
            out.put(f'pmf:{t}:{n}', pa * v + (1 - pa) * (n == 0), pa2 * v2 + (1 - pa2) * (n == 0))
    h = rate / b
    d1 = exp(s * log(B / G)) / (b * (s + h)) * hyp2f1(s, s + h, s + h + 1, c)
    # S(u) < exp(-125) beyond `far`, or exp(-rate u) is
    far = min(120 / rate, (125 / s + log(1 + B / G)) / b)
    out.put('dert_rate', pa * k / A * d1, pa2 * k / A * integral(lambda u: [exp(-rate * u) * S(u)], 0, far)[0])
    return out.row


def stage_C():
    O = (2, 30.43, 38.86)
    P = [0.55, 10.6, 0.02, 0.6, 0.5]
    with_b = lambda b, be, s=0.6: [0.55, 10.6, b, s, be]
    cases = [(t, P, c) for t, c in customers()]
    cases += [(f'b={b!r}, beta={be!r}', with_b(b, be), O) for b, be in
              [(0.001, 0.02), (0.001, 30.0), (0.05, 0.02), (0.05, 1.0), (0.05, 30.0), (0.3, 30.0), (0.3, 1.0), (2.0, 1e10), (2.0, 0.5), (2.0, 1.0)]]
    cases += [('Pareto limit, beta/b = 11.67', with_b(1e-6, 1.167e-5), O), ('Pareto limit, x=0', with_b(1e-6, 1.167e-5), (0, 0, 38.86)),
              ('Pareto limit, T=0', with_b(1e-6, 1.167e-5), (0, 0, 0)), ('Pareto limit, large beta', with_b(1e-6, 1.0), O)]
    cases += [('s=1', with_b(0.02, 0.5, 1.0), O), ('s=1, beta=1', with_b(0.02, 1.0, 1.0), O), ('s=5', with_b(0.02, 20.0, 5.0), O), ('s=0.05', with_b(0.02, 0.5, 0.05), O)]
    cases += [('T=1000, b=0.05', with_b(0.05, 100.0), (40, 700.0, 1000.0)), ('T=1000, b=0.05, beta=1e20', with_b(0.05, 1e20), (40, 990.0, 1000.0)),
              ('b=2, x=0', with_b(2.0, 30.0), (0, 0, 38.86)), ('b=2, T=0', with_b(2.0, 30.0), (0, 0, 0)), ('b=0.3, t_x=T', with_b(0.3, 30.0), (3, 20.0, 20.0)),
              ('x=200, b=0.05', with_b(0.05, 1e6), (200, 300.5, 365.0)), ('r=5, alpha=2', [5.0, 2.0, 0.1, 2.0, 3.0], (4, 11.0, 12.5))]
    yield 'ggom-nbd', [ggom(t, P, *c) for t, P, c in cases]


# ---------------------------------------------------------------- B
def cnbd(e):
    names = ['r', 'alpha', 'a', 'b']

    def terms(M, k, x, tx, T):
        """log of the alive and of the left term, without the factor common to both; z^j weights of the stages done."""
        r, al, a, b = M
        K, A = r + k * x, al + T
        z = (T - tx) / A
        stages = [rf(K, j) / mp.factorial(j) * z ** j for j in range(k)]
        alive = lbeta(a, b + x + e) - K * log(A) + log(sum(stages))
        left = lbeta(a + 1, b + x + e - 1) - K * log(al + tx) if x + e else None
        return alive, left, stages

    def loglik(M, k, x, tx, T, litt):
        r, al, a, b = M
        alive, left, _ = terms(M, k, x, tx, T)
        v = loggamma(r + k * x) - loggamma(r) + r * log(al) - lbeta(a, b) - x * loggamma(k) + (k - 1) * litt
        return v + alive + (log(1 + exp(left - alive)) if left is not None else 0)

    def row(tag, P, k, x, tx, T, litt, second=True):
        out = Out(head(tag, names, P, x, tx, T, k=k))
        out.row['litt'] = litt
        M = [mpf(p) for p in P]
        r, al, a, b = M
        tx, T, litt = mpf(tx), mpf(T), mpf(litt)
        K, A, bb = r + k * x, al + T, b + x + e
        args = (k, x, tx, T, litt)
        out.put('log_likelihood', loglik(M, *args), None)
        # second route: expectation over lambda and p of the density of the history
        prior_p, prior_l = beta_nodes(a, b), gamma_nodes(r, al, k * x)
        silent = lambda l: exp(-l * (T - tx)) * sum((l * (T - tx)) ** j / mp.factorial(j) for j in range(k))
        scale = k * x * log(max(k * x, 1) / (al + T))
        seen = [w * exp(k * x * log(l) - l * tx - scale) for w, l in prior_l]
        e1 = sum(s * silent(l) for s, (w, l) in zip(seen, prior_l)) * sum(w * q ** (x + e) for w, p, q in prior_p)
        e0 = sum(seen) * sum(w * p * q ** (x + e - 1) for w, p, q in prior_p) if x + e else mpf(0)
        out.put('log_likelihood', loglik(M, *args), log(e1 + e0) + scale - x * loggamma(k) + (k - 1) * litt)
        if k == 1:
            base = (MBGNBD if e else BGNBD).loglik(M, x, tx, T)
            agree(base, loglik(M, *args), (tag, 'k=1'))
        # gradient: derivatives of each term by hand, against differences
        alive, left, stages = terms(M, *args[:-1])
        pa = 1 / (1 + exp(left - alive)) if left is not None else mpf(1)
        z, w = (T - tx) / A, stages
        W = sum(w)
        psi = digamma
        rise = sum(v * (psi(K + j) - psi(K)) for j, v in enumerate(w)) / W  # d ln(sum)/dK
        fall = -sum(v * j for j, v in enumerate(w)) / W / A                 # d ln(sum)/dA
        al_alive = [rise - log(A), -K / A + fall, psi(a) - psi(a + bb), psi(bb) - psi(a + bb)]
        al_left = [-log(al + tx), -K / (al + tx), psi(a + 1) - psi(a + bb), psi(bb - 1) - psi(a + bb)] if left is not None else [mpf(0)] * 4
        common = [psi(K) - psi(r) + log(al), r / al, psi(a + b) - psi(a), psi(a + b) - psi(b)]
        put_gradient(out, names, gradient(loglik, M, *args), [c + pa * u + (1 - pa) * v for c, u, v in zip(common, al_alive, al_left)])
        pa2 = e1 / (e1 + e0)
        out.put('p_alive', pa, pa2)

        # future of a customer alive at T: j stages done with weight w_j, lambda | j ~ Gamma(K + j, A), p ~ Beta(a, bb)
        weights = [v / W for v in w]
        ratio = lambda m: exp(lbeta(a, bb + m) - lbeta(a, bb))  # E (1-p)^m
        nodes_p = beta_nodes(a, bb)
        nodes_l = gamma_nodes(K, A, k * 60)
        wj = [[v * exp(-l * 0) * (l * (T - tx)) ** j / mp.factorial(j) for v, l in nodes_l] for j in range(k)]  # joint of lambda and j
        norm = sum(sum(v) for v in wj)
        wj = [[v / norm for v in q] for q in wj]
        need = k * (max(NS) + 1)

        def count(t):
            """P(i stages in t | j) as lists, for each j: negative binomial; long enough that the rest does not matter."""
            z, res = t / (A + t), []
            for j in range(k):
                q, v, i = K + j, exp((K + j) * log(A / (A + t))), 0
                lst, mark = [], None
                while True:
                    lst.append(v)
                    if i == need:
                        mark = v
                    ratio_ = (q + i) / (i + 1) * z
                    if mark is not None and ratio_ < 1 and v < (1 - ratio_) * mark * mpf(10) ** -52 and v < mpf(10) ** -52:
                        break
                    v *= ratio_
                    i += 1
                res.append(lst)
            return res

        def count2(t, size):
            """The same times the weight of j, by quadrature over lambda."""
            res = []
            for j in range(k):
                acc, lst = [v * exp(-l * t) for v, (_, l) in zip(wj[j], nodes_l)], []
                for i in range(size):
                    lst.append(sum(acc))
                    acc = [v * (l * t) / (i + 1) for v, (_, l) in zip(acc, nodes_l)]
                res.append(lst)
            return res

        def suffix(lst):
            out, s = [mpf(0)] * (len(lst) + 1), mpf(0)
            for i in range(len(lst) - 1, -1, -1):
                s += lst[i]
                out[i] = s
            return out

        def moments(size, first):
            if first:
                res, v = [], mpf(1)
                for m in range(size):
                    res.append(v)
                    v *= (bb + m) / (a + bb + m)
                return res
            acc, res = [v for v, p, q in nodes_p], []
            for m in range(size):
                res.append(sum(acc))
                acc = [v * q for v, (_, p, q) in zip(acc, nodes_p)]
            return res

        def future(dist, mom):
            """mean, survival, pmf from the stage counts (weighted, one list for each j) and the moments of 1-p."""
            mean, alive, pm = mpf(0), mpf(0), {n: mpf(0) for n in NS}
            for j, lst in enumerate(dist):
                up = suffix(lst)
                at = lambda i: up[min(max(i, 0), len(lst))]
                top = (len(lst) + j) // k + 1
                mean += sum(mom[m - 1] * at(k * m - j) for m in range(1, top + 1))
                alive += sum(mom[m] * sum(lst[max(k * m - j, 0):k * (m + 1) - j]) for m in range(top + 1))
                for n in NS:
                    pm[n] += mom[n] * sum(lst[max(k * n - j, 0):k * (n + 1) - j])
                    if n:
                        pm[n] += (mom[n - 1] - mom[n] if not left_moment else left_moment[n]) * at(k * n - j)
            return mean, alive, pm

        for t in (1, 39):
            dist = [[c * v for v in lst] for c, lst in zip(weights, count(mpf(t)))]
            size = max(len(l) for l in dist) // k + 3 + max(NS)
            left_moment = {n: exp(lbeta(a + 1, bb + n - 1) - lbeta(a, bb)) for n in NS if n}
            v = future(dist, moments(size, True))
            v2 = (None, None, {})
            if second and max(len(l) for l in dist) <= SECOND_SIZE:
                left_moment = {n: sum(c * p * q ** (n - 1) for c, p, q in nodes_p) for n in NS if n}
                v2 = future(count2(mpf(t), max(len(l) for l in dist)), moments(size, False))
            both = lambda a, b: (pa * a, None if b is None else pa2 * b)
            out.put(f'conditional_expected_purchases:{t}', *both(v[0], v2[0]))
            out.put(f'survival:{t}', v[1], v2[1])
            for n in NS:
                q, q2 = both(v[2][n], v2[2].get(n))
                out.put(f'pmf:{t}:{n}', q + (1 - pa) * (n == 0), q2 if q2 is None else q2 + (1 - pa2) * (n == 0))
            if k == 1:
                agree(v[0], GeoMean(K, A, a, bb, mpf(t)), (tag, 'k=1 expectation'))
                agree(v[1], hyp2f1(K, a, a + bb, -t / A), (tag, 'k=1 survival'))

        def idle(f, g, first):
            """P(alive at T+f and a purchase in the g after it); the complement is 'no purchase'."""
            bought = mpf(0)
            dist = count(mpf(f)) if first else None
            if first:
                size = max(len(l) for l in dist)
                mom = moments(size // k + 3, True)
                for j, lst in enumerate(dist):
                    for i, v in enumerate(lst):
                        m, phase = divmod(j + i, k)
                        # given i stages in f: lambda ~ Gamma(K+j+i, A+f); fewer than k - phase more in g
                        few = sum(nb(K + j + i, A + f, mpf(g), n) for n in range(k - phase))
                        bought += weights[j] * v * mom[m] * (1 - few)
                return bought
            size = IDLE_SIZE[0]
            mom = moments(size // k + 3, False)
            for j in range(k):
                acc = [v * exp(-l * f) for v, (_, l) in zip(wj[j], nodes_l)]
                pois = []
                for _, l in nodes_l:  # P(n or fewer stages in g), n < k
                    c, s, row_ = exp(-l * g), mpf(0), []
                    for n in range(k):
                        s += c
                        row_.append(1 - s)
                        c *= l * g / (n + 1)
                    pois.append(row_)
                for i in range(size):
                    m, phase = divmod(j + i, k)
                    bought += mom[m] * sum(v * q[k - phase - 1] for v, q in zip(acc, pois))
                    acc = [v * (l * f) / (i + 1) for v, (_, l) in zip(acc, nodes_l)]
            return bought
        lists = count(mpf(5))
        IDLE_SIZE = [max(next((i for i in range(len(l)) if i > need // 4 and l[i] < mpf(10) ** -45 and l[i] < l[i - 1]), len(l)) for l in lists)]
        v = idle(5, 5, True)
        v2 = idle(5, 5, False) if second and IDLE_SIZE[0] <= SECOND_SIZE else None
        out.put('idle:5-10', 1 - pa * v, None if v2 is None else 1 - pa2 * v2)
        return out.row
    return row


SECOND_SIZE = 1600
GeoMean = BGNBD.mean


def cnbd_cases(P):
    for k in (1, 2, 3, 6):
        yield f'k={k}', P, k, 2, 30.43, 38.86, 5.4099
        yield f'k={k}, x=0', P, k, 0, 0, 38.86, 0.0
        yield f'k={k}, t_x=T', P, k, 3, 20.0, 20.0, 5.635
        yield f'k={k}, early last purchase', P, k, 1, 1.71, 38.86, 0.5364933705145685
    yield 'k=2, T=0', P, 2, 0, 0, 0, 0.0
    yield 'k=6, T=0', P, 6, 0, 0, 0, 0.0
    yield 'k=2, x=200', P, 2, 200, 300.5, 365.0, 61.25
    yield 'k=3, a=1', [P[0], P[1], 1.0, P[3]], 3, 2, 30.43, 38.86, 5.4099
    yield 'k=2, a+b<1', [P[0], P[1], 0.3, 0.4], 2, 2, 30.43, 38.86, 5.4099
    yield 'k=6, regular', [8.0, 4.0, 0.4, 2.5], 6, 12, 36.0, 38.86, 12.75
    yield 'k=3, r=0.05, alpha=500', [0.05, 500.0, P[2], P[3]], 3, 2, 30.43, 38.86, 5.4099
    yield 'k=2, large r, alpha', [50.0, 1000.0, P[2], P[3]], 2, 4, 31.0, 52.0, 7.875


def stage_B():
    for model, e, P in (('bg-cnbd-k', 0, [0.55, 8.5, 0.8, 2.5]), ('mbg-cnbd-k', 1, [0.525, 6.183, 0.891, 1.614])):
        row = cnbd(e)
        yield model, [row(*c) for c in cnbd_cases(P)]


# ---------------------------------------------------------------- D
def bgbb(tag, P, x, tx, n):
    names = ['alpha', 'beta', 'gamma', 'delta']
    out = Out({'tag': tag, 'parameters': dict(zip(names, P)), 'x': x, 't_x': tx, 'n': n})
    al, be, ga, de = M = [mpf(p) for p in P]

    def loglik(M):
        al, be, ga, de = M
        v = lbeta(al + x, be + n - x) + lbeta(ga, de + n)
        s = exp(v) + sum(exp(lbeta(al + x, be + tx - x + i) + lbeta(ga + 1, de + tx + i)) for i in range(n - tx))
        return log(s) - lbeta(al, be) - lbeta(ga, de)
    P0, TH0 = beta_nodes(al, be), beta_nodes(ga, de)
    both = lambda f, g: sum(w * f(p, q) for w, p, q in P0) * sum(w * g(p, q) for w, p, q in TH0)
    live = both(lambda p, q: p ** x * q ** (n - x), lambda p, q: q ** n)
    left = sum(both(lambda p, q: p ** x * q ** (tx - x + i), lambda p, q: p * q ** (tx + i)) for i in range(n - tx))
    ll = loglik(M)
    out.put('log_likelihood', ll, log(live + left))
    # derivatives of each term by digammas, weighted by the terms, against differences

    def term(w, A, B, C, E):
        return w, [digamma(A) - digamma(A + B), digamma(B) - digamma(A + B), digamma(C) - digamma(C + E), digamma(E) - digamma(C + E)]
    ts = [term(lbeta(al + x, be + n - x) + lbeta(ga, de + n), al + x, be + n - x, ga, de + n)]
    ts += [term(lbeta(al + x, be + tx - x + i) + lbeta(ga + 1, de + tx + i), al + x, be + tx - x + i, ga + 1, de + tx + i) for i in range(n - tx)]
    base = [digamma(al + be) - digamma(al), digamma(al + be) - digamma(be), digamma(ga + de) - digamma(ga), digamma(ga + de) - digamma(de)]
    tot = sum(exp(w) for w, g in ts)
    put_gradient(out, names, gradient(loglik, M), [c + sum(exp(w) * g[i] for w, g in ts) / tot for i, c in enumerate(base)])
    pa = exp(lbeta(al + x, be + n - x) + lbeta(ga, de + n) - lbeta(al, be) - lbeta(ga, de) - ll)
    pa2 = live / (live + left)
    out.put('p_alive_at_n', pa, pa2)
    out.put('p_alive_at_n_plus_1', pa * (de + n) / (ga + de + n), pa2 * both(lambda p, q: p ** x * q ** (n - x), lambda p, q: q ** (n + 1)) / live)
    a, b, g, d = al + x, be + n - x, ga, de + n
    NP, NT = beta_nodes(a, b), beta_nodes(g, d)
    lb = lambda i, j: exp(lbeta(a + i, b + j) - lbeta(a, b))
    lt = lambda i, j: exp(lbeta(g + i, d + j) - lbeta(g, d))
    qb = lambda i, j: sum(w * p ** i * q ** j for w, p, q in NP)
    qt = lambda i, j: sum(w * p ** i * q ** j for w, p, q in NT)
    KS = (1, 5, 50)
    for k in KS:
        out.put(f'survival:{k}', rf(d, k) / rf(g + d, k), qt(0, k))
    for k in KS:
        mean = a / (a + b) * sum(rf(d, i) / rf(g + d, i) for i in range(1, k + 1))
        mean2 = qb(1, 0) * sum(w * q * -mp.expm1(k * (mp.log1p(-p) if p < mpf('0.5') else log(q))) / p for w, p, q in NT)
        out.put(f'conditional_expected_purchases:{k}', pa * mean, pa2 * mean2)

    def pmf(k, m, eb, et):
        from math import comb
        v = comb(k, m) * eb(m, k - m) * et(0, k)
        return v + sum(comb(i, m) * eb(m, i - m) * et(1, i) for i in range(m, k))
    for k in KS:
        for m in (0, 1, 2, 5, 20, 50):
            if m <= k:
                out.put(f'pmf:{k}:{m}', pa * pmf(k, m, lb, lt) + (1 - pa) * (m == 0), pa2 * pmf(k, m, qb, qt) + (1 - pa2) * (m == 0))
    quiet = lambda eb, et: sum(et(1, 2 + i) * eb(0, i) for i in range(3)) + et(0, 5) * eb(0, 3)
    out.put('idle:2-5', 1 - pa * (lt(0, 2) - quiet(lb, lt)), 1 - pa2 * (qt(0, 2) - quiet(qb, qt)))
    # E sum over k >= 1 of p (1-theta)^k / (1+d)^k
    dd = mpf(D)
    out.put('dert', pa * a / (a + b) * d / (g + d) / (1 + dd) * hyp2f1(1, d + 1, g + d + 1, 1 / (1 + dd)), pa2 * qb(1, 0) * sum(w * q / (dd + p) for w, p, q in NT))
    return out.row


def stage_D():
    P = [1.204, 0.750, 0.657, 2.783]
    cases = [('donations cell', P, 6, 6, 6), ('donations cell', P, 4, 5, 6), ('donations cell', P, 2, 2, 6), ('x=0', P, 0, 0, 6), ('n=0', P, 0, 0, 0),
             ('n=1, x=1', P, 1, 1, 1), ('x=n=200', P, 200, 200, 200), ('n=100', P, 30, 60, 100), ('small parameters', [0.05, 0.05, 0.05, 0.05], 1, 3, 6),
             ('large parameters', [50.0, 80.0, 30.0, 900.0], 3, 9, 12), ('all ones', [1.0, 1.0, 1.0, 1.0], 2, 4, 6), ('gamma=0.01, delta=30', [2.0, 5.0, 0.01, 30.0], 5, 9, 24),
             ('early last purchase', P, 1, 1, 24)]
    yield 'bg-bb', [bgbb(*c) for c in cases]


# ---------------------------------------------------------------- E
def bdw(tag, P, t):
    names = ['a', 'b', 'c']
    out = Out({'tag': tag, 'parameters': dict(zip(names, P)), 't': t})
    a, b, c = M = [mpf(p) for p in P]
    dd = mpf(D)
    pw = lambda k, c: mpf(k) ** c if k else mpf(0)
    logS = lambda M, k: loggamma(M[0] + M[1]) - loggamma(M[1]) + loggamma(M[1] + pw(k, M[2])) - loggamma(M[0] + M[1] + pw(k, M[2]))
    lpmf = lambda M: log(exp(logS(M, t - 1)) - exp(logS(M, t)))
    nodes = [(w, p, mp.log1p(-p) if p < mpf('0.5') else log(q)) for w, p, q in beta_nodes(a, b)]
    S2 = lambda k: sum(w * exp(pw(k, c) * l) for w, p, l in nodes)
    s0, s1 = exp(logS(M, t - 1)), exp(logS(M, t))
    q0, q1 = S2(t - 1), S2(t)
    dif = sum(-w * exp(pw(t - 1, c) * l) * mp.expm1((pw(t, c) - pw(t - 1, c)) * l) for w, p, l in nodes)
    with mp.workdps(mp.dps + 30):
        exact = lpmf(M)
    out.put('log_pmf', exact, log(dif))
    out.put('log_survival', logS(M, t), log(q1))
    out.put('pmf', exp(exact), dif)
    out.put('survival', s1, q1)
    out.put('retention', s1 / s0, q1 / q0)

    def g(k):  # gradient of log S(k) by digammas
        v = pw(k, c)
        dv = digamma(b + v) - digamma(a + b + v)
        return [digamma(a + b) - digamma(a + b + v), digamma(a + b) - digamma(b) + dv, dv * v * (log(mpf(k)) if k else 0)]
    u, v = g(t - 1), g(t)
    with mp.workdps(mp.dps + 30):
        byhand = [(s0 * x - s1 * y) / (s0 - s1) for x, y in zip(u, v)]
    put_gradient(out, names, gradient(lpmf, M), byhand, 'gradient_log_pmf')
    put_gradient(out, names, gradient(lambda M: logS(M, t), M), v, 'gradient_log_survival')

    def total(S, first):
        s, k = mpf(0), 0
        while True:
            v = S(first + k) / (1 + dd) ** k
            s += v
            k += 1
            if v < s * mpf(10) ** -29:
                return s
    # the second route sums by Euler's partial summation: sum of S(k) y^k = [S(first) - sum (S(k-1)-S(k)) y^k] / (1-y)
    one = lambda k: exp(logS(M, k))

    def summed(first):
        y, s, k, prev = 1 / (1 + dd), mpf(0), 1, S2(first)
        start = prev
        while True:
            cur = S2(first + k)
            v = (prev - cur) * y ** k
            s += v
            prev, k = cur, k + 1
            if y ** k < mpf(10) ** -27:
                return (start - s) / (1 - y)
    with_second = t in (1, 12) and b > mpf('0.04')
    out.put('discounted_expected_lifetime', total(one, 0), summed(0) if with_second else None)
    out.put('discounted_expected_residual_lifetime', total(one, t) / s0, summed(t) / q0 if with_second else None)
    return out.row


def stage_E():
    H, R = [0.668, 3.806], [0.704, 1.182]
    cases = [('sBG', H + [1.0], t) for t in (1, 5, 12, 100)] + [('c=0.2', H + [0.2], t) for t in (1, 5, 100)] + [('c=2', R + [2.0], t) for t in (1, 5, 12, 100)]
    cases += [('c=1.3', [0.26, 1.75, 1.3], 5), ('a=b=0.05', [0.05, 0.05, 0.7], 3), ('a=20, b=200', [20.0, 200.0, 1.5], 12), ('a=1, b=1', [1.0, 1.0, 0.9], 1), ('b=0.01', [0.5, 0.01, 1.1], 12),
              ('a=1e-3', [0.001, 2.0, 1.2], 100)]
    yield 'bdw', [bdw(*c) for c in cases]


# ---------------------------------------------------------------- F
def sarmanov(tag, P, x, tx, T, second):
    names = ['r', 'alpha', 's', 'beta', 'm']
    out = Out(head(tag, names, P, x, tx, T))
    M = [mpf(p) for p in P]
    r, al, s, be, m = M
    tx, T = mpf(tx), mpf(T)
    a0, b0 = exp(-r * mp.log1p(1 / al)), exp(-s * mp.log1p(1 / be))
    low, high = -1 / max(a0 * b0, (1 - a0) * (1 - b0)), 1 / max(a0 * (1 - b0), b0 * (1 - a0))
    assert low <= m <= high, (tag, low, m, high)

    def pieces(M):
        r, al, s, be, m = M
        w = m * exp(-r * mp.log1p(1 / al) - s * mp.log1p(1 / be))
        return [(1 + w, [r, al, s, be]), (w, [r, al + 1, s, be + 1]), (-w, [r, al + 1, s, be]), (-w, [r, al, s, be + 1])]
    loglik = lambda M: log(sum(w * exp(ParetoNBD.loglik(Q, x, tx, T)) for w, Q in pieces(M)))
    ll = loglik(M)
    k = r + x

    def future(t, closed):
        """Sum over the pieces of (likelihood of history and alive) x expected purchases in t of those."""
        v = mpf(0)
        for w, (r, al, s, be) in pieces(M):
            live = exp(loggamma(k) - loggamma(r) + r * log(al) - k * log(al + T) + s * log(be / (be + T)))
            b = be + T
            if t is None:
                life = 1
            elif closed:
                life = k / (al + T) * (b * log((b + t) / b) if s == 1 else b / (s - 1) * (1 - exp((s - 1) * log(b / (b + t)))))
            else:
                life = k / (al + T) * integral(lambda u: [exp(s * log(b / (b + u)))], 0, t)[0]
            v += w * live * life
        return v

    def likelihood2(M):
        """Each piece by quadrature over the time of death."""
        total = mpf(0)
        for w, (r, al, s, be) in pieces(M):
            k = r + x
            dens = lambda u: exp(-k * log(al + u) + s * log(be / (be + u)))
            v = dens(T) + integral(lambda u: [dens(u) * s / (be + u)], tx, T)[0]
            total += w * exp(loggamma(k) - loggamma(r) + r * log(al)) * v
        return total
    l2 = likelihood2(M)
    out.put('log_likelihood', ll, log(l2))
    grad = gradient(loglik, M)[:4] if m else gradient(lambda q: loglik(q + [m]), M[:4])
    base = exp(ParetoNBD.loglik(M[:4], x, tx, T))
    if m:  # the likelihood is linear in m: the derivative is exact
        grad.append((exp(ll) - base) / (m * exp(ll)))
    else:
        grad.append(exp(loglik(M[:4] + [mpf(1)]) - ll) - 1)
    put_gradient(out, names, grad, None)
    out.put('p_alive', future(None, True) / exp(ll), future(None, True) / l2)
    for t in TS:
        out.put(f'conditional_expected_purchases:{t}', future(t, True) / exp(ll), future(t, False) / l2)
    if second:  # straight from the definition: quadrature over lambda and mu
        L, U = gamma_nodes(r, al, x), gamma_nodes(s, be)
        U = [(w, u, m * (exp(-u) - b0), exp(-u * tx), exp(-u * T)) for w, u in U]
        total, live, cet = mpf(0), mpf(0), mpf(0)
        t = TS[1]
        for w, l in L:
            c, f1, et, eT = w * l ** x, exp(-l) - a0, exp(-l * tx), exp(-l * T)
            for v, u, f2, ut, uT in U:
                g = v * (1 + f1 * f2)
                q = l / (l + u) * eT * uT
                total += c * g * (u / (l + u) * et * ut + q)
                live += c * g * eT * uT
                cet += c * g * eT * uT * l * -mp.expm1(-u * t) / u
        agree(ll, log(total), (tag, '2-D likelihood'))
        agree(future(None, True) / exp(ll), live / total, (tag, '2-D p_alive'))
        agree(future(t, True) / exp(ll), cet / total, (tag, '2-D expectation'))
        for q in ('2-D likelihood', '2-D p_alive', '2-D expectation'):
            CHECKS[q] = CHECKS.get(q, 0) + 1
    # the others: differences of another size with the second route
    h = mpf(10) ** -8
    for i in range(4):  # Richardson, quadrature route; good to some 20 digits only of the largest component
        d = []
        for q in (1, 2, 4):
            up, down = list(M), list(M)
            up[i] *= 1 + h * q
            down[i] *= 1 - h * q
            d.append((log(likelihood2(up)) - log(likelihood2(down))) / (2 * h * q * M[i]))
        e1, e2 = (4 * d[0] - d[1]) / 3, (4 * d[1] - d[2]) / 3
        best = (16 * e1 - e2) / 15
        assert abs(best - grad[i]) < mpf(10) ** -18 * max([abs(g) for g in grad] + [mpf(10) ** -6]), (tag, names[i], best, grad[i])
        CHECKS['gradient of sarmanov, 1e-18'] = CHECKS.get('gradient of sarmanov, 1e-18', 0) + 1
    return out.row


def stage_F():
    P = [0.5533, 10.578, 0.6061, 11.669]
    O = (2, 30.43, 38.86)
    cases = [('m=5', P + [5.0], *O, True), ('m=-1', P + [-1.0], *O, True), ('m=0', P + [0.0], *O, False), ('x=0', P + [10.0], 0, 0, 38.86, False), ('t_x=T', P + [10.0], 3, 20.0, 20.0, False),
             ('T=0', P + [-1.0], 0, 0, 0, False), ('x=200', P + [-0.9], 200, 300.5, 365.0, False), ('early last purchase', P + [15.0], 1, 1.71, 38.86, False),
             ('alpha=beta, large m', [0.55, 10.0, 0.6, 10.0, 18.0], *O, False), ('s=1, small rates', [1.5, 0.8, 1.0, 0.5, 1.2], 4, 1.5, 3.25, True),
             ('negative, small rates', [1.5, 0.8, 1.0, 0.5, -1.4], 4, 1.5, 3.25, False), ('apparel-like', [1.449, 48.6361, 0.5613, 46.8844, 20.0], 5, 60.0, 104.0, False)]
    yield 'pareto-nbd-sarmanov', [sarmanov(*c) for c in cases]


# ---------------------------------------------------------------- G
def spend(tag, P, x, mean):
    names = ['p', 'q', 'gamma']
    out = Out({'tag': tag, 'parameters': dict(zip(names, P)), 'x': x, 'mean': mean})
    p, q, g = [mpf(v) for v in P]
    Q, G = q + p * x, g + x * mpf(mean)
    nodes = gamma_nodes(Q, G)
    mid = p * G / Q
    for v in two_points(mid):
        y = mpf(v) / (mpf(v) + G)
        a = mp.betainc(p, Q, 0, y, regularized=True)
        b = sum(w * gamma_cdf(p, n, mpf(v)) for w, n in nodes)
        out.put(f'spend_cdf:{v!r}', a, b)
    return out.row


def stage_G():
    P = [6.25, 3.74, 15.44]
    cases = [('cdnow customer', P, 2, 22.35), ('x=1', P, 1, 9.77), ('x=30', P, 30, 33.5), ('x=0', P, 0, 0.0), ('p=0.5', [0.5, 3.74, 15.44], 3, 35.0),
             ('p=50', [50.0, 4.0, 10.0], 2, 20.0), ('q=1.01', [6.25, 1.01, 15.44], 1, 35.0), ('gamma=1e5', [0.3, 20.0, 1e5], 4, 1250.5)]
    yield 'gamma-gamma', [spend(*c) for c in cases]


STAGES = {'A': stage_A, 'C': stage_C, 'B': stage_B, 'D': stage_D, 'E': stage_E, 'F': stage_F, 'G': stage_G}


NOTE = {
    'log_likelihood': 'of the purchase times, without T^x/x!; BG/BB without binomial coefficient; CNBD-k with the factor Gamma(k)^-x and (k-1) litt, litt = sum of ln(interpurchase times) an input of its own',
    'gradient': 'of log_likelihood by each natural parameter; gradient_log_pmf and gradient_log_survival of the bdw likewise',
    'p_alive': 'at T given the history; bg-bb: p_alive_at_n and p_alive_at_n_plus_1',
    'survival': '[t] = P(alive at T+t | alive at T, history); bg-bb: [k] = P(alive at n+k | alive at n, history) = E[(1-theta)^k], the first chance to leave being that before opportunity n+1',
    'conditional_expected_purchases': '[t], in (T, T+t], given the history, not given alive',
    'pmf': '[t][n] = P(n purchases in (T, T+t] | history), not given alive: n = 0 includes having left; bg-bb: the next k opportunities',
    'idle': '["from-to"] = P(no purchase in (T+from, T+to] | history), not given alive; bg-bb: none at opportunities n+from+1..n+to',
    'dert_rate': 'expected sum of exp(-rate t_i) over all purchases at T+t_i, rate = discount_rate_continuous, not given alive; bg-bb: dert, sum of (1+d)^-k over purchases at opportunities n+k, d = discount_rate_discrete',
    'rate_mean, rate_cdf': 'mean of the purchase rate lambda given the history, and [v] = P(lambda <= v | history); not given alive: mixture over alive and left at each moment',
    'discounted_expected_lifetime': 'sum over t >= 0 of S(t)/(1+d)^t; discounted_expected_residual_lifetime: sum over k >= 0 of S(t+k)/S(t-1)/(1+d)^k, d = discount_rate_discrete',
    'spend_cdf': '[v] = P(one future transaction is worth v or less | x, mean)',
    'bg-cnbd-k, mbg-cnbd-k': 'k stages at rate lambda each between purchases (Erlang-k), dropout with p after each repeat purchase; mbg: also once at the start',
    'ggom-nbd': 'lambda ~ Gamma(r, alpha); lifetime S(u | eta) = exp(-eta (exp(b u) - 1)), eta ~ Gamma(s, beta)',
    'bdw': 'S(t) = B(a, b + t^c) / B(a, b)',
    'pareto-nbd-sarmanov': 'joint density g(lambda) h(mu) [1 + m (e^-lambda - (alpha/(1+alpha))^r) (e^-mu - (beta/(1+beta))^s)]',
}


def write(models):
    order = ['pareto-nbd', 'bg-nbd', 'mbg-nbd', 'nbd', 'bg-cnbd-k', 'mbg-cnbd-k', 'ggom-nbd', 'bg-bb', 'bdw', 'pareto-nbd-sarmanov', 'gamma-gamma']
    models = {m: models[m] for m in order if m in models}
    top = {'schema': 1, 'digits': 25, 'cross_check_relative': '1e-22', 'discount_rate_continuous': RATE, 'discount_rate_discrete': D, 'notes': NOTE}
    parts = [f'  {json.dumps(m)}: [\n' + ',\n'.join('   ' + json.dumps(r) for r in rows) + '\n  ]' for m, rows in models.items()]
    new = FILE.with_name(FILE.name + '.new')
    new.write_text(json.dumps(top)[:-1] + ',\n "models": {\n' + ',\n'.join(parts) + '\n }\n}\n')
    os.replace(new, FILE)


def main():
    models = json.loads(FILE.read_text())['models'] if FILE.exists() else {}
    for s in sys.argv[1:] or STAGES:  # 'notes' alone writes the file again with the notes as they are here
        if s == 'notes':
            continue
        start = time.time()
        for model, rows in STAGES[s]():
            models[model] = rows
            write(models)
            print(f'{s} {model}: {len(rows)} cases, {time.time() - start:.0f} s', flush=True)
    write(models)
    print('values with a second route:', CHECKS)


if __name__ == '__main__':
    main()
