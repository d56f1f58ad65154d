"""High-precision reference formulas (mpmath), each with a second, independent route.

Every model class has: `loglik`, and `quantities(...)` giving pairs (closed form, check).
All arguments are mpf. The closed form is what is stored; the check must agree.
"""
from mpmath import mp, mpf, quad, hyp2f1, hyperu, log, exp, loggamma, beta as B, gamma, rf, digamma

CHECK_DPS = 34  # digits for numerical integration


def gl(f, points, dps=CHECK_DPS):
    """Gauss-Legendre over the panels given, at `dps` digits; scaled, since quad's tolerance is absolute."""
    with mp.workdps(dps):
        top = max(abs(f(p)) for p in points) or mpf(1)
        return top * quad(lambda w: f(w) / top, points, method='gauss-legendre')


def panels(lo, hi, sharp=1, size=1):
    """Cut [lo, hi] geometrically: near lo at the scale 1/sharp, growing twofold to `size` at most."""
    pts, step = [lo], mpf(1) / sharp
    while pts[-1] < hi:
        pts.append(min(hi, pts[-1] + step))
        step = min(2 * step, size)
    return pts


def lbeta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def gradient(f, P, *args):
    """Central differences with 50 extra digits and a step of 1e-35 relative: error about 1e-70."""
    out = []
    with mp.workdps(mp.dps + 50):
        for i, p in enumerate(P):
            h = p * mpf(10) ** -35
            up, down = list(P), list(P)
            up[i], down[i] = p + h, p - h
            out.append((f(up, *args) - f(down, *args)) / (2 * h))
    return out


class ParetoNBD:
    names = ['r', 'alpha', 's', 'beta']

    @staticmethod
    def parts(P, x, tx, T):
        """log of common factor, log of the 'alive' term, the 'dead' term relative to the alive term."""
        r, al, s, be = P
        k = r + x
        pref = loggamma(k) - loggamma(r) + r * log(al) + s * log(be)
        alive = -k * log(al + T) - s * log(be + T)

        def A(t):  # divided by exp(alive)
            if al >= be:
                F = hyp2f1(k + s, s + 1, k + s + 1, (al - be) / (al + t))
                return F * exp(-(k + s) * log(al + t) - alive)
            # 2F1(k+s, k; k+s+1; z)/(be+t)^(k+s) after Euler's transformation, quick for large k
            F = hyp2f1(1, s + 1, k + s + 1, (be - al) / (be + t))
            return F * exp((1 - k) * log(al + t) - (s + 1) * log(be + t) - alive)
        dead = s / (k + s) * (A(tx) - A(T)) if tx < T else mpf(0)
        return pref, alive, dead

    @staticmethod
    def dead_integral(P, x, tx, T, weight=None):
        """s * integral over death time, relative to the alive term; numerically."""
        r, al, s, be = P
        if tx == T:
            return mpf(0)
        with mp.workdps(CHECK_DPS + 10):
            k, m, d = r + x, min(al, be), abs(al - be)
            p, q = (k, s + 1) if al <= be else (s + 1, k)
            alive = -k * log(al + T) - s * log(be + T)
            lo, hi = log(m + tx), log(m + T)
            top = (1 - p) * lo - q * log(exp(lo) + d)
            g = weight or (lambda u: 1)
            f = lambda w: g(exp(w) - m) * exp((1 - p) * w - q * log(exp(w) + d) - top)
            return s * gl(f, panels(lo, hi, sharp=k + s + 1)) * exp(top - alive)

    @classmethod
    def loglik(c, P, x, tx, T):
        pref, alive, dead = c.parts(P, x, tx, T)
        return pref + alive + log(1 + dead)

    @classmethod
    def gradient2(c, P, x, tx, T):
        """Gradient by differentiating under the integral over the death time."""
        r, al, s, be = P
        with mp.workdps(CHECK_DPS + 10):
            k = r + x
            total = 1 + c.dead_integral(P, x, tx, T)

            def mean(at_alive, at_death):
                if tx == T:
                    return at_alive
                return (at_alive + c.dead_integral(P, x, tx, T, at_death)) / total
            return [digamma(k) - digamma(r) + log(al) - mean(log(al + T), lambda u: log(al + u)),
                    r / al - k * mean(1 / (al + T), lambda u: 1 / (al + u)),
                    log(be) + mean(-log(be + T), lambda u: 1 / s - log(be + u)),
                    s / be - mean(s / (be + T), lambda u: (s + 1) / (be + u))]

    @classmethod
    def quantities(c, P, x, tx, T, ts, rate):
        r, al, s, be = P
        pref, alive, dead = c.parts(P, x, tx, T)
        dead2 = c.dead_integral(P, x, tx, T)
        pref2 = log(rf(r, x) * al ** r * be ** s)
        yield 'log_likelihood', pref + alive + log(1 + dead), pref2 + alive + log(1 + dead2)
        pa, pa2 = 1 / (1 + dead), 1 / (1 + dead2)
        yield 'p_alive', pa, pa2
        life = lambda b, t: log((b + t) / b) * b if s == 1 else b / (s - 1) * (1 - exp((s - 1) * log(b / (b + t))))
        life2 = lambda b, t: b * gl(lambda w: exp((1 - s) * w), panels(mpf(0), log((b + t) / b), size=mpf(1) / (1 + s)))
        for t in ts:
            yield f'conditional_expected_purchases:{t}', pa * (r + x) / (al + T) * life(be + T, t), pa2 * (r + x) / (al + T) * life2(be + T, t)
            yield f'expected_purchases:{t}', r / al * life(be, t), r / al * life2(be, t)
        b = be + T
        with mp.workdps(CHECK_DPS + 10):
            f = lambda w: exp((1 - s) * w - rate * b * (exp(w) - 1))
            top = log(1 + 120 / (rate * b))
            dert2 = b * gl(f, panels(mpf(0), top, sharp=1 + s, size=mpf(1) / 4))
        yield 'dert', pa * (r + x) / (al + T) * b * exp((s - 1) * log(rate * b)) * hyperu(s, s, rate * b), pa2 * (r + x) / (al + T) * dert2


class GeoBase:
    """BG/NBD (shift 0: no dropout before the first repeat purchase) and MBG/NBD (shift 1: one chance before it)."""
    names = ['r', 'alpha', 'a', 'b']

    @classmethod
    def parts(c, P, x, tx, T):
        """log L = pref + log B ratios + log(alive), and dead/alive odds."""
        r, al, a, b = P
        h, k = c.shift, r + x
        base = loggamma(k) - loggamma(r) + r * log(al) - k * log(al + T) + lbeta(a, b + x + h) - lbeta(a, b)
        if h == 0 and x == 0:
            return base, mpf(0)
        return base, a / (b + x - 1 + h) * exp(k * log((al + T) / (al + tx)))

    @classmethod
    def loglik(c, P, x, tx, T):
        base, odds = c.parts(P, x, tx, T)
        return base + log(1 + odds)

    @classmethod
    def loglik2(c, P, x, tx, T):
        """The two terms written out with gamma functions, then one logarithm (extra digits)."""
        r, al, a, b = P
        h = c.shift
        with mp.workdps(mp.dps + 40):
            t1 = gamma(b + x + h) / gamma(a + b + x + h) * (al + T) ** (-(r + x))
            t2 = mpf(0) if h == 0 and x == 0 else a * gamma(b + x - 1 + h) / gamma(a + b + x + h) * (al + tx) ** (-(r + x))
            return log(rf(r, x) * al ** r * gamma(a + b) / gamma(b) * (t1 + t2))

    @staticmethod
    def mean(r, al, a, b, t):
        """E_p[(1 - (al/(al+pt))^r)/p], p ~ Beta(a, b): closed form (limit by integral at a = 1 or a+b = 1)."""
        if a == 1 or a + b == 1:
            return GeoBase.mean2(r, al, a, b, t, dps=50)
        with mp.workdps(mp.dps + 20):
            z = t / (al + t)
            # (1-z)^r 2F1(r, b; a+b-1; z) after Euler's transformation, quick for large r and b
            return (a + b - 1) / (a - 1) * (1 - exp((a - 1) * log(1 - z)) * hyp2f1(a + b - 1 - r, a - 1, a + b - 1, z))

    @staticmethod
    def mean2(r, al, a, b, t, dps=CHECK_DPS):
        """(r/al) * integral_0^t 2F1(r+1, a; a+b; -u/al) du, with u = al(e^w - 1)."""
        with mp.workdps(dps + 10):
            # Pfaff: 2F1(r+1,a;a+b;-y) = (1+y)^-(r+1) 2F1(r+1,b;a+b;y/(1+y)); du/al = e^w dw; Euler after it for large r
            f = lambda w: exp(-r * w) * hyp2f1(r + 1, b, a + b, -mp.expm1(-w))
            if r > 60:
                f = lambda w: exp(-(a - 1) * w) * hyp2f1(a + b - r - 1, a, a + b, -mp.expm1(-w))
            return r * gl(f, panels(mpf(0), log(1 + t / al), sharp=r + 1, size=mpf(1) / 2), dps)

    @classmethod
    def quantities(c, P, x, tx, T, ts):
        r, al, a, b = P
        h = c.shift
        base, odds = c.parts(P, x, tx, T)
        yield 'log_likelihood', base + log(1 + odds), c.loglik2(P, x, tx, T)
        pa = 1 / (1 + odds)
        with mp.workdps(mp.dps + 40):
            pa2 = mpf(1)
            if h or x:
                t1 = (b + x - 1 + h) * (al + tx) ** (r + x)
                pa2 = t1 / (t1 + a * (al + T) ** (r + x))
        yield 'p_alive', pa, pa2
        for t in ts:
            args = (r + x, al + T, a, b + x + h, t)
            yield f'conditional_expected_purchases:{t}', pa * c.mean(*args), pa2 * c.mean2(*args)
            args, f = (r, al, a, b + h, t), (b / (a + b) if h else mpf(1))
            yield f'expected_purchases:{t}', f * c.mean(*args), f * c.mean2(*args)


class BGNBD(GeoBase):
    shift = 0


class MBGNBD(GeoBase):
    shift = 1


class GammaGamma:
    names = ['p', 'q', 'gamma']

    @staticmethod
    def loglik(P, x, m):
        p, q, g = P
        return (loggamma(p * x + q) - loggamma(p * x) - loggamma(q) + q * log(g)
                + (p * x - 1) * log(m) + p * x * log(x) - (p * x + q) * log(g + m * x))

    @classmethod
    def quantities(c, P, x, m):
        p, q, g = P
        with mp.workdps(mp.dps + 40):
            w = p * x / (p * x + q - 1)  # weight of the customer's own mean against the population's
        yield 'log_likelihood', c.loglik(P, x, m), c.loglik2(P, x, m)
        yield 'expected_spend', p * (g + m * x) / (p * x + q - 1), (1 - w) * c.mean2(p, q, g) + w * m
        yield 'expected_spend_new_customer', p * g / (q - 1), c.mean2(p, q, g)

    @staticmethod
    def loglik2(P, x, m):
        """Beta-prime density of m*x/gamma, written with a Beta function."""
        p, q, g = P
        with mp.workdps(mp.dps + 40):
            y = m * x / (g + m * x)
            return log(y ** (p * x) * (1 - y) ** q / (B(p * x, q) * m))

    @staticmethod
    def mean2(p, k, rate):
        """E[p/nu], nu ~ Gamma(k, rate), through Gamma(k-1)/Gamma(k)."""
        return p * rate * exp(loggamma(k - 1) - loggamma(k))
