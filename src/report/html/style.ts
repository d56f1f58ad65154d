/** The style sheet of a report: light and dark as the reader's system is, narrow and wide, and on paper. */
import { THEMES, type Theme } from '../draw/colours.js';

const colours = ({ ink, muted, grid, palette }: Theme): string =>
  [
    `--ink:${ink};--muted:${muted};--grid:${grid};`,
    ...Object.entries(palette).map(([name, colour]) => `--${name}:${colour};`),
  ].join('');

const LIGHT = `${colours(THEMES.light)}--page:#f6f7f9;--card:#ffffff;--link:#005a9c;color-scheme:light`;
const DARK = `${colours(THEMES.dark)}--page:#0d1014;--card:#14181d;--link:#7cc4f5;color-scheme:dark`;

export const STYLE = `
:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
a{color:var(--link)}
.skip{position:absolute;left:-999px}
.skip:focus{left:8px;top:8px;background:var(--card);padding:8px;z-index:9}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.35rem;margin:44px 0 4px;scroll-margin-top:16px}
h3{font-size:1.02rem;margin:0 0 2px}
p{margin:0 0 12px}
.lead,.answers,.note{color:var(--muted)}
.answers{font-size:.9rem;margin-bottom:10px}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:14px 0 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(205px,1fr));gap:14px;margin:22px 0 0;padding:0}
.tile,.card{background:var(--card);border:1px solid var(--grid);border-radius:10px}
.tile{padding:14px 16px;margin:0}
.tile dt{color:var(--muted);font-size:.88rem}
.tile dd{margin:0}
.tile .figure{font-size:1.75rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile .more{font-size:.86rem;color:var(--muted)}
.grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;margin:14px 0}
.card{padding:16px;margin:0;min-width:0}
.wide{grid-column:1/-1}
.card svg{display:block;width:100%;height:auto}
.card svg.narrow{display:none}
.handle:hover{fill-opacity:1}
details{margin-top:10px;font-size:.9rem}
summary{cursor:pointer;color:var(--link);min-height:24px}
.scroll{overflow-x:auto;max-width:100%}
.tall{max-height:620px;overflow:auto}
.tall thead th{position:sticky;top:0;background:var(--card);box-shadow:inset 0 -1px var(--grid)}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:left;font-weight:600;padding:0 0 6px}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--grid);vertical-align:top}
th{font-weight:600}
th.text,td.text,tbody th{text-align:left}
tbody th{font-weight:400;overflow-wrap:anywhere;min-width:8em}
th button{font:inherit;color:inherit;background:none;border:0;padding:2px 0;cursor:pointer;text-align:inherit;min-height:24px}
th button::after{content:" ↕";color:var(--muted)}
th[aria-sort=ascending] button::after{content:" ↑"}
th[aria-sort=descending] button::after{content:" ↓"}
.search{display:flex;gap:8px;align-items:center;flex-wrap:wrap;margin:0 0 10px;font-size:.9rem}
.search input{font:inherit;padding:6px 10px;border:1px solid var(--muted);border-radius:6px;background:var(--page);color:var(--ink);min-width:0;width:240px}
.findings{padding-left:20px;margin:8px 0}
.findings li{margin:4px 0}
.glossary{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:8px 0;font-size:.92rem}
.glossary dt{font-weight:600}
.glossary dd{margin:0}
.tip{position:fixed;z-index:8;max-width:300px;pointer-events:none;background:var(--ink);color:var(--card);font-size:.82rem;line-height:1.35;padding:6px 9px;border-radius:6px;white-space:pre-line}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
footer{color:var(--muted);font-size:.88rem;padding-top:30px;padding-bottom:40px}
@media (max-width:760px){
.grid{grid-template-columns:minmax(0,1fr)}
header,main,footer{padding-left:12px;padding-right:12px}
h1{font-size:1.5rem}
.glossary{grid-template-columns:1fr;gap:0}
.glossary dd{margin-bottom:8px}
.card{padding:12px}
.card svg.narrow{display:block}
.card svg.broad{display:none}
}
@media print{
:root{${LIGHT};--page:#ffffff}
body{font-size:11pt}
nav,.search,.skip,.tip,details:not([open]){display:none}
header,main,footer{max-width:none;padding:0}
.card,.tile{break-inside:avoid;border-color:#cccccc}
h2{break-after:avoid}
.tall{max-height:none;overflow:visible}
.tall tbody tr:nth-child(n+41){display:none}
.tall::after{content:"The first 40. All customers are in predictions.csv.";font-size:.85rem}
th button::after{content:""}
.grid{grid-template-columns:repeat(2,minmax(0,1fr))}
.card svg.narrow{display:none}
.card svg.broad{display:block}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
