namespace Graft.Cli.Report.Html;

/// <summary>The style sheet of the report: light, dark and print; from 360 pixels up.</summary>
internal static class ReportStyle
{
    public const string Css =
        """
        :root{color-scheme:light dark;
        --bg:#fdfdfc;--panel:#f3f3f0;--text:#1a1d21;--dim:#565c64;--rule:#d5d6d2;--held:#0f6b3c;--fell:#a32020;--open:#7a5200;
        --ft:#1a1d21;--control:#5f656d;--s0:#0a62b0;--s1:#b8480a;--s2:#0b7a5b;--s3:#8b3aa3;--s4:#7c6500;--s5:#b02455}
        @media screen and (prefers-color-scheme:dark){:root{
        --bg:#15181c;--panel:#1f2328;--text:#f2f4f7;--dim:#aab1ba;--rule:#3a4048;--held:#6fd39c;--fell:#ff9a92;--open:#eabf57;
        --ft:#f2f4f7;--control:#a3abb5;--s0:#71b7ff;--s1:#ff9f61;--s2:#4fd0a4;--s3:#dd93ee;--s4:#dcc24a;--s5:#ff8fb0}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:1rem clamp(.75rem,3vw,2rem) 3rem;max-width:74rem;background:var(--bg);color:var(--text);
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
        h1{font-size:1.75rem;line-height:1.2;margin:1rem 0 .5rem;overflow-wrap:anywhere}
        h2{font-size:1.35rem;line-height:1.25;margin:2.5rem 0 .5rem;padding-top:.75rem;
        border-top:1px solid var(--rule);overflow-wrap:anywhere}
        h3{font-size:1.05rem;margin:1.75rem 0 .4rem}
        p{margin:.4rem 0;max-width:60rem}
        .note,caption,figcaption,.scale{color:var(--dim);font-size:.875rem}
        small{font-size:.75em;white-space:nowrap}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        caption{text-align:left;padding:.2rem 0 .4rem}
        th,td{padding:.35rem .5rem;text-align:left;vertical-align:top}
        thead th{font-size:.875rem}
        code{font:.8125rem/1.4 ui-monospace,"Cascadia Mono","Liberation Mono",monospace;overflow-wrap:anywhere}
        summary{cursor:pointer;color:var(--dim);font-size:.875rem;padding:.35rem 0}
        :focus-visible{outline:2px solid var(--s0);outline-offset:2px}
        .scroll{overflow-x:auto}
        .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,9.75rem),1fr));gap:.75rem}
        .card{background:var(--panel);border-radius:.5rem;padding:.75rem .9rem;break-inside:avoid}
        .card h3{margin:0;font-size:.9375rem;font-weight:600}
        .number{font-size:1.75rem;line-height:1.3;font-weight:650;margin:.2rem 0 0}
        .number small{font-size:1rem;font-weight:400}
        .claims{width:100%}
        .claims>tbody>tr>td,.claims>thead th{border-bottom:1px solid var(--rule)}
        .claims>tbody>tr{break-inside:avoid}
        .verdict{display:inline-block;white-space:nowrap;font-weight:600;font-size:.875rem;
        border:1px solid;border-radius:1rem;padding:.05rem .6rem}
        .held{color:var(--held)}.fell{color:var(--fell)}.open{color:var(--open)}
        .evidence{font-size:.875rem;width:100%;max-width:44rem}
        .evidence th,.evidence td{padding:.15rem .5rem .15rem 0}.evidence td:nth-child(n+3){white-space:nowrap}
        .value{white-space:nowrap}.evidence .value{font-weight:600}
        .heat{width:100%;max-width:52rem;border-spacing:2px;border-collapse:separate}
        .heat th[scope=col]{text-align:center}.heat th[scope=row]{width:1%;white-space:nowrap;vertical-align:middle}
        .heat tbody td{background:var(--light);text-align:center;border-radius:.25rem;min-width:3.2rem;
        position:relative;line-height:1.25;padding:.4rem .2rem}
        .heat td small{display:block}
        .heat .none{background:none;color:var(--dim)}
        .heat .reference+tbody::before{content:"";display:block;height:.4rem}
        .star{position:absolute;left:.25rem;top:.2rem;font-size:.8rem}
        .ramp{display:inline-flex;vertical-align:middle;border-radius:.25rem;overflow:hidden;margin:0 .35rem}
        .ramp span{width:1.25rem;height:.8rem;background:var(--light)}
        @media screen and (prefers-color-scheme:dark){.heat tbody td,.ramp span{background:var(--dark)}}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem;align-items:start}
        .side{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;align-items:flex-start}
        .side figure{flex:1 1 19rem;max-width:25rem}.side .scroll{flex:0 1 auto;max-width:100%}
        figure{margin:0;break-inside:avoid;max-width:30rem}
        figcaption{font-weight:600;color:var(--text)}
        .chart{width:100%;height:auto;display:block}
        .tick{font-size:11px;fill:var(--dim)}
        .grid{stroke:var(--rule);stroke-width:1;fill:none}
        .line{fill:none;stroke:var(--c);stroke-width:1.75;stroke-linejoin:round}
        .band{fill:var(--c);opacity:.13;stroke:none}
        .mark{fill:var(--c);stroke:var(--c);stroke-width:1.25}
        .hollow{fill:var(--bg)}
        .whisker{stroke:var(--c);stroke-width:1.5;fill:none}
        .line.ft{stroke-width:2.5}
        .line.control{stroke-dasharray:5 4}
        .ft{--c:var(--ft)}.control{--c:var(--control)}
        .s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}
        .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:.4rem 0 .6rem;padding:0;font-size:.875rem}
        .key{width:1.75rem;height:.8rem;vertical-align:middle;margin-right:.35rem}
        .numbers{font-size:.875rem}.numbers th,.numbers td{white-space:nowrap}.numbers caption{white-space:normal}
        .numbers tbody tr>*{border-top:1px solid var(--rule)}
        .numbers th[scope=row]{font-weight:400}
        .numbers td small{margin-left:.25rem;color:var(--dim)}
        .digests th[scope=row]{font-weight:400;white-space:nowrap}
        .digests th,.digests td{padding:.1rem .75rem .1rem 0}
        .trouble{border:1px solid var(--fell);border-radius:.5rem;padding:.25rem .9rem .5rem;margin:1rem 0}
        .trouble h2{border:0;margin:0;color:var(--fell)}
        h4{font-size:1rem;margin:1.25rem 0 .3rem}
        .id{font-weight:700;margin-right:.35rem}
        .parts{margin:.35rem 0;padding-left:1.1rem}.parts li{margin:.25rem 0}
        .steps{font-size:.8125rem}.steps td,.steps th{padding:.15rem .5rem .15rem 0;font-weight:400;overflow-wrap:anywhere}
        .steps tr:target{background:var(--panel)}
        a{color:var(--s0)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0}
        dt{color:var(--dim)}dd{margin:0}
        @media (max-width:34rem){
        .number{font-size:1.4rem}.number small{font-size:.875rem}
        .claims>thead{position:absolute;clip-path:inset(50%)}
        .claims>tbody>tr>td{display:block;border:0;padding:.1rem 0}
        .claims>tbody>tr>td:first-child{padding-top:.8rem}
        .claims>tbody>tr>td:last-child{border-bottom:1px solid var(--rule);padding-bottom:.6rem}
        .heat th[scope=row]{padding:.35rem .25rem}
        .heat tbody td{min-width:2.9rem;font-size:.875rem}
        .star{left:.05rem;top:.05rem;font-size:.625rem}
        }
        @media print{
        .number{font-size:1.3rem}.number small{font-size:.8rem}
        body{max-width:none;padding:0;font-size:10pt}
        h2,h3{break-after:avoid}
        .heat tbody td,.ramp span{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        .scroll{overflow:visible}
        details.print::details-content{content-visibility:visible;display:block}
        details:not(.print){display:none}
        a{color:inherit;text-decoration:none}
        }
        """;
}
