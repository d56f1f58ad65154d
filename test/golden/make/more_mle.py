"""Writes ../more-mle.json: python more_mle.py FOLDER [PART ...], with numpy, scipy and mpmath; some ten minutes.

Parts: pareto, geo, gompertz, sarmanov (apparel), cnbd, cdnow-gompertz, rest; none named: all. Fits of other parts stay as they are.

FOLDER holds apparel_trans.csv.gz, apparel_static_cov.csv.gz, cdnow_summary.csv, cdnow_sample.csv.gz and donations_summary.csv.

Likelihoods are written from the papers' definitions, in numpy; integrals over the time of death by composite Gauss-Legendre. Every
function is analytic in the parameters, so that gradients come from a complex step of 1e-30, good to the last digits of a double, and
the Hessian from extrapolated central differences of those. L-BFGS-B on (mostly) log-parameters from several starts, then Newton steps in
the natural parameters. At the end the likelihood of some fifty customers is compared with mpmath (models.py, more_models.py).
"""
import csv, datetime as dt, gzip, json, math, os, sys, time
from pathlib import Path
import numpy as np
from scipy.optimize import minimize
from scipy.special import loggamma

HERE = Path(__file__).resolve().parent.parent
FILE = HERE / 'more-mle.json'
DATA = Path(sys.argv[1])
X16, W16 = np.polynomial.legendre.leggauss(20)
STEP = 1e-30  # of the complex step


def lbeta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def log_sum(a, b):
    """log(exp(a) + exp(b)), also for complex arguments."""
    m = np.maximum(a.real, b.real)
    return m + np.log(np.exp(a - m) + np.exp(b - m))


def nodes(tx, T, scale, panels=10):
    """Points and weights on [tx, T] for each row, panels growing from tx on the given scale; the same whatever the imaginary parts."""
    lo, hi = np.log(scale + tx), np.log(scale + T)
    edges = np.concatenate([[0], 2.0 ** np.arange(1 - panels, 1)])
    us, ws = [], []
    for a, b in zip(edges[:-1], edges[1:]):
        for x, w in zip(X16, W16):
            y = lo + (hi - lo) * (a + (b - a) * (x + 1) / 2)
            e = np.exp(y)
            us.append(e - scale)
            ws.append((hi - lo) * (b - a) / 2 * w * e)
    return np.array(us), np.array(ws)  # (nodes, rows)


def pareto_ll(r, al, s, be, x, tx, T):
    k = r + x
    u, w = nodes(tx, T, np.minimum(np.real(al), np.real(be)) + 0 * tx)
    alive = -k * np.log(al + T) + s * np.log(be / (be + T))
    dens = np.exp(-k * np.log(al + u) + s * np.log(be / (be + u)) - alive) * s / (be + u)
    return loggamma(k) - loggamma(r) + r * np.log(al) + alive + np.log(1 + (w * dens).sum(axis=0))


def ggom_ll(r, al, b, s, be, x, tx, T):
    k = r + x
    scale = np.minimum(np.minimum(np.real(al), np.real(be / b)), 1 / np.real(b))
    u, w = nodes(tx, T, scale + 0 * tx, panels=14)
    D = lambda u: be + np.expm1(b * u)
    alive = -k * np.log(al + T) + s * np.log(be / D(T))
    dens = np.exp(-k * np.log(al + u) + s * np.log(be / D(u)) + b * u - alive) * b * s / D(u)
    return loggamma(k) - loggamma(r) + r * np.log(al) + alive + np.log(1 + (w * dens).sum(axis=0))


def cnbd_ll(e, k, r, al, a, b, x, tx, T, litt=0.0):
    K, A = r + k * x, al + T
    z = (T - tx) / A
    term = total = 1 + 0 * K + 0 * z
    for j in range(1, k):
        term = term * (K + j - 1) / j * z
        total = total + term
    alive = lbeta(a, b + x + e) - K * np.log(A) + np.log(total)
    can = x + e > 0
    left = np.where(can, lbeta(a + 1, b + np.where(can, x + e - 1, 0)) - K * np.log(al + tx), -1e4)
    return loggamma(K) - loggamma(r) + r * np.log(al) - lbeta(a, b) - x * math.lgamma(k) + (k - 1) * litt + log_sum(alive + 0 * left, left + 0 * alive)


def sarmanov_ll(r, al, s, be, m, x, tx, T):
    w = m * np.exp(r * np.log(al / (1 + al)) + s * np.log(be / (1 + be)))
    base = pareto_ll(r, al, s, be, x, tx, T)
    q = lambda da, db: np.exp(pareto_ll(r, al + da, s, be + db, x, tx, T) - base)
    return base + np.log(1 + w * (1 + q(1, 1) - q(1, 0) - q(0, 1)))


def bgbb_ll(al, be, g, d, x, tx, n):
    total = np.exp(lbeta(al + x, be + n - x) + lbeta(g, d + n))
    for i in range(int((n - tx).max())):
        total = total + np.where(i < n - tx, np.exp(lbeta(al + x, be + np.maximum(tx - x + i, 0)) + lbeta(g + 1, d + tx + i)), 0)
    return np.log(total) - lbeta(al, be) - lbeta(g, d)


def bdw_ll(a, b, c, t):
    """log P(T = t) for t = 1..7, then log S(7), for the counts of each."""
    S = [np.exp(lbeta(a, b + (t ** c if t else 0)) - lbeta(a, b)) for t in range(8)]
    return np.array([np.log(S[i] - S[i + 1]) for i in range(7)] + [np.log(S[7])])


# ---------------------------------------------------------------- optimum
def gradient(f, P):
    out = np.empty(len(P))
    for i in range(len(P)):
        Q = P.astype(complex)
        Q[i] += 1j * STEP
        out[i] = f(Q).imag / STEP
    return out


def hessian(f, P):
    """Central differences of the gradient, steps h, 2h, 4h, extrapolated."""
    n = len(P)
    H = np.empty((n, n))
    for i in range(n):
        h = 1e-3 * max(abs(P[i]), 1e-2)

        def d(h):
            e = np.zeros(n)
            e[i] = h
            return (gradient(f, P + e) - gradient(f, P - e)) / (2 * h)
        H[i] = (64 * d(h) - 20 * d(2 * h) + d(4 * h)) / 45
    return (H + H.T) / 2


def fit(ll, weights, names, starts, free=(), limits=None):
    """Maximum of sum(weights * ll(parameters)); parameters not in `free` are positive."""
    pos = np.array([n not in free for n in names])
    f = lambda P: np.sum(weights * ll(P))
    nat = lambda z: np.where(pos, np.exp(np.where(pos, z, 0)), z)
    size = np.sum(weights)

    def target(z):
        with np.errstate(all='ignore'):
            P = nat(z)
            v = f(P.astype(complex))
            g = gradient(f, P) * np.where(pos, P, 1)
        if not np.isfinite(v.real) or not np.all(np.isfinite(g)):
            return 1e6, z
        return -v.real / size, -g / size
    best, ends = None, []
    limits = [(-14, 10) if q else (-1e5, 1e5) for q in pos] if limits is None else limits
    for s in starts:
        s = np.array(s, float)
        z = np.where(pos, np.log(np.where(pos, s, 1)), s)
        for _ in range(3):
            o = minimize(target, z, jac=True, method='L-BFGS-B', bounds=limits, options=dict(ftol=1e-15, gtol=1e-9, maxiter=2000, maxcor=20))
            z = o.x
        ends.append(-o.fun * size)
        if best is None or o.fun < best.fun:
            best = o
    at_limit = [n for n, v, (a, b) in zip(names, best.x, limits) if v < a + 1 or v > b - 1]
    if at_limit:  # no maximum inside: say where it goes, give no errors
        P = nat(best.x)
        return P, -best.fun * size, None, {'at_limit': at_limit, 'log_likelihood_from_each_start': [round(float(e), 7) for e in ends]}
    P = nat(best.x)
    for _ in range(6):
        g, H = gradient(f, P), hessian(f, P)
        step = np.linalg.solve(H, g)
        if np.any((P - step <= 0) & pos):
            break
        P = P - step
        if np.max(np.abs(step) / np.abs(P)) < 1e-13:
            break
    H = hessian(f, P)
    cov = np.linalg.inv(-H)
    info = {'last_newton_step_relative_max': float(np.max(np.abs(step / P))), 'log_likelihood_from_each_start': [round(float(e), 7) for e in ends]}
    return P, math.fsum(np.asarray(weights * ll(P.astype(complex))).real.ravel()), cov, info


FITS = json.loads(FILE.read_text())['fits'] if FILE.exists() else []
SAME = ('model', 'data', 'variant', 'k')
PARTS = sys.argv[2:] or ['pareto', 'geo', 'gompertz', 'sarmanov', 'cnbd', 'cdnow-gompertz', 'rest']


def save(model, data, names, result, n, **more):
    P, LL, cov, info = result
    if cov is None:
        cov = np.full((len(P), len(P)), np.nan)
    e = {'model': model, 'data': data, 'n': n, **more, 'parameters': dict(zip(names, map(float, P))), 'log_likelihood': LL,
         'standard_errors': dict(zip(names, map(float, np.sqrt(np.diag(cov))))), 'covariance': [[float(v) for v in row] for row in cov], 'convergence': info}
    if np.isnan(cov[0, 0]):
        del e['standard_errors'], e['covariance']
    old = [i for i, f in enumerate(FITS) if all(f.get(q) == e.get(q) for q in SAME)]
    if old:
        FITS[old[0]] = e
    else:
        FITS.append(e)
    print(model, data, more.get('variant', ''), e['parameters'], repr(LL), e.get('standard_errors'), info, f'{time.time() - START:.0f} s', flush=True)
    top = {'schema': 1, 'notes': NOTES}
    new = FILE.with_name(FILE.name + '.new')
    new.write_text(json.dumps(top, indent=1)[:-2] + ',\n "fits": [\n' + ',\n'.join('  ' + json.dumps(f) for f in FITS) + '\n ]\n}\n')
    os.replace(new, FILE)
    return P


def check(ll, exact, rows, worst=1e-11):
    """Largest error of a row's likelihood against mpmath, on some fifty rows spread over the data."""
    pick = range(0, len(rows), max(1, len(rows) // 50))
    err = max(abs(float(exact(i)) - float(np.real(ll[i]))) for i in pick)
    assert err < worst, err
    return err


NOTES = {
    'apparel': 'apparel_trans.csv.gz: every customer first buys on 2005-01-02; estimation period up to and including 2006-12-31 (104 weeks); purchases of one day merged; x = repeat purchase days, '
               't_x = days from first to last purchase / 7, T = 104. Counting a purchase on 2006-12-31 (there is one) is what meets the published likelihood.',
    'covariates': 'alpha_i = alpha exp(-trans z), beta_i = beta exp(-life z) for the Pareto/NBD; alpha_i = alpha exp(-trans z), a_i = a exp(life z), b_i = b exp(life z) for the BG/NBD; z = Gender, Channel of apparel_static_cov.csv.gz',
    'cdnow': 'x, t_x, T of cdnow_summary.csv (weeks to 2 decimals); litt of cdnow_sample.csv.gz: sum of ln(weeks between purchase days), days up to 1997-09-30, days / 7 not rounded',
    'sbg_data': 'sbg_data of published.json, years 0..7 of 1000 customers: counts are percentages times 10',
    'log_likelihood': 'of the purchase times; CNBD-k with (k-1) litt and the factor Gamma(k)^-x; BG/BB without binomial coefficient',
    'at_limit': 'where convergence names parameters at_limit, the likelihood has no maximum inside: it rises as those go to 0 or to infinity. Parameters and likelihood are then those of a far point (log-parameters within -14..10, or -8..8 for the covariate BG/NBD), good for '
                'the likelihood to be reached only; no errors',
    'standard_errors': 'inverse of the observed Hessian, natural parameters',
}


# ---------------------------------------------------------------- data
def days(path, key, day):
    seen = {}
    with gzip.open(path, 'rt') as f:
        for r in csv.DictReader(f):
            seen.setdefault(r[key], set()).add(dt.date.fromisoformat(r[day]).toordinal())
    return {k: sorted(v) for k, v in seen.items()}


def apparel():
    first = dt.date(2005, 1, 2).toordinal()
    end = first + 7 * 104
    log = days(DATA / 'apparel_trans.csv.gz', 'Id', 'Date')
    with gzip.open(DATA / 'apparel_static_cov.csv.gz', 'rt') as f:
        cov = {r['Id']: (int(r['Gender']), int(r['Channel'])) for r in csv.DictReader(f)}
    rows = []
    for c, ds in log.items():
        kept = [d for d in ds if d <= end]
        rows.append((len(kept) - 1, (kept[-1] - kept[0]) / 7, (end - kept[0]) / 7, *cov[c]))
    return rows


def distinct(rows):
    u, w = np.unique(np.array(rows, float), axis=0, return_counts=True)
    return [u[:, i] for i in range(u.shape[1])], w.astype(float)


def main():
    from models import mp, mpf, ParetoNBD, BGNBD, MBGNBD
    M = lambda P: [mpf(float(p)) for p in P]
    rows = apparel()
    N = len(rows)
    (x, tx, T, ge, ch), w = distinct(rows)
    names = ['r', 'alpha', 's', 'beta']
    starts = [[1.4, 48, .5, 47], [1, 30, 1, 100], [.5, 10, .3, 10]]
    data = 'apparel_trans.csv.gz'
    P = [1.4489391259281772, 48.6348814458328, 0.5612510488507954, 46.88210923696712]  # near the maximum of the Pareto/NBD, to start from
    cn = names + ['trans_Gender', 'trans_Channel', 'life_Gender', 'life_Channel']
    gn = ['r', 'alpha', 'a', 'b']
    if 'pareto' in PARTS:
        pn = fit(lambda P: pareto_ll(*P, x, tx, T), w, names, starts)
        pn[3]['error_per_row_against_mpmath'] = check(pareto_ll(*pn[0], x, tx, T), lambda i: ParetoNBD.loglik(M(pn[0]), int(x[i]), mpf(tx[i]), mpf(T[i])), x)
        save('pareto-nbd', data, names, pn, N, time_unit='week')

        def cov_ll(P):
            r, al, s, be, tg, tc, lg, lc = P
            return pareto_ll(r, al * np.exp(-tg * ge - tc * ch), s, be * np.exp(-lg * ge - lc * ch), x, tx, T)
        Pc = save('pareto-nbd', data, cn, fit(cov_ll, w, cn, [list(P) + [0.1] * 4, list(P) + [0] * 4, [1, 30, 1, 100, .2, .2, -.2, -.2]], cn[4:]), N, time_unit='week', variant='covariates Gender and Channel on both processes')
        cc = names + ['Gender', 'trans_Channel', 'life_Channel']
        con = lambda P: cov_ll([*P[:4], P[4], P[5], P[4], P[6]])
        save('pareto-nbd', data, cc, fit(con, w, cc, [[*Pc[:4], .1, .1, .1], list(P) + [0] * 3, [1, 30, 1, 100, .2, .2, -.2]], cc[4:]), N, time_unit='week', variant='covariates Gender and Channel on both processes, one coefficient of Gender for both')
    if 'geo' in PARTS:
        gs = [[.8, 20, .8, 2.4], [1.5, 50, .3, 3], [.5, 5, .3, 5]]
        for model, e, cls in (('bg-nbd', 0, BGNBD), ('mbg-nbd', 1, MBGNBD)):
            g = fit(lambda P: cnbd_ll(e, 1, *P, x, tx, T), w, gn, gs)
            g[3]['error_per_row_against_mpmath'] = check(cnbd_ll(e, 1, *g[0], x, tx, T), lambda i: cls.loglik(M(g[0]), int(x[i]), mpf(tx[i]), mpf(T[i])), x)
            Q = save(model, data, gn, g, N, time_unit='week')
            if not e:
                def bg_cov(P):
                    r, al, a, b, tg, tc, lg, lc = P
                    q = np.exp(lg * ge + lc * ch)
                    return cnbd_ll(0, 1, r, al * np.exp(-tg * ge - tc * ch), a * q, b * q, x, tx, T)
                bn = gn + cn[4:]
                both = 'covariates Gender and Channel on both processes'
                save(model, data, bn, fit(bg_cov, w, bn, [list(Q) + [0.1] * 4, list(Q) + [0] * 4, [1.5, 50, .3, 3, .2, .2, -.2, -.2]], bn[4:], [(-8, 8)] * 4 + [(-10, 10)] * 4), N, time_unit='week', variant=both)
                tn = bn[:6]
                save(model, data, tn, fit(lambda P: bg_cov([*P, 0, 0]), w, tn, [list(Q) + [0.1] * 2, [1.5, 50, .3, 3, .2, .2]], tn[4:]), N, time_unit='week', variant='covariates Gender and Channel on the purchase process')
                ln = gn + ['trans_Gender', 'life_Gender']
                save(model, data, ln, fit(lambda P: bg_cov([*P[:5], 0, P[5], 0]), w, ln, [list(Q) + [0.1] * 2, [1.5, 50, .3, 3, .2, -.2]], ln[4:]), N, time_unit='week', variant='covariate Gender on both processes')
    if 'gompertz' in PARTS:
        os_ = [[P[0], P[1], .01, P[2], P[3] * .01], [1.2, 40, .001, .5, .05], [1.2, 40, .05, .3, 2], [1.2, 40, .03, 2, 30]]
        gompertz(data, x, tx, T, w, N, os_)
    if 'sarmanov' in PARTS:
        sn = names + ['m']
        g = fit(lambda P: sarmanov_ll(*P, x, tx, T), w, sn, [list(P) + [0.0], list(P) + [20.0], list(P) + [-0.5]], ['m'])
        lo, hi = bounds(*g[0][:4])
        g[3]['error_per_row_against_mpmath'] = check(sarmanov_ll(*g[0], x, tx, T), lambda i: sarmanov_exact(M(g[0]), int(x[i]), mpf(tx[i]), mpf(T[i])), x, 1e-9)
        inside = bool(lo <= g[0][4] <= hi)
        save('pareto-nbd-sarmanov', data, sn, g, N, time_unit='week', variant='m unconstrained', m_bounds=[float(lo), float(hi)], m_within_bounds=inside)
        if not inside:  # the maximum under the bound: m there, as a function of the others
            side = 1 if g[0][4] > hi else 0
            bound_ll = lambda Q: sarmanov_ll(*Q, bounds(*Q)[side], x, tx, T)
            h = fit(bound_ll, w, names, [list(P), list(g[0][:4])])
            save('pareto-nbd-sarmanov', data, names, h, N, time_unit='week', variant=f'm at its {["lower", "upper"][side]} bound', m=float(np.real(bounds(*h[0])[side])))

    # CDNOW
    sample = days(DATA / 'cdnow_sample.csv.gz', 'sample_id', 'date')
    end = dt.date(1997, 9, 30).toordinal()
    with open(DATA / 'cdnow_summary.csv') as f:
        summary = [(int(r['customer_id']), int(r['x']), float(r['t_x']), float(r['T'])) for r in csv.DictReader(f)]
    rows = []
    for c, n, a, b in summary:
        ds = [d for d in sample[f'{c:04d}'] if d <= end]
        assert len(ds) == n + 1 and abs((ds[-1] - ds[0]) / 7 - a) < 0.006 and abs((end - ds[0]) / 7 - b) < 0.006
        rows.append((n, a, b, math.fsum(math.log((v - u) / 7) for u, v in zip(ds, ds[1:]))))
    N = len(rows)
    (x, tx, T, litt), w = distinct(rows)
    print('sum of litt', math.fsum(r[3] for r in rows))
    if 'cnbd' in PARTS:
        for model, e in (('mbg-cnbd-k', 1), ('bg-cnbd-k', 0)):
            for k in (1, 2):
                g = fit(lambda P: cnbd_ll(e, k, *P, x, tx, T, litt), w, gn, [[.5, 6, .9, 1.6], [.3, 4, .8, 2.4], [1, 10, .3, 3]])
                g[3]['error_per_row_against_mpmath'] = check(cnbd_ll(e, k, *g[0], x, tx, T, litt), lambda i: cnbd_exact(e, k, M(g[0]), int(x[i]), mpf(tx[i]), mpf(T[i]), mpf(litt[i])), x)
                save(model, 'cdnow_summary.csv, cdnow_sample.csv.gz', gn, g, N, time_unit='week', k=k)
    if 'cdnow-gompertz' in PARTS:
        rows = [r[:3] for r in rows]
        (x, tx, T), w = distinct(rows)
        gompertz('cdnow_summary.csv', x, tx, T, w, N, [[.55, 10.6, .0002, .6, .0026], [.55, 10, .1, .5, 1]])

    # contracts and opportunities
    if 'rest' not in PARTS:
        return
    with open(DATA / 'donations_summary.csv') as f:
        rows = [[float(r[c]) for c in ('x', 't_x', 'n', 'customers')] for r in csv.DictReader(f)]
    x, tx, n, w = np.array(rows).T
    bb = ['alpha', 'beta', 'gamma', 'delta']
    save('bg-bb', 'donations_summary.csv', bb, fit(lambda P: bgbb_ll(*P, x, tx, n), w, bb, [[1.2, .75, .65, 2.8], [1, 1, 1, 1], [.5, 2, 2, 8]]), int(w.sum()), time_unit='year')

    for seg in ('high_end', 'regular'):
        pct = SBG[seg][:8]
        counts = np.array([round(10 * a) - round(10 * b) for a, b in zip(pct, pct[1:])] + [round(10 * pct[-1])], float)
        save('sbg', f'sbg_data, {seg}', ['alpha', 'beta'], fit(lambda P: bdw_ll(P[0], P[1], 1.0, None), counts, ['alpha', 'beta'], [[1, 1], [.7, 3]]), 1000, time_unit='year', counts=counts.tolist())
        save('bdw', f'sbg_data, {seg}', ['a', 'b', 'c'], fit(lambda P: bdw_ll(*P, None), counts, ['a', 'b', 'c'], [[1, 1, 1], [.7, 3, 1.2], [.3, .5, 1.5]]), 1000, time_unit='year', counts=counts.tolist())


def gompertz(data, x, tx, T, w, N, starts):
    om = ['r', 'alpha', 'b', 's', 'beta']
    g = fit(lambda P: ggom_ll(*P, x, tx, T), w, om, starts)
    if g[2] is not None:
        g[3]['error_per_row_against_mpmath'] = ggom_check(g[0], x, tx, T)
    save('ggom-nbd', data, om, g, N, time_unit='week')
    on = om[:2] + om[3:]
    b = 0.01
    full = lambda P: [P[0], P[1], b, P[2], P[3]]
    h = fit(lambda P: ggom_ll(*full(P), x, tx, T), w, on, [[q[0], q[1], q[3], q[4] / q[2] * b] for q in starts])
    h[3]['error_per_row_against_mpmath'] = ggom_check(full(h[0]), x, tx, T)
    save('ggom-nbd', data, on, h, N, time_unit='week', variant='b fixed', b=b)


SBG = {'high_end': [100.0, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1], 'regular': [100.0, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]}


def bounds(r, al, s, be):
    """Bounds of m for which the joint density of lambda and mu is nowhere negative."""
    A, B = np.exp(r * np.log(al / (1 + al))), np.exp(s * np.log(be / (1 + be)))
    pick = lambda a, b: a if np.real(a) >= np.real(b) else b
    return -1 / pick(A * B, (1 - A) * (1 - B)), 1 / pick(A * (1 - B), B * (1 - A))


def sarmanov_exact(P, x, tx, T):
    from models import ParetoNBD, exp, log
    r, al, s, be, m = P
    w = m * exp(r * log(al / (1 + al)) + s * log(be / (1 + be)))
    L = lambda a, b: exp(ParetoNBD.loglik([r, a, s, b], x, tx, T))
    return log(L(al, be) + w * (L(al + 1, be + 1) - L(al + 1, be) - L(al, be + 1) + L(al, be)))


def cnbd_exact(e, k, P, x, tx, T, litt):
    """Gamma products instead of logarithms."""
    from models import gamma, rf, log, mpf
    r, al, a, b = P
    K = r + k * x
    beta = lambda u, v: gamma(u) * gamma(v) / gamma(u + v)
    v = beta(a, b + x + e) * (al + T) ** -K * sum(rf(K, j) / rf(mpf(1), j) * ((T - tx) / (al + T)) ** j for j in range(k))
    if x + e:
        v += beta(a + 1, b + x + e - 1) * (al + tx) ** -K
    return log(rf(r, k * x) * al ** r * v / beta(a, b) / gamma(k) ** x) + (k - 1) * litt


def ggom_check(P, x, tx, T):
    import more_models
    from more_models import ggom
    keep = more_models.TS
    more_models.TS = []
    out = 0.0
    for i in range(0, len(x), max(1, len(x) // 12)):
        v = ggom('', [float(p) for p in P], int(x[i]), float(tx[i]), float(T[i]))['log_likelihood']
        out = max(out, abs(float(v) - float(np.real(ggom_ll(*P, x[i:i + 1], tx[i:i + 1], T[i:i + 1])[0]))))
    more_models.TS = keep
    assert out < 1e-11, out
    return out


START = time.time()
if __name__ == '__main__':
    main()
