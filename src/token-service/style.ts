import { createHash } from 'node:crypto';

/** How every page looks; in the page itself, so that one request is all that a browser needs. */
export const style = `
:root{color-scheme:light dark;--back:#eef1f6;--card:#fff;--text:#1a2233;--soft:#4d586e;--line:#c9d1df;--field:#6b7690;--main:#2447b8;--onmain:#fff;--focus:#c2410c;--warn:#fff4dc;--warnline:#b7791f;--bad:#fdeaea;--badline:#b42318;--good:#e7f5ec;--goodline:#1f7a4d}
@media (prefers-color-scheme:dark){:root{--back:#10141d;--card:#1a2130;--text:#eef1f8;--soft:#b3bdd1;--line:#36415a;--field:#8a96b0;--main:#9db7ff;--onmain:#0b1430;--focus:#ffb169;--warn:#33290f;--warnline:#e0b04a;--bad:#3a1a1a;--badline:#ff9b91;--good:#12301f;--goodline:#6fd39c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;padding:1.5rem 1rem;background:var(--back);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;overflow-wrap:anywhere}
main{width:100%;max-width:28rem;background:var(--card);border:1px solid var(--line);border-radius:.9rem;padding:2rem;box-shadow:0 .6rem 2rem rgb(10 20 50/.10)}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}
h2{margin:1.4rem 0 .5rem;font-size:1rem}
p{margin:0 0 1rem}
.soft{color:var(--soft);font-size:.925rem}
.actions+.soft{margin:1.2rem 0 0}
label{display:block;margin:0 0 .3rem;font-weight:600}
input[type=text],input[type=password]{width:100%;margin:0 0 1.1rem;padding:.65rem .75rem;border:1px solid var(--field);border-radius:.5rem;background:transparent;color:inherit;font:inherit}
.code{font-size:1.5rem;letter-spacing:.12em;text-transform:uppercase;text-align:center}
.check{display:flex;gap:.6rem;align-items:flex-start;margin:0 0 1.2rem}
.check input{flex:none;width:1.15rem;height:1.15rem;margin:.2rem 0 0;accent-color:var(--main)}
.check label{margin:0;font-weight:400}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.4rem}
button{flex:1 1 8rem;min-height:2.75rem;padding:.6rem 1rem;border:1px solid var(--main);border-radius:.5rem;background:transparent;color:var(--main);font:inherit;font-weight:600;cursor:pointer}
button.main{background:var(--main);color:var(--onmain)}
button.link{flex:none;min-height:0;padding:.1rem .2rem;border:0;text-decoration:underline;font-weight:400}
a{color:var(--main)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.note{margin:0 0 1.2rem;padding:.75rem .9rem;border-left:4px solid var(--line);border-radius:.4rem;background:var(--back)}
.note p:last-child{margin:0}
.warn{background:var(--warn);border-color:var(--warnline)}
.bad{background:var(--bad);border-color:var(--badline)}
.good{background:var(--good);border-color:var(--goodline)}
dl{margin:0 0 1rem}
dt{color:var(--soft);font-size:.875rem}
dd{margin:0 0 .6rem;font-weight:600}
ul{margin:0 0 1rem;padding-left:1.2rem}
li{margin:.2rem 0}
code,samp{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.925em}
samp.big{display:block;margin:0 0 1rem;padding:.6rem;border:1px dashed var(--field);border-radius:.5rem;font-size:1.5rem;letter-spacing:.12em;text-align:center}
footer{margin-top:1rem;color:var(--soft);font-size:.875rem;text-align:center}
@media (max-width:30rem){main{padding:1.4rem}}
@media (prefers-reduced-motion:no-preference){button{transition:filter .12s}}
button:hover{filter:brightness(1.08)}
@media (forced-colors:active){main,button,.note{border:1px solid}}
`;

const digest = createHash('sha256').update(style).digest('base64');

/** Names the one style that pages may have. */
export const styleSource = `'sha256-${digest}'`;
