"""The look of a run's report, beside that of every page."""

STYLE = """
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 18px 0 0; font-size: .92rem; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
section { scroll-margin-top: 12px; }
h3 { font-size: 1rem; margin: 22px 0 6px; }
.facts { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 5px 18px; margin: 10px 0 16px; }
.facts dt { color: var(--quiet); } .facts dd { margin: 0; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px;
      margin: 8px 0 16px; overflow-x: auto; font-size: .85rem; white-space: pre-wrap; }
details { margin: 10px 0; } summary { cursor: pointer; color: var(--mark); }
.scroll { overflow-x: auto; margin: 8px 0 16px; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } thead th { color: var(--quiet); font-weight: 500; }
tbody th { font-weight: 500; }
.texts td, .texts th { text-align: left; }
.verdict { border-color: var(--mark); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(430px, 100%), 1fr)); gap: 14px; }
.charts.small { grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); }
.chart { padding: 10px 12px 4px; } .chart svg { display: block; width: 100%; height: auto; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 0 2px 2px; font-size: .88rem; }
.chart figcaption b { font-size: .95rem; } .chart figcaption span { color: var(--quiet); }
.chart .legend i.s1 { background: var(--second); }
svg text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--quiet); }
svg .name { text-anchor: middle; }
svg .grid { stroke: var(--line); } svg .mark { stroke: var(--quiet); stroke-dasharray: 3 3; }
svg .band { fill: var(--quiet); opacity: .05; } svg .band.b1 { opacity: .13; }
svg .line { fill: none; stroke: var(--mark); stroke-width: 2; stroke-linejoin: round; }
svg .dot { fill: var(--mark); } svg .dot:hover { stroke: var(--ink); stroke-width: 2; }
svg .line.s1 { stroke: var(--second); } svg .dot.s1 { fill: var(--second); }
svg .line.s2 { stroke: var(--third); } svg .dot.s2 { fill: var(--third); }
svg .dot.quiet { opacity: 0; } svg .dot.quiet:hover { opacity: 1; }
.matrix td, .matrix thead th { text-align: center; border: 1px solid var(--ground); padding: 0; min-width: 30px; }
.matrix td { height: 30px; background: rgb(var(--tint) / var(--share)); } .matrix td { --tint: 200 70 55; --share: 0; }
.matrix td.hit { --tint: 40 140 90; font-weight: 600; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); padding: 4px 0; max-height: 130px; }
.matrix tbody th { padding-right: 10px; text-align: right; border: 0; }
.matrix .sum { color: var(--quiet); background: none; padding-left: 10px; border: 0; }
.map { width: min(560px, 100%); image-rendering: pixelated; border: 1px solid var(--line); border-radius: 6px;
       display: block; background: var(--card); aspect-ratio: 1; }
.classes td.share { min-width: 108px; background: linear-gradient(var(--mark), var(--mark)) no-repeat 0 86%;
       background-size: calc(var(--share) * (100% - 12px)) 3px; }
.classes td.share.weak { background-image: linear-gradient(var(--bad), var(--bad)); }
figcaption .score { color: var(--bad); font-weight: 600; }
@media (max-width: 480px) { .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 8px; } }
@media print { nav { display: none; } .charts { grid-template-columns: 1fr 1fr; } pre { break-inside: avoid; } }
"""
