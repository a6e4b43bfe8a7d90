"""The frame of a page in one file: it opens offline, on a phone as on a desk, by day and by night."""

from __future__ import annotations

from html import escape

STYLE = """
:root { --ground: #fbfaf8; --card: #fff; --ink: #22242a; --quiet: #6c6f78; --line: #e4e2dd;
        --good: #1f7a4d; --bad: #b3362b; --mark: #3d6cb3; --second: #d99a36; --third: #7a9e52; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16171a; --card: #1f2125; --ink: #e8e6e1; --quiet: #9a9ca3; --line: #33353b;
          --good: #5fbf8f; --bad: #ef7f72; --mark: #7ea6e6; --second: #e0b05e; --third: #9dc274; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
       font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 18px 64px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.2rem; margin: 40px 0 6px; }
h2 small { color: var(--quiet); font-weight: 500; margin-left: 6px; }
p { margin: 4px 0 12px; max-width: 70ch; }
.quiet { color: var(--quiet); }
.verdict { border-left: 5px solid var(--good); background: var(--card); padding: 12px 16px; margin: 20px 0;
           border-radius: 0 8px 8px 0; max-width: none; }
.verdict.stops { border-color: var(--bad); }
.figures { display: flex; flex-wrap: wrap; gap: 10px; margin: 20px 0 0; padding: 0; list-style: none; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; }
.figures b { display: block; font-size: 1.3rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures a { color: inherit; text-decoration: none; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: 14px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure .frame { height: 130px; display: flex; align-items: center; justify-content: center; background: var(--line); }
figure img { max-width: 100%; max-height: 130px; min-width: 24px; image-rendering: auto; display: block; }
figure .none { color: var(--quiet); font-size: .85rem; padding: 8px; text-align: center; }
figcaption { padding: 8px 10px; font-size: .8rem; line-height: 1.35; }
figcaption b { display: block; font-weight: 600; }
figcaption span { display: block; color: var(--quiet); }
figcaption .reason { color: var(--bad); }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 14px; }
.pair { border: 1px solid var(--line); border-radius: 8px; padding: 10px; background: var(--card); }
.pair > div { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.pair p { margin: 0 0 8px; font-size: .85rem; }
.pair figure { border: 0; }
.warn { color: var(--bad); font-weight: 600; }
.bars { display: grid; grid-template-columns: minmax(70px, max-content) 1fr max-content; gap: 5px 12px;
        align-items: center; font-size: .9rem; font-variant-numeric: tabular-nums; }
.bars .name { max-width: 34vw; }
.bars .bar { display: flex; height: 14px; border-radius: 3px; overflow: hidden; background: var(--line); }
.bars i { display: block; background: var(--mark); }
.bars i.s1 { background: var(--second); } .bars i.s2 { background: var(--third); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; background: var(--mark);
            margin: 0 5px 0 12px; } .legend i:first-child { margin-left: 0; }
.legend i.s1 { background: var(--second); } .legend i.s2 { background: var(--third); }
footer { margin-top: 48px; color: var(--quiet); font-size: .85rem; border-top: 1px solid var(--line);
         padding-top: 12px; }
a { color: var(--mark); }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; border-radius: 3px; }
@media print {
  :root { --ground: #fff; --card: #fff; --ink: #000; --quiet: #555; --line: #ccc; --good: #1f7a4d; --bad: #b3362b;
          --mark: #3d6cb3; --second: #c07f14; --third: #5d8336; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  h2 { break-after: avoid; } figure, .pair, tr { break-inside: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
@media (max-width: 480px) { .grid { grid-template-columns: 1fr 1fr; } .pairs { grid-template-columns: 1fr; } }
"""


def page(title: str, body: str, style: str = "") -> str:
    """Returns a whole HTML document; `title` is escaped here, `body` has to be already; `style` is added to the CSS."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )
