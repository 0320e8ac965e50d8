import { Markup } from '../html.ts'

/** The look of the dashboard. */
export const dashboardStyle = new Markup(`
:root{color-scheme:light dark;--ink:#1b1f2a;--soft:#5a6274;--line:#dfe3ea;--page:#f5f6f9;--panel:#fff;--accent:#4a3fd6;--accent-ink:#fff;
--good:#0b6b43;--good-bg:#e0f4ea;--bad:#a3201a;--bad-bg:#fdecea;--wait:#7a4b00;--wait-bg:#fff1d2;--idle-bg:#eceff4;--ring:#4a3fd655}
@media (prefers-color-scheme:dark){:root{--ink:#eceef4;--soft:#a5adbf;--line:#343b4b;--page:#10131b;--panel:#191e29;--accent:#8f86ff;--accent-ink:#12101f;
--good:#7ddcae;--good-bg:#12352a;--bad:#ffb4ab;--bad-bg:#3d1a17;--wait:#ffd58a;--wait-bg:#3a2c0d;--idle-bg:#262c39;--ring:#8f86ff66}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1,h2,p{margin:0}
h1{font-size:1.375rem;letter-spacing:-.01em}
h2{font-size:1.0625rem}
a{color:var(--accent)}
code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.8438rem}
.bar{background:var(--panel);border-bottom:1px solid var(--line)}
.bar-in{max-width:76rem;margin:0 auto;padding:.75rem 1rem .25rem}
.brand{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;justify-content:space-between}
.brand strong{font-size:1rem}
.brand span{color:var(--soft);font-size:.8438rem;font-variant-numeric:tabular-nums}
nav{display:flex;flex-wrap:wrap;gap:0 .25rem;margin:.375rem -.25rem 0}
nav a{padding:.5rem .625rem;border-radius:8px 8px 0 0;text-decoration:none;color:var(--soft);white-space:nowrap;border-bottom:2px solid transparent}
nav a[aria-current]{color:var(--ink);border-bottom-color:var(--accent);font-weight:600}
main{max-width:76rem;margin:0 auto;padding:1.25rem 1rem 3rem;display:grid;gap:1.25rem}
main>*{min-width:0}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:1rem;display:grid;gap:.75rem;min-width:0}
.panel>*{min-width:0}
.tiles{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.75rem}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:.875rem 1rem}
.tile b{display:block;font-size:1.375rem;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile span,.soft{color:var(--soft);font-size:.875rem}
table{width:100%;border-collapse:collapse}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr{display:grid;gap:.125rem;padding:.75rem 0;border-top:1px solid var(--line)}
tbody tr:first-child{border-top:0}
td{display:flex;gap:.75rem;justify-content:space-between;padding:.0625rem 0;min-width:0;overflow-wrap:anywhere;text-align:right}
td::before{content:attr(data-label);color:var(--soft);font-size:.8438rem;flex:none;text-align:left}
td.num{font-variant-numeric:tabular-nums}
td.act:empty{display:none}
td.act::before{content:none}
td.act{justify-content:flex-start;flex-wrap:wrap;padding-top:.375rem}
.pill{display:inline-block;padding:.0625rem .5rem;border-radius:99px;font-size:.8125rem;font-weight:600;background:var(--idle-bg);color:var(--soft);white-space:nowrap}
.pill.good{background:var(--good-bg);color:var(--good)}
.pill.bad{background:var(--bad-bg);color:var(--bad)}
.pill.wait{background:var(--wait-bg);color:var(--wait)}
form.inline{display:inline-flex;gap:.375rem;flex-wrap:wrap;margin:0}
.controls{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.fields{display:grid;gap:.75rem}
label{display:block;font-size:.875rem;font-weight:550;margin-bottom:.25rem}
input,select{width:100%;min-height:2.75rem;padding:.375rem .625rem;font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:8px}
:focus-visible{outline:3px solid var(--ring);outline-offset:1px}
button{min-height:2.75rem;padding:.25rem .875rem;border-radius:8px;border:1px solid var(--line);background:var(--panel);color:var(--ink);font:inherit;font-weight:600;cursor:pointer}
button:hover{border-color:var(--accent)}
button.main{background:var(--accent);border-color:var(--accent);color:var(--accent-ink)}
pre{margin:0;overflow:auto;max-height:36rem;background:var(--page);border:1px solid var(--line);border-radius:8px;padding:.75rem}
.empty{color:var(--soft);padding:1rem 0}
.note{border-radius:10px;padding:.625rem .875rem;background:var(--bad-bg);color:var(--bad);font-weight:550}
.pages{display:flex;justify-content:space-between}
@media (min-width:760px){
.bar{position:sticky;top:0;z-index:1}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr))}
.two{display:grid;grid-template-columns:1fr 1fr;gap:1.25rem;align-items:start}
.two>*{min-width:0}
thead{position:static;width:auto;height:auto;clip-path:none}
th{text-align:left;color:var(--soft);font-weight:550;font-size:.8438rem;padding:.25rem .5rem .5rem 0;white-space:nowrap}
thead tr{display:table-row}
tbody tr{display:table-row;padding:0}
td{display:table-cell;text-align:left;border-top:1px solid var(--line);padding:.5rem .5rem .5rem 0;vertical-align:middle}
td::before{content:none}
th.num,td.num{text-align:right;padding-right:1.25rem;white-space:nowrap}
td.act{text-align:right;padding-right:0}
td.act .controls{justify-content:flex-end}
td.act:empty{display:table-cell}
button{min-height:2.25rem}
input,select{min-height:2.5rem}
.fields.wide{grid-template-columns:repeat(3,minmax(0,1fr))}
}
`)
