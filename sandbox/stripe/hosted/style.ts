import { Markup } from '../html.ts'

/** The look of the pages that a buyer sees. */
export const hostedStyle = new Markup(`
:root{color-scheme:light dark;--ink:#1b1f2a;--soft:#5a6274;--line:#d9dde6;--field:#fff;--page:#f4f5f8;--panel:#fff;
--accent:#4a3fd6;--accent-ink:#fff;--bad:#b3261e;--bad-bg:#fdecea;--good:#0b6b43;--test:#8a5300;--test-bg:#fff3d6;--ring:#4a3fd655}
@media (prefers-color-scheme:dark){:root{--ink:#eceef4;--soft:#a5adbf;--line:#3a4152;--field:#171b25;--page:#10131b;--panel:#1a1f2b;
--accent:#8f86ff;--accent-ink:#12101f;--bad:#ffb4ab;--bad-bg:#3d1a17;--good:#7ddcae;--test:#ffd58a;--test-bg:#3a2c0d;--ring:#8f86ff66}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.test{background:var(--test-bg);color:var(--test);text-align:center;padding:.5rem 1rem;font-size:.875rem;font-weight:600}
.shell{max-width:64rem;margin:0 auto;padding:1.25rem 1rem 3rem;display:grid;gap:1.25rem}
.narrow{max-width:30rem}
h1,h2,p{margin:0}
h1{font-size:1.25rem;line-height:1.3}
h2{font-size:1.0625rem}
.total{font-size:2.25rem;font-weight:700;letter-spacing:-.02em;line-height:1.15;margin:.25rem 0 1rem}
.soft{color:var(--soft);font-size:.9375rem}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:14px;padding:1.25rem}
ul.items{list-style:none;margin:0;padding:0}
ul.items li{display:flex;gap:1rem;justify-content:space-between;padding:.625rem 0;border-top:1px solid var(--line)}
ul.items li:first-child{border-top:0}
.amount{font-variant-numeric:tabular-nums;white-space:nowrap}
.sum{display:flex;justify-content:space-between;border-top:2px solid var(--line);padding-top:.75rem;margin-top:.25rem;font-weight:650}
form{display:grid;gap:1.25rem}
fieldset{border:0;margin:0;padding:0;display:grid;gap:.875rem;min-width:0}
legend{font-weight:650;font-size:1.0625rem;padding:0;margin-bottom:.25rem}
label{display:block;font-size:.9375rem;font-weight:550;margin-bottom:.3rem}
input:not([type=radio]):not([type=checkbox]),select{width:100%;min-height:2.875rem;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--field);
border:1px solid var(--line);border-radius:9px}
input[aria-invalid=true]{border-color:var(--bad)}
:focus-visible{outline:3px solid var(--ring);outline-offset:1px;border-color:var(--accent)}
.row{display:grid;grid-template-columns:1fr 1fr;gap:.875rem}
.row.wide-first{grid-template-columns:3fr 2fr}
.row>*,.row input{min-width:0}
.choices{display:grid;gap:.5rem}
.choice{display:flex;gap:.75rem;align-items:flex-start;border:1px solid var(--line);border-radius:10px;padding:.75rem .875rem;cursor:pointer;margin:0;font-weight:550}
.choice:has(:checked){border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
.choice input{margin:.25rem 0 0;accent-color:var(--accent);width:1.05rem;height:1.05rem;flex:none}
.choice small{display:block;color:var(--soft);font-weight:400;font-size:.875rem}
.bank-only{display:none}
form:has(#method-bank:checked) .bank-only{display:grid}
form:has(#method-bank:checked) .card-only{display:none}
.hint{font-size:.875rem;color:var(--soft);margin-top:.3rem}
.wrong{font-size:.875rem;color:var(--bad);margin-top:.3rem;font-weight:550}
.alert{background:var(--bad-bg);color:var(--bad);border:1px solid var(--bad);border-radius:10px;padding:.75rem 1rem;font-weight:550}
button,.button{display:inline-flex;align-items:center;justify-content:center;min-height:3rem;padding:.5rem 1.25rem;border-radius:10px;border:1px solid transparent;
font:inherit;font-weight:650;cursor:pointer;text-decoration:none;background:var(--accent);color:var(--accent-ink);width:100%}
button:hover,.button:hover{filter:brightness(1.08)}
button[disabled]{opacity:.65;cursor:progress}
.quiet{background:transparent;color:var(--ink);border-color:var(--line)}
.back{color:var(--soft);font-size:.9375rem;display:inline-block;padding:.5rem 0}
.stack{display:grid;gap:.875rem}
.mark{width:3rem;height:3rem;border-radius:50%;display:grid;place-items:center;font-size:1.5rem;background:var(--page);border:1px solid var(--line)}
.mark.good{color:var(--good);border-color:currentColor}
.mark.bad{color:var(--bad);border-color:currentColor}
dl{display:grid;grid-template-columns:auto 1fr;gap:.375rem 1rem;margin:0}
dt{color:var(--soft)}
dd{margin:0;text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
footer{color:var(--soft);font-size:.8125rem;text-align:center;padding:0 1rem 2rem}
@media (min-width:860px){.shell.pay{grid-template-columns:5fr 6fr;gap:3rem;padding-top:3rem;align-items:start}
.summary{position:sticky;top:2rem}.panel{padding:1.75rem}.total{font-size:2.75rem}}
`)
